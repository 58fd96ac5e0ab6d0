package person

import (
	"slices"

	"naru/internal/fault"
)

// Vouch is how a member of staff was satisfied that a caller is who they say: it
// stands where an online proof stands on the web (rule S22).
type Vouch string

// The ways, the surest first.
const (
	VouchCode       Vouch = "code"        // a code sent to the phone was read back
	VouchCalledBack Vouch = "called_back" // the person answered when the agent called the number
	VouchRelative   Vouch = "relative"    // the phone is a relative's; the person was spoken to and named name and birth date
)

// Vouches lists the ways as pages show them.
var Vouches = []Vouch{VouchCode, VouchCalledBack, VouchRelative}

// ParseVouch takes one of Vouches. Code Invalid, Field "check".
func ParseVouch(text string) (Vouch, error) {
	if v := Vouch(text); slices.Contains(Vouches, v) {
		return v, nil
	}
	return "", fault.New(fault.Invalid, "call.check_missing").With("Field", "check")
}
