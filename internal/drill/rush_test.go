package drill_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"naru/examples"
	"naru/internal/agency"
	"naru/internal/campaign"
	"naru/internal/clinic"
	"naru/internal/drill"
	"naru/internal/pgserver"
	"naru/internal/store"
)

// The whole drill, small: a real server process, killed once in the middle.
func TestOpeningRush(t *testing.T) {
	t.Parallel()
	r := play(t, drill.Options{Citizens: 200, Duration: 5 * time.Second, ServedFor: 8 * time.Second, Seed: 7, KillAt: []float64{0.6}})
	if r.Kills != 1 || r.Arrived != 200 || r.Probes == 0 || r.Proxy != "" {
		t.Errorf("%+v", r)
	}
}

// Two servers on one PostgreSQL behind HAProxy: one is killed, the one that leads
// stands still and wakes up, the database crashes; nobody is harmed.
func TestManyNodes(t *testing.T) {
	if os.Getenv("NARU_MANY_NODES") == "" {
		t.Skip("three servers, a proxy and PostgreSQL need the machine for themselves: NARU_MANY_NODES=1, as make test does")
	}
	t.Parallel()
	if _, err := exec.LookPath("/usr/sbin/haproxy"); err != nil {
		if _, err := exec.LookPath("haproxy"); err != nil {
			t.Skip("HAProxy is not on this machine: install the Debian package haproxy")
		}
	}
	if _, err := pgserver.Find(); err != nil {
		t.Skip(err)
	}
	r := play(t, drill.Options{
		Citizens: 300, Duration: 10 * time.Second, ServedFor: 6 * time.Second, Seed: 7, DB: drill.Postgres, Nodes: 2,
		KillDBAt: []float64{0.05}, PauseAt: []float64{0.45}, PauseFor: 3 * time.Second, KillAt: []float64{0.9}, RestartAfter: time.Second,
	})
	if r.Kills != 1 || r.Pauses != 1 || r.DBKills != 1 || r.Arrived != 300 || len(r.NodeUse) != 2 || r.DatabaseCPU == 0 || r.ProxyCPU == 0 {
		t.Errorf("%+v", r)
	}
	for _, f := range r.Faults {
		if f.BackS == nil || f.Kind == "pause" && !f.Leader {
			t.Errorf("%v", f)
		}
	}
	if left, err := filepath.Glob(filepath.Join(r.Folder, "*", "*.db")); err != nil || len(left) != 0 {
		t.Errorf("beside PostgreSQL there is %q, %v", left, err)
	}
}

// play plays a drill with this tree's own program, and checks that it held.
func play(t *testing.T, o drill.Options) *drill.Result {
	t.Helper()
	if testing.Short() {
		t.Skip("starts servers and plays for half a minute; not with -short")
	}
	base := drillOptions(t)
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	defer cancel()
	o.Executable, o.Data, o.Text, o.Campaign, o.Agency, o.ShiftToNow = base.Executable, base.Data, base.Text, base.Campaign, base.Agency, true
	r, err := drill.Run(ctx, o)
	must(t, err)
	if !r.Held && r.Void == "" || r.Booked == 0 || r.Acknowledged == 0 {
		t.Errorf("did not hold: %s\n%+v\n%s", r.Why, r, troubles(t, r.Folder))
	}
	if r.Void != "" {
		t.Logf("the machine is too busy to measure: %s", r.Void)
	}
	return r
}

// drillOptions are those of a drill with this tree's own program, on few clinics.
func drillOptions(t *testing.T) drill.Options {
	t.Helper()
	exe, err := program()
	must(t, err)
	a, err := agency.Load(examples.AgencyYAML)
	must(t, err)
	text, err := examples.Campaigns.ReadFile("campaigns/2021-07-12.yaml")
	must(t, err)
	c, err := campaign.Parse(text, a)
	must(t, err)
	return drill.Options{Executable: exe, Data: fewClinics(t), Text: text, Campaign: c, Agency: a, ShiftToNow: true}
}

// troubles are what the servers wrote about what went wrong.
func troubles(t *testing.T, folder string) string {
	t.Helper()
	many, err := filepath.Glob(filepath.Join(folder, "*", "server.log"))
	must(t, err)
	one, err := filepath.Glob(filepath.Join(folder, "server.log"))
	must(t, err)
	var all strings.Builder
	for _, name := range append(one, many...) {
		text, err := os.ReadFile(name)
		must(t, err)
		for line := range strings.Lines(string(text)) {
			if strings.Contains(line, "WARN") || strings.Contains(line, "ERROR") {
				all.WriteString(filepath.Base(filepath.Dir(name)) + ": " + line)
			}
		}
	}
	return all.String()
}

// built is where this tree's program is built, once for all tests.
var built string

// program builds it.
var program = sync.OnceValues(func() (string, error) {
	exe := filepath.Join(built, "naru")
	if out, err := exec.Command("go", "build", "-o", exe, "naru/cmd/naru").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return exe, nil
})

func TestMain(m *testing.M) {
	var err error
	if built, err = os.MkdirTemp("", "naru-drill-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	status := m.Run()
	_ = os.RemoveAll(built) // the system's folder for such things
	os.Exit(status)
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
