package person_test

import (
	"testing"
	"time"

	"naru/internal/fault"
	"naru/internal/person"
)

func TestMayGuard(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		subjects int
		known    bool
		code     fault.Code
	}{
		"the first":         {0, false, ""},
		"the fifth":         {4, false, ""},
		"a sixth":           {5, false, fault.TooMany},
		"one of five again": {5, true, ""},
	} {
		if err := person.MayGuard(c.subjects, c.known); fault.CodeOf(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMayStandIn(t *testing.T) {
	t.Parallel()
	now := time.Date(2021, 7, 12, 0, 0, 0, 0, time.UTC)
	later := now.Add(time.Second)
	for name, c := range map[string]struct {
		facts   person.SubjectFacts
		message string
	}{
		"nobody is there":           {person.SubjectFacts{}, ""},
		"they have booked":          {person.SubjectFacts{Booked: true}, "guardian.subject_booked"},
		"this guardian booked":      {person.SubjectFacts{Booked: true, ByAsker: true}, ""},
		"they are booking":          {person.SubjectFacts{Here: true, HereSelf: true, Until: later}, "guardian.subject_here"},
		"their session ends now":    {person.SubjectFacts{Here: true, HereSelf: true, Until: now}, ""},
		"this guardian is booking":  {person.SubjectFacts{Here: true, Until: later}, ""},
		"booked, and somebody here": {person.SubjectFacts{Booked: true, Here: true, HereSelf: true, Until: later}, "guardian.subject_booked"},
	} {
		c.facts.Now = now
		err := person.MayStandIn(c.facts)
		if got := fault.Of(err).Message; err == nil && c.message != "" || err != nil && got != c.message {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestVouchesAreWords(t *testing.T) {
	t.Parallel()
	for _, v := range person.Vouches {
		if got, err := person.ParseVouch(string(v)); got != v || err != nil {
			t.Errorf("%s: %v", v, err)
		}
	}
	for _, text := range []string{"", "Code", "code ", "I know her voice"} {
		if _, err := person.ParseVouch(text); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%q is taken: %v", text, err)
		}
	}
	if _, err := person.ParseRelation("neighbour"); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("a relation that there is not: %v", err)
	}
}
