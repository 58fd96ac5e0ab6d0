package person

import (
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"math/big"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"naru/internal/fault"
)

// Bounds of the proof by one-time code (rules P7-P9).
const (
	CodeDigits       = 6
	CodeLife         = 3 * time.Minute // a code is good this long after it was sent
	CodeTries        = 5               // wrong codes per browser and challenge
	CodeEvery        = 20 * time.Second
	CodesPerBrowser  = 4  // sends per browser and CodeWindow
	CodesPerPhone    = 20 // sends per phone and CodeWindow, over all browsers and claims; then one a CodeTrickle
	CodeTrickle      = time.Minute
	CodeWindow       = time.Hour
	codeSpace        = 1_000_000
	challengeIDBytes = 16
)

// NewCode makes a uniformly random code of six digits.
func NewCode() string {
	n, err := rand.Int(rand.Reader, big.NewInt(codeSpace))
	if err != nil {
		panic(err) // crypto/rand does not fail on supported systems
	}
	return fmt.Sprintf("%06d", n.Int64())
}

// ParseCode takes what somebody typed: spaces, a hyphen and full-width digits
// are forgiven, anything else is Invalid.
func ParseCode(s string) (string, error) {
	bad := fault.New(fault.Invalid, "person.code_malformed").With("Field", "code")
	if len(s) > 64 {
		return "", bad
	}
	s = strings.NewReplacer(" ", "", "-", "").Replace(norm.NFKC.String(s))
	if len(s) != CodeDigits || strings.Trim(s, "0123456789") != "" {
		return "", bad
	}
	return s, nil
}

// Challenge is one code sent to one claim for one browser.
type Challenge struct {
	Browser [32]byte // hash of the browser cookie it was asked from
	Code    Index    // keyed: the code itself is not stored
	SentAt  time.Time
	Tries   int
}

// Sent is what was sent lately, for the limits.
type Sent struct {
	ByBrowser, ByPhone int       // in the last CodeWindow
	LastByBrowser      time.Time // zero: never
	LastByPhone        time.Time // zero: never
}

// MaySend decides whether another code may be sent (rule P8): tries count for
// the browser, so a stranger who asks for codes does not lock out the person.
func MaySend(s Sent, now time.Time) error {
	switch {
	case now.Sub(s.LastByBrowser) < CodeEvery:
		wait := min(CodeEvery, CodeEvery-now.Sub(s.LastByBrowser)) // never longer, whatever the clock did
		return fault.New(fault.TooMany, "person.code_too_soon").With("Seconds", int((wait+time.Second-1)/time.Second))
	case s.ByBrowser >= CodesPerBrowser:
		return fault.New(fault.TooMany, "person.code_too_many")
	case s.ByPhone >= CodesPerPhone && (s.ByBrowser > 0 || now.Sub(s.LastByPhone) < CodeTrickle):
		return fault.New(fault.TooMany, "person.code_too_soon").With("Seconds", int(CodeTrickle/time.Second))
	}
	return nil
}

// Check decides whether code proves the challenge (rule P9). A wrong code is
// Invalid and must be counted by the caller; Args["Left"] says how many remain.
func (c Challenge) Check(browser [32]byte, code Index, now time.Time) error {
	switch {
	case c.Browser != browser:
		return fault.New(fault.Unauthenticated, "person.code_other_browser")
	case now.Sub(c.SentAt) >= CodeLife:
		return fault.New(fault.Expired, "person.code_expired")
	case c.Tries >= CodeTries:
		return fault.New(fault.TooMany, "person.code_tries_spent")
	case c.Code.Key != code.Key || subtle.ConstantTimeCompare(c.Code.Sum[:], code.Sum[:]) != 1:
		return fault.New(fault.Invalid, "person.code_wrong").With("Field", "code").With("Left", CodeTries-c.Tries-1)
	}
	return nil
}
