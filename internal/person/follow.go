package person

import (
	"slices"

	"naru/internal/fault"
)

// Same tells whether two claims are of the same person: what differs is only how
// it was typed (rule P2).
func (c Claim) Same(o Claim) bool { return slices.Equal(c.canonical(), o.canonical()) }

// FollowFacts is what decides which person a proof leads to, when the provider
// names the human with an identifier that stays.
type FollowFacts struct {
	ByStable ID   // the person of the identifier, "" when it is new
	ByClaim  ID   // the person the claim led to so far, "" for none
	Named    bool // the claim's person has an identifier already
	Bound    bool // the claim's person has a reservation, an immunisation record, or a session that lives
}

// Follow is what becomes of claim and identifier.
type Follow string

// What Follow decides.
const (
	FollowMake Follow = "make" // both are new: a new person for both
	FollowBind Follow = "bind" // the claim's person gets the identifier
	FollowKeep Follow = "keep" // both lead to the same person
	FollowAdd  Follow = "add"  // the claim leads to the identifier's person from now on
	FollowMove Follow = "move" // the same, and the person the claim led to, who has nothing, is forgotten
)

// Following decides (rule I9): the person follows the identifier, so that two
// claims of one human are one person. Faults: Conflict "identity.other_human"
// when the claim is another human's, Conflict "identity.bound_otherwise" when
// the claim's own person, proved by the phone alone, has something that would be
// lost.
func Following(f FollowFacts) (Follow, *fault.Error) {
	switch {
	case f.ByStable == "" && f.ByClaim == "":
		return FollowMake, nil
	case f.ByStable == "" && !f.Named:
		return FollowBind, nil
	case f.ByClaim == "":
		return FollowAdd, nil
	case f.ByStable == f.ByClaim:
		return FollowKeep, nil
	case f.Named:
		return "", fault.New(fault.Conflict, "identity.other_human")
	case f.Bound:
		return "", fault.New(fault.Conflict, "identity.bound_otherwise")
	}
	return FollowMove, nil
}
