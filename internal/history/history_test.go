package history_test

import (
	"fmt"
	"sync"
	"testing"

	"naru/internal/history"
)

// Many clients write at once: nothing is lost, and whoever was answered before
// another asked comes before it, also when the clock stands still.
func TestRecorderKeepsTheOrder(t *testing.T) {
	t.Parallel()
	h := history.New(func() int64 { return 7 })
	var wg sync.WaitGroup
	for client := range 8 {
		wg.Go(func() {
			for n := range 100 {
				op := h.Begin(client, current("ann"))
				switch n % 4 {
				case 0:
					op.Unknown()
				case 1:
					op.Failed()
				case 2:
					op.End(nothing)
				}
			}
		})
	}
	wg.Wait()
	last := map[int]int{}
	outcomes := map[history.Outcome]int{}
	for _, r := range h.Records() {
		if r.Begun.Order < last[r.Client] {
			t.Fatalf("client %d asked at %d, after %d", r.Client, r.Begun.Order, last[r.Client])
		}
		outcomes[r.Outcome]++
		last[r.Client] = max(r.Begun.Order, r.Ended.Order)
	}
	if outcomes[history.Unknown] != 400 || outcomes[history.Failed] != 200 || outcomes[history.Answered] != 200 {
		t.Errorf("recorded %v", outcomes)
	}
}

// What the order says stands also when the clock steps back.
func TestRecorderDoesNotTrustTheClock(t *testing.T) {
	t.Parallel()
	s := newScript()
	s.now = 1000
	s.told(hold("ann", "k1"), held("h1"))
	s.now = 1
	s.told(current("ann"), nothing)
	if _, err := history.Check(s.Recorder, history.Persons(), limit); err == nil {
		t.Error("an acknowledged hold was lost, and it passed")
	}
}

// Mistakes of the test that records are told at once.
func TestRecorderRefusesNonsense(t *testing.T) {
	t.Parallel()
	for name, mistake := range map[string]func(*history.Op){
		"an answer to another act": func(op *history.Op) { op.End(history.Joined{}) },
		"ended twice":              func(op *history.Op) { op.Unknown(); op.End(nothing) },
		"answered, then failed":    func(op *history.Op) { op.End(nothing); op.Failed() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			defer func() {
				if recover() == nil {
					t.Error("nothing was said")
				}
			}()
			mistake(newScript().Begin(0, current("ann")))
		})
	}
}

// Every act takes its own answers and no other.
func TestActsTakeTheirAnswers(t *testing.T) {
	t.Parallel()
	answers := []history.Answer{
		history.Held{},
		full, ended, refused,
		history.Booked{},
		released, cancelled, nothing,
		history.Counted{},
		history.Joined{},
		history.Session{},
		called,
		history.Reseated{},
	}
	for _, c := range []struct {
		act  history.Act
		want string
	}{
		{history.Hold{}, "Held Full Ended Refused Booked"},
		{history.Confirm{}, "Ended Refused Booked"},
		{history.Release{}, "Refused Released"},
		{history.Cancel{}, "Refused Cancelled"},
		{history.Current{}, "Held Booked Nothing"},
		{history.LookUp{}, "Booked Nothing"},
		{history.Count{}, "Counted"},
		{history.Join{}, "Joined"},
		{history.Enter{}, "Booked Session Waiting"},
		{history.Reseat{}, "Reseated"},
	} {
		var took []string
		for _, a := range answers {
			if takes(c.act, a) {
				took = append(took, fmt.Sprintf("%T", a)[len("history."):])
			}
		}
		if got := fmt.Sprint(took); got != "["+c.want+"]" {
			t.Errorf("%T takes %s, want [%s]", c.act, got, c.want)
		}
	}
}

func takes(act history.Act, a history.Answer) (ok bool) {
	defer func() { ok = recover() == nil }()
	newScript().Begin(0, act).End(a)
	return true
}
