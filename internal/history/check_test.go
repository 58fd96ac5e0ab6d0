package history_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"naru/internal/history"
)

// A history that is too hard for the time given is no pass, nor is one that was
// given none.
func TestUndecidedIsNoPass(t *testing.T) {
	t.Parallel()
	s := newScript()
	var ops []*history.Op
	for n := range 40 {
		ops = append(ops, s.Begin(n, hold(fmt.Sprint("citizen-", n), "k")))
	}
	s.told(history.Count{Slot: morning}, taken(20)) // any 20 of 40, and
	s.told(history.Count{Slot: morning}, taken(19)) // then none of these choices is right
	for n, op := range ops {
		op.End(held(fmt.Sprint("h", n)))
	}
	for _, limit := range []time.Duration{time.Millisecond, 0, -time.Second} {
		if r, err := history.Check(s.Recorder, places(100), limit); !errors.Is(err, history.ErrUndecided) || r != (history.Result{}) {
			t.Errorf("in %v: %+v, %v", limit, r, err)
		}
	}
}

// A crowd at one slot is decided at once, right or wrong.
func TestCrowdsAreDecided(t *testing.T) {
	t.Parallel()
	const people = 400
	crowd := func(places, held int) *script {
		s := newScript()
		var ops []*history.Op
		for n := range people {
			ops = append(ops, s.Begin(n, hold(fmt.Sprint("citizen-", n), "k")))
		}
		s.told(history.Count{Slot: morning}, taken(places/2))
		for n, op := range ops {
			if n < held {
				op.End(history.Held{Hold: fmt.Sprint("h", n)})
			} else {
				op.End(full)
			}
		}
		s.told(history.Count{Slot: morning}, taken(held))
		return s
	}
	r, err := history.Check(crowd(300, 300).Recorder, places(300), limit)
	if err != nil || r.Ops != people+2 || r.Partitions != 1 || r.Unknown != 0 {
		t.Errorf("300 of 300: %+v, %v", r, err)
	}
	var illegal *history.Illegal
	if _, err = history.Check(crowd(300, 301).Recorder, places(300), limit); !errors.As(err, &illegal) ||
		illegal.Why != "301 places are taken at once, of 300" {
		t.Errorf("301 of 300: %.200v", err)
	}
}

// The text of an illegal history is a story a person can read.
func TestIllegalHistoriesCanBeRead(t *testing.T) {
	t.Parallel()
	s := newScript()
	s.told(hold("ann", "k1"), heldUntil("h1", 300))
	s.now = 20
	op := s.Begin(3, confirm("ann", "c1", "h1"))
	s.now = 30
	op.End(booked("h1"))
	s.now = 40
	s.lost(cancel("ben", "x1", "n-h9"))
	s.Begin(4, cancel("ann", "x1", "n-h1")).Failed()
	s.lost(release("ann", "h1"))
	s.told(lookUp("ann"), nothing)
	_, err := history.Check(s.Recorder, history.Persons(), limit)
	want := `person ann, covid-19: no order explains what was answered
  client 0  [0s .. 0s]  ann holds clinic-1 2021-07-12T00:00:00Z, key k1 -> held h1, number n-h1
  client 3  [20ns .. 30ns]  ann confirms h1, key c1 -> booked n-h1, hold h1
  client 0  [40ns ..]  ann gives back h1 -> no answer
! client 0  [40ns .. 40ns]  ann looks up what they booked -> nothing
  the clock  [300ns]  hold h1 may end by itself`
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
	var illegal *history.Illegal
	var page bytes.Buffer
	if !errors.As(err, &illegal) || illegal.Draw(&page) != nil || !strings.Contains(page.String(), "ann looks up what they booked") {
		t.Errorf("drawn: %d bytes", page.Len())
	}
}

// Of a very long history the part around what does not fit is shown.
func TestLongHistoriesAreCutShort(t *testing.T) {
	t.Parallel()
	s := newScript()
	for n := range 300 {
		if n == 200 {
			s.told(hold("ben", "k"), full)
		}
		s.told(hold("ann", fmt.Sprint("k", n)), history.Held{Hold: fmt.Sprint("h", n)})
	}
	_, err := history.Check(s.Recorder, places(2), limit)
	text := fmt.Sprint(err)
	if lines := strings.Count(text, "\n"); lines < 100 || lines > 130 {
		t.Errorf("%d lines", lines)
	}
	for _, want := range []string{"\n! client 0  [0s .. 0s]  ben holds", "key k180 ", "key k210 ", "more operations; Draw shows all"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
}

// Unknown counts the answers that never came, and Elapsed is on the recorder's clock.
func TestResultSaysHowMuchWasSeen(t *testing.T) {
	t.Parallel()
	ticks := int64(0)
	h := history.New(func() int64 { ticks += 5; return ticks })
	h.Begin(0, hold("ann", "k1")).Unknown()
	h.Begin(1, hold("ben", "k1"))
	h.Begin(2, hold("cho", "k1")).End(held("h1"))
	h.Begin(3, hold("dan", "k1")).Failed()
	r, err := history.Check(h, places(9), limit)
	if want := (history.Result{Ops: 3, Partitions: 1, Unknown: 2, Elapsed: 5}); r != want || err != nil {
		t.Errorf("%+v, %v; want %+v", r, err, want)
	}
}
