package drill

import (
	"slices"
	"testing"
)

func TestVictims(t *testing.T) {
	t.Parallel()
	three := []string{"node1", "node2", "node3"}
	kill, pause := plannedFault{0.5, killNode}, plannedFault{0.5, pauseNode}
	for what, c := range map[string]struct {
		planned []plannedFault
		kind    string
		leader  string
		up      []string
		want    []string // any of these
	}{
		"a pause takes the leader":                   {[]plannedFault{kill, pause}, pauseNode, "node2", three, []string{"node2"}},
		"a kill beside a pause takes another":        {[]plannedFault{kill, pause}, killNode, "node2", three, []string{"node1", "node3"}},
		"a kill alone takes the leader":              {[]plannedFault{kill}, killNode, "node2", three, []string{"node2"}},
		"the leader is hurt already":                 {[]plannedFault{pause, kill}, pauseNode, "node2", []string{"node1", "node3"}, []string{"node1", "node3"}},
		"one is left":                                {[]plannedFault{pause, kill}, killNode, "node2", []string{"node3"}, []string{"node3"}},
		"only the leader is left":                    {[]plannedFault{pause, kill}, killNode, "node2", []string{"node2"}, []string{"node2"}},
		"nobody is left":                             {[]plannedFault{kill}, killNode, "node2", nil, []string{""}},
		"nobody knows the leader":                    {[]plannedFault{pause}, pauseNode, "", three, three},
		"the leader is a stranger":                   {[]plannedFault{kill}, killNode, "node9", three, three},
		"nobody is left, and nobody knows who leads": {[]plannedFault{pause}, pauseNode, "", nil, []string{""}},
	} {
		if got := newVictims(three, c.planned, 1).choose(c.kind, c.leader, c.up); !slices.Contains(c.want, got) {
			t.Errorf("%s: %q, want one of %q", what, got, c.want)
		}
	}
}

// Kills go round: nobody is killed twice before everybody was killed once.
func TestVictimsTakeTurns(t *testing.T) {
	t.Parallel()
	four := []string{"node1", "node2", "node3", "node4"}
	kills := make([]plannedFault, 8)
	for i := range kills {
		kills[i].kind = killNode
	}
	orders := map[string]bool{}
	for seed := range uint64(20) {
		v := newVictims(four, kills, seed)
		leader, order, seen := "node3", "", map[string]int{}
		for range 5 {
			got := v.choose(killNode, leader, four)
			seen[got]++
			order += got
			leader = "node1" // another takes over
		}
		if seen["node3"] == 0 || seen["node1"] > 0 || len(seen) != 3 || max(seen["node2"], seen["node3"], seen["node4"]) > 2 {
			t.Errorf("seed %d: %v", seed, seen)
		}
		orders[order] = true
	}
	if len(orders) < 2 {
		t.Error("every seed gives the same order")
	}
}

func TestFaultsAreSorted(t *testing.T) {
	t.Parallel()
	o := Options{KillAt: []float64{0.9, 0.2}, PauseAt: []float64{0.5}, KillDBAt: []float64{0.7}}
	want := []plannedFault{{0.2, killNode}, {0.5, pauseNode}, {0.7, killDatabase}, {0.9, killNode}}
	if got := o.faults(); !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
}
