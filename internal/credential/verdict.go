package credential

import (
	"errors"
	"fmt"
	"strings"

	"naru/internal/fault"
)

// Verdict is the answer about a certificate. There are three, because "no" and
// "I do not know" must never look alike (rule T1).
type Verdict string

// The verdicts.
const (
	Valid      Verdict = "VALID"
	NotValid   Verdict = "NOT VALID"
	CannotTell Verdict = "CANNOT TELL"
)

// Reason says why a certificate is not VALID. Each belongs to one verdict
// (VerdictOf), and to one sentence of the catalogue, "credential." before it,
// that says what to do.
type Reason string

// The reasons of NOT VALID: the certificate itself is at fault.
const (
	Malformed  Reason = "malformed"   // it breaks its format, or is no certificate at all
	Signature  Reason = "signature"   // it was changed, or somebody else signed it
	KeyUsage   Reason = "key_usage"   // its key may not sign this kind
	Content    Reason = "content"     // signed, but not one health certificate of one person
	Expired    Reason = "expired"     // its own end has passed
	Revoked    Reason = "revoked"     // taken back by its issuer
	RuleFailed Reason = "rule_failed" // genuine, and not enough under the rules asked for
)

// The reasons of CANNOT TELL: what is known here does not suffice.
const (
	UnknownKey    Reason = "unknown_key"    // nobody on the trust list has this key id
	UnsuitableKey Reason = "unsuitable_key" // the key listed for it cannot make such a signature (rule T5)
	Unsupported   Reason = "unsupported"    // an algorithm or extension that is not known here
	StaleTrust    Reason = "stale_trust"    // the trust list is past its own end
	NotYet        Reason = "not_yet"        // issued later than this clock says: a clock is wrong (rule T11)
	Incomplete    Reason = "incomplete"     // one code of several
	Unreadable    Reason = "unreadable"     // no code was read in the picture
	UnknownRules  Reason = "unknown_rules"  // the rules asked for are not here
)

// VerdictOf is the verdict that a reason belongs to.
func VerdictOf(r Reason) Verdict {
	switch r {
	case "":
		return Valid
	case Malformed, Signature, KeyUsage, Content, Expired, Revoked, RuleFailed:
		return NotValid
	}
	return CannotTell
}

// Reasons lists every reason, those of NOT VALID first.
func Reasons() []Reason {
	return []Reason{
		Malformed, Signature, KeyUsage, Content, Expired, Revoked, RuleFailed,
		UnknownKey, UnsuitableKey, Unsupported, StaleTrust, NotYet, Incomplete, Unreadable, UnknownRules,
	}
}

const messagePrefix = "credential."

// Refuse makes the error for a reason. detail is for who mends it: it names
// places and dates and no person.
func Refuse(r Reason, detail string, args ...any) error {
	code := fault.Invalid
	switch {
	case r == Malformed:
		code = fault.Malformed
	case r == Expired:
		code = fault.Expired
	case VerdictOf(r) == CannotTell:
		code = fault.Unavailable
	}
	return fault.Wrap(code, messagePrefix+string(r), fmt.Errorf(detail, args...))
}

// ReasonOf is the reason in an error of this package: "" for nil, Malformed for
// an error of another kind.
func ReasonOf(err error) Reason {
	if err == nil {
		return ""
	}
	var f *fault.Error
	if errors.As(err, &f) {
		if r, ok := strings.CutPrefix(f.Message, messagePrefix); ok {
			return Reason(r)
		}
	}
	return Malformed
}
