package pass

import (
	"errors"
	"fmt"
	"strings"

	"naru/internal/fault"
)

// Verdict is the answer about a pass: "no" and "I do not know" never look alike.
type Verdict string

// The verdicts.
const (
	Valid      Verdict = "VALID"
	NotValid   Verdict = "NOT VALID"
	CannotTell Verdict = "CANNOT TELL"
)

// Reason says why a pass is not VALID. Each belongs to one verdict (VerdictOf) and to
// one sentence of the catalogue, "pass." before it, that says what to do.
type Reason string

// The reasons of NOT VALID: the pass itself is at fault.
const (
	Malformed       Reason = "malformed"        // no pass, or not in its one encoding
	Truncated       Reason = "truncated"        // it ends too early
	OverLong        Reason = "over_long"        // longer than any pass, or something follows it
	KeyUsage        Reason = "key_usage"        // its issuer's key may not sign passes
	IssuerSignature Reason = "issuer_signature" // the credential was changed, or nobody known signed it
	Revoked         Reason = "revoked"          // taken back by its issuer
	HolderSignature Reason = "holder_signature" // shown by somebody who has not its key, or changed
	Expired         Reason = "expired"          // the proof has ended, by both clocks
	Replayed        Reason = "replayed"         // it answers what was asked of somebody before
	Opening         Reason = "opening"          // the name shown is not the one it was issued to
)

// The reasons of CANNOT TELL: what is known here does not suffice.
const (
	Unsupported Reason = "unsupported" // of a version or kind that is not known here
	UnknownKey  Reason = "unknown_key" // nobody on the trust list has this key id
	StaleTrust  Reason = "stale_trust" // the bundle is past its end
	Early       Reason = "early"       // made later than this clock says
	Stale       Reason = "stale"       // made too long ago: a screenshot, or a wrong clock
	Clock       Reason = "clock"       // ended by one clock and not by the other
	NoNonce     Reason = "no_nonce"    // it does not answer what was asked
	OtherNonce  Reason = "other_nonce" // it answers another question
)

// VerdictOf is the verdict that a reason belongs to.
func VerdictOf(r Reason) Verdict {
	switch r {
	case "":
		return Valid
	case Malformed, Truncated, OverLong, KeyUsage, IssuerSignature, Revoked, HolderSignature, Expired, Replayed, Opening:
		return NotValid
	}
	return CannotTell
}

// Reasons lists every reason, those of NOT VALID first.
func Reasons() []Reason {
	return []Reason{
		Malformed, Truncated, OverLong, KeyUsage, IssuerSignature, Revoked, HolderSignature, Expired, Replayed, Opening,
		Unsupported, UnknownKey, StaleTrust, Early, Stale, Clock, NoNonce, OtherNonce,
	}
}

const messagePrefix = "pass."

// refuse makes the error for a reason. detail is for who mends it: no person is in it.
func refuse(r Reason, detail string, args ...any) error {
	code := fault.Invalid
	switch {
	case r == Malformed || r == Truncated || r == OverLong:
		code = fault.Malformed
	case r == Expired:
		code = fault.Expired
	case VerdictOf(r) == CannotTell:
		code = fault.Unavailable
	}
	return fault.Wrap(code, messagePrefix+string(r), fmt.Errorf(detail, args...))
}

// ReasonOf is the reason in an error of this package: "" for nil, Malformed for an error
// of another kind.
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
