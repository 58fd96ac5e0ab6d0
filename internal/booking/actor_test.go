package booking_test

import (
	"testing"
	"time"

	"naru/internal/booking"
	"naru/internal/fault"
)

func TestMayTouch(t *testing.T) {
	t.Parallel()
	son, other := booking.Actor{Kind: booking.ByGuardian, How: "child", ID: "son"}, booking.Actor{Kind: booking.ByGuardian, ID: "other"}
	agent := booking.Actor{Kind: booking.ByAgent, How: "code", ID: "agent"}
	his := booking.BookedBy{Actor: son}
	taken := booking.BookedBy{Actor: son, TakenAt: time.Unix(1, 0)}
	for name, c := range map[string]struct {
		of      booking.BookedBy
		by      booking.Actor
		message string
	}{
		"the person, their own":           {booking.BookedBy{}, booking.Actor{}, ""},
		"the person, the son's":           {his, booking.Actor{}, ""},
		"an agent, the son's":             {his, agent, ""},
		"the son, his":                    {his, son, ""},
		"the son, taken over":             {taken, son, "guardian.taken_over"},
		"the son, the person's own":       {booking.BookedBy{}, son, "guardian.not_yours"},
		"another, the son's":              {his, other, "guardian.not_yours"},
		"a guardian with an agent's id":   {booking.BookedBy{Actor: agent}, booking.Actor{Kind: booking.ByGuardian, ID: "agent"}, "guardian.not_yours"},
		"the person, after it was theirs": {taken, booking.Actor{}, ""},
	} {
		err := c.of.MayTouch(c.by)
		if c.message == "" && err != nil || c.message != "" && fault.Of(err).Message != c.message {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestActorsAsText(t *testing.T) {
	t.Parallel()
	for _, a := range []booking.Actor{{}, {Kind: booking.ByAgent, How: "code", ID: "x-_1"}, {Kind: booking.ByGuardian, How: "child", ID: "y"}} {
		if got, err := booking.ParseActor(a.String()); got != a || err != nil {
			t.Errorf("%+v came back as %+v, %v", a, got, err)
		}
	}
	for _, text := range []string{"agent", "agent code", "robot code x", "agent code x y", " "} {
		if _, err := booking.ParseActor(text); err == nil {
			t.Errorf("%q is an actor", text)
		}
	}
}
