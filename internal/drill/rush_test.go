package drill_test

import (
	"bytes"
	"context"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"naru/examples"
	"naru/internal/agency"
	"naru/internal/campaign"
	"naru/internal/clinic"
	"naru/internal/drill"
	"naru/internal/store"
)

// The whole drill, small: a real server process, killed once in the middle.
func TestOpeningRush(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a server and plays for half a minute; not with -short")
	}
	t.Parallel()
	exe := filepath.Join(t.TempDir(), "naru")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", exe, "naru/cmd/naru").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	a, err := agency.Load(examples.AgencyYAML)
	must(t, err)
	text, err := examples.Campaigns.ReadFile("campaigns/2021-07-12.yaml")
	must(t, err)
	c, err := campaign.Parse(text, a)
	must(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	defer cancel()
	r, err := drill.Run(ctx, drill.Options{
		Executable: exe, Data: fewClinics(t), Text: text, Campaign: c, Agency: a, ShiftToNow: true,
		Citizens: 200, Duration: 5 * time.Second, ServedFor: 8 * time.Second, Seed: 7, KillAt: []float64{0.6},
	})
	must(t, err)
	if !r.Held && r.Void == "" || r.Booked == 0 || r.Acknowledged == 0 || r.Kills != 1 || r.Arrived != 200 || r.Probes == 0 {
		t.Errorf("did not hold: %s\n%+v", r.Why, r)
	}
	if r.Void != "" {
		t.Logf("the machine is too busy to measure: %s", r.Void)
	}
}

// fewClinics is a data folder as an import leaves it.
func fewClinics(t *testing.T) string {
	t.Helper()
	regions, _, err := clinic.ParseRegions(bytes.NewReader(examples.RegionsCSV), 3)
	must(t, err)
	files, err := clinic.Build(regions, clinic.Generate(regions, 300, 1), nil)
	must(t, err)
	dir := t.TempDir()
	must(t, store.SaveStatic(dir, files))
	return dir
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
