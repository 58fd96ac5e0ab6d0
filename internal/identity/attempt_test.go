package identity

import (
	"testing"
	"time"

	"naru/internal/fault"
)

func TestAnAnswerIsTakenOnce(t *testing.T) {
	t.Parallel()
	a := Attempt{State: [16]byte{1}, BeganAt: start}
	for why, c := range map[string]struct {
		change func(*Attempt)
		state  byte
		at     time.Duration
		want   fault.Code
	}{
		"the answer":               {func(*Attempt) {}, 1, time.Minute, ""},
		"another one's":            {func(*Attempt) {}, 2, time.Minute, fault.Conflict},
		"once more":                {func(a *Attempt) { a.Used = true }, 1, time.Minute, fault.Conflict},
		"at the last second":       {func(*Attempt) {}, 1, AttemptLife - time.Second, ""},
		"too late":                 {func(*Attempt) {}, 1, AttemptLife, fault.Expired},
		"late and somebody else's": {func(*Attempt) {}, 2, AttemptLife, fault.Conflict},
	} {
		b := a
		c.change(&b)
		var got fault.Code
		if refusal := b.Return([16]byte{c.state}, start.Add(c.at)); refusal != nil {
			got = refusal.Code
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", why, got, c.want)
		}
	}
}

func TestAnswersThatProveNothingAreCounted(t *testing.T) {
	t.Parallel()
	var a Attempt
	for range Tries {
		if refusal := a.MayBegin(start); refusal != nil {
			t.Fatal(refusal)
		}
		a = a.Missed(start)
	}
	if refusal := a.MayBegin(start.Add(TryWindow - time.Second)); refusal == nil || refusal.Code != fault.TooMany {
		t.Errorf("%v after %d tries", refusal, Tries)
	}
	if refusal := a.MayBegin(start.Add(TryWindow)); refusal != nil {
		t.Errorf("%v an hour later", refusal)
	}
	if again := a.Missed(start.Add(TryWindow)); again.Tries != 1 {
		t.Errorf("%d tries in a new window", again.Tries)
	}
}
