// Package verify reads and verifies health certificates: EU Digital COVID
// Certificates (HC1, also WHO GDHCN, and national ones of the same make) and
// SMART Health Cards, as the text of a QR code or as a picture of it.
//
// It promises three answers and never two: VALID, NOT VALID with the reason,
// CANNOT TELL with what is missing. A certificate that was only parsed says
// nothing; only Verify gives a Certificate. It reads no clock, file or network:
// the caller brings the time and the trust list, and everything works offline.
// All functions may be called by any number of goroutines.
//
// It follows HCERT 1.0.5, the DCC schema 1.3 and the SMART Health Cards Framework
// 1.4; where it differs from others, docs/divergences.md says why.
package verify

import (
	"errors"
	"fmt"
	"time"

	"naru/internal/credential"
	"naru/internal/fault"
	"naru/internal/scan"
)

// Verdict is the answer about a certificate.
type Verdict string

// The verdicts.
const (
	Valid      Verdict = "VALID"
	NotValid   Verdict = "NOT VALID"
	CannotTell Verdict = "CANNOT TELL"
)

// Reason is why a certificate is not VALID. New ones may come; each belongs to
// one verdict.
type Reason string

// The reasons of NOT VALID.
const (
	Malformed  Reason = "malformed"   // it breaks its format, or is no certificate
	Signature  Reason = "signature"   // it was changed, or somebody else signed it
	KeyUsage   Reason = "key_usage"   // its key may not sign this kind
	Content    Reason = "content"     // signed, but not one health certificate of one person
	Expired    Reason = "expired"     // its own end has passed
	Revoked    Reason = "revoked"     // taken back by its issuer
	RuleFailed Reason = "rule_failed" // genuine, and not enough under the rules asked for
)

// The reasons of CANNOT TELL.
const (
	UnknownKey    Reason = "unknown_key"    // nobody on the trust list has its key id
	UnsuitableKey Reason = "unsuitable_key" // the key listed for it cannot make such a signature
	Unsupported   Reason = "unsupported"    // an algorithm or extension that is not known here
	StaleTrust    Reason = "stale_trust"    // the trust list is past its end
	NotYet        Reason = "not_yet"        // issued later than the given time: a clock is wrong
	Incomplete    Reason = "incomplete"     // one code of several
	Unreadable    Reason = "unreadable"     // no code was read in the picture
	UnknownRules  Reason = "unknown_rules"  // the rules asked for are not here
)

// Refusal is the error of every function that judges a certificate.
type Refusal struct {
	Verdict Verdict // NotValid or CannotTell
	Reason  Reason
	Detail  string // for who mends it: places and times, no person
}

// Error is the verdict, the reason and the detail.
func (r *Refusal) Error() string {
	return fmt.Sprintf("%s (%s): %s", r.Verdict, r.Reason, r.Detail)
}

// refusal makes the public form of an error of the house.
func refusal(err error) *Refusal {
	reason := credential.ReasonOf(err)
	detail := err
	if cause := errors.Unwrap(fault.Of(err)); cause != nil {
		detail = cause
	}
	return &Refusal{Verdict(credential.VerdictOf(reason)), Reason(reason), detail.Error()}
}

// Trust is what a verifier knows: public keys, and what was taken back.
type Trust struct{ trust *credential.Trust }

// ParseTrust reads a trust list: a Naru bundle, a JWK Set, the lists of the EU
// gateway and of the Dutch verifier. Keys that cannot be read are left out and
// returned, one error each; a list without one usable key is an error.
func ParseTrust(b []byte) (*Trust, []error, error) {
	t, left, err := credential.ParseBundle(b)
	if err != nil {
		return nil, left, err
	}
	return &Trust{t}, left, nil
}

// NoTrust knows nobody: every genuine certificate is CANNOT TELL.
func NoTrust() *Trust { return &Trust{credential.NewTrust()} }

// Keys is how many keys the list holds.
func (t *Trust) Keys() int { return t.trust.Len() }

// Unverified is a certificate that was read; it says nothing yet.
type Unverified struct{ u credential.Unverified }

// Parse reads the text of a QR code: HC1:, a national prefix such as AT1:, or
// shc:/; the texts of all codes for a card in several chunks; or one card as a
// JWS. The error is a *Refusal.
func Parse(texts ...string) (Unverified, error) {
	u, err := parse(texts)
	if err != nil {
		return Unverified{}, refusal(err)
	}
	return Unverified{u}, nil
}

func parse(texts []string) (credential.Unverified, error) {
	switch {
	case len(texts) == 1 && credential.IsJWS(texts[0]):
		return credential.ParseJWS(texts[0])
	case len(texts) == 1:
		return credential.Parse(texts[0])
	}
	jws, err := credential.JoinSHC(texts...)
	if err != nil {
		return credential.Unverified{}, err
	}
	return credential.ParseJWS(jws)
}

// ParsePicture reads the certificate in a PNG or JPEG. The error is a *Refusal:
// Unreadable where no code was found, Malformed where the bytes are no picture.
func ParsePicture(b []byte) (Unverified, error) {
	texts, err := scan.Codes(b)
	switch {
	case errors.Is(err, scan.ErrNoCode):
		return Unverified{}, refusal(credential.Refuse(credential.Unreadable, "%w", err))
	case err != nil:
		return Unverified{}, refusal(credential.Refuse(credential.Malformed, "%w", err))
	}
	return Parse(texts...)
}

// Verify checks signature, what the key may sign, content, revocation, the
// certificate's own times at the given one, and the age of the trust list. The
// error is a *Refusal.
func (u Unverified) Verify(t *Trust, at time.Time) (Certificate, error) {
	v, err := u.u.Verify(t.trust, at)
	if err != nil {
		return Certificate{}, refusal(err)
	}
	return certificateOf(v), nil
}

// Judge parses and verifies in one step, for callers who want one answer.
func Judge(t *Trust, at time.Time, texts ...string) Result {
	u, err := Parse(texts...)
	return judge(u, err, t, at)
}

// JudgePicture is Judge for a PNG or JPEG.
func JudgePicture(t *Trust, at time.Time, picture []byte) Result {
	u, err := ParsePicture(picture)
	return judge(u, err, t, at)
}

// Result is one answer. Certificate is there when, and only when, the verdict is
// VALID.
type Result struct {
	Verdict     Verdict      `json:"verdict"`
	Reason      Reason       `json:"reason,omitempty"`
	Detail      string       `json:"detail,omitempty"`
	Certificate *Certificate `json:"certificate,omitempty"`
}

func judge(u Unverified, err error, t *Trust, at time.Time) Result {
	var c Certificate
	if err == nil {
		c, err = u.Verify(t, at)
	}
	var r *Refusal
	if errors.As(err, &r) {
		return Result{Verdict: r.Verdict, Reason: r.Reason, Detail: r.Detail}
	}
	return Result{Verdict: Valid, Certificate: &c}
}
