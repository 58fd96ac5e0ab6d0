package drill_test

import (
	"testing"
	"time"

	"naru/internal/drill"
	"naru/internal/web"
)

// The whole suite, sampled, against a real server with a small honest crowd. How
// long people wait beside bots is not measured here.
func TestBackDoors(t *testing.T) {
	t.Parallel()
	r := playDoors(t, drill.SQLite)
	if len(r.Tricks) < 20 || r.Probes < 5000 || r.Order == nil || r.Order.Honest == 0 || r.Order.Admitted == 0 {
		t.Errorf("%d tricks, %d attempts, order %+v", len(r.Tricks), r.Probes, r.Order)
	}
}

func playDoors(t *testing.T, database string) *drill.Result {
	t.Helper()
	o := drillOptions(t)
	o.Drill, o.Routes, o.NoBots, o.DB = drill.BackDoors, web.Routes(), true, database
	o.Citizens, o.Duration, o.ServedFor, o.Seed = 40, 5*time.Second, 40*time.Second, 7
	r, err := drill.Run(t.Context(), o)
	must(t, err)
	for _, trick := range r.Tricks {
		t.Log(trick)
	}
	if r.Bypasses != 0 || r.Jumped != 0 || !r.Held && r.Void == "" {
		t.Errorf("did not hold: %s\n%s", r.Why, troubles(t, r.Folder))
	}
	return r
}
