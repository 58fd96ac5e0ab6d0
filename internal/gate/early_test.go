package gate

import (
	"testing"
	"time"

	"naru/internal/fault"
)

func TestEarlyProofIsOfTheFirstPerson(t *testing.T) {
	t.Parallel()
	me := Early{Person: "me", Browser: [32]byte{1}}
	for _, c := range []struct {
		phase  Phase
		before Early
		person string
		want   string
	}{
		{LobbyOpen, Early{}, "me", ""},
		{Closed, Early{}, "me", ""},
		{HeldDraw, me, "me", ""},
		{LobbyOpen, me, "other", "gate.proven_by_other"},
		{Announced, Early{}, "me", "gate.early_over"},
		{Open, Early{}, "me", "gate.early_over"},
		{Ended, me, "me", "gate.early_over"},
	} {
		got := ProveEarly(c.phase, c.before, c.person)
		if (got == nil) != (c.want == "") || got != nil && fault.Of(got).Message != c.want {
			t.Errorf("%s with %q before, by %q: %v, want %q", c.phase, c.before.Person, c.person, got, c.want)
		}
	}
	for o, want := range map[Outcome]bool{
		OutOpen: true, OutReenter: true, OutShare: true, OutChallenge: false, OutResume: false, OutTurn: false, OutWait: false,
	} {
		if me.Opens(me.Browser, o) != want || me.Opens([32]byte{2}, o) || (Early{}).Opens([32]byte{}, o) {
			t.Errorf("%s: an early proof opens what it must not, or not what it must", o)
		}
	}
}

func TestSparedTimeEndsSomewhere(t *testing.T) {
	t.Parallel()
	opened := time.Date(2021, 7, 12, 0, 0, 0, 0, time.UTC)
	expires, now := opened.Add(UnprovenFor), opened
	for range 20 {
		now = now.Add(time.Minute)
		next := Spare(opened, expires, now)
		if next.Before(expires) || next.Sub(opened) > SpareMost {
			t.Fatalf("at %v: until %v, before until %v", now.Sub(opened), next.Sub(opened), expires.Sub(opened))
		}
		expires = next
	}
	if expires.Sub(opened) != SpareMost {
		t.Errorf("a provider that fails for long leaves %v", expires.Sub(opened))
	}
}
