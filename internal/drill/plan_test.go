package drill

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func random() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

func TestArrivalsAreFixedBeforehand(t *testing.T) {
	t.Parallel()
	const n = 10_000
	lobby, duration := 20*time.Second, 60*time.Second
	all := arrivals(n, lobby, closesBefore, duration, random())
	if !slices.Equal(all, arrivals(n, lobby, closesBefore, duration, random())) {
		t.Error("the same seed gave other arrivals")
	}
	var before, step, latest int
	for _, at := range all {
		switch {
		case at < -closesBefore-lobby || at >= duration:
			t.Fatalf("arrival %v is outside the plan", at)
		case at < 0:
			before++
			if at > -closesBefore-lobbyQuiet {
				t.Fatalf("arrival %v is while the lobby closes", at)
			}
		case at < stepLength(duration):
			step++
		default:
			latest++
		}
	}
	if before != n*lobbyShare/100 {
		t.Errorf("%d come before the opening, want 60 %%", before)
	}
	if step < n*30/100 || step > n*33/100 { // some of the others fall into the step as well
		t.Errorf("%d come in the first seconds", step)
	}
	if latest < n*7/100 {
		t.Errorf("%d come later", latest)
	}
}

func TestLobbyLength(t *testing.T) {
	t.Parallel()
	for citizens, want := range map[int]time.Duration{1: lobbyShortest, 2000: lobbyShortest, 20_000: 30 * time.Second} {
		if got := lobbyLength(citizens); got != want {
			t.Errorf("%d citizens: lobby %v, want %v", citizens, got, want)
		}
	}
}
