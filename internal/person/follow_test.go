package person

import (
	"testing"

	"naru/internal/fault"
)

func TestThePersonFollowsTheIdentifier(t *testing.T) {
	t.Parallel()
	for why, c := range map[string]struct {
		facts   FollowFacts
		want    Follow
		refusal string
	}{
		"both new":                            {FollowFacts{}, FollowMake, ""},
		"a claim proved by its phone so far":  {FollowFacts{ByClaim: "a"}, FollowBind, ""},
		"that has booked":                     {FollowFacts{ByClaim: "a", Bound: true}, FollowBind, ""},
		"another human with somebody's claim": {FollowFacts{ByClaim: "a", Named: true}, "", "identity.other_human"},
		"a human with a new phone":            {FollowFacts{ByStable: "a"}, FollowAdd, ""},
		"the same again":                      {FollowFacts{ByStable: "a", ByClaim: "a", Named: true}, FollowKeep, ""},
		"the same, not noted with the claim":  {FollowFacts{ByStable: "a", ByClaim: "a", Bound: true}, FollowKeep, ""},
		"two people who are one human":        {FollowFacts{ByStable: "a", ByClaim: "b"}, FollowMove, ""},
		"one of whom has booked":              {FollowFacts{ByStable: "a", ByClaim: "b", Bound: true}, "", "identity.bound_otherwise"},
		"two humans":                          {FollowFacts{ByStable: "a", ByClaim: "b", Named: true}, "", "identity.other_human"},
	} {
		got, refusal := Following(c.facts)
		if got != c.want || (c.refusal != "") != (refusal != nil) || refusal != nil && fault.Of(refusal).Message != c.refusal {
			t.Errorf("%s: %q %v, want %q %q", why, got, refusal, c.want, c.refusal)
		}
	}
}

func TestTheSameClaimTypedDifferently(t *testing.T) {
	t.Parallel()
	a := Claim{Name: "Ann-Marie O'Neil", Mobile: "01000000001"}
	b := Claim{Name: "ANNMARIE ONEIL", Mobile: "01000000001"}
	if !a.Same(b) {
		t.Error("two spellings are two claims")
	}
	if b.Mobile = "01000000002"; a.Same(b) {
		t.Error("two phones are one claim")
	}
}
