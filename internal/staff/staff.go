// Package staff decides what people who work with the system may do: roles,
// permissions, and where each holds.
//
// It promises that whatever is not in the table of permissions is refused, that a
// role at one clinic says nothing about another, and that nobody can give what they
// do not hold. It never reads who somebody is: that is proved before. Rules S1-S9
// in docs/rules/staff.md.
package staff

import (
	"crypto/rand"
	"encoding/base64"
	"strings"
	"time"
	"unicode/utf8"

	"naru/internal/fault"
)

// ID is the public, random id of a member of staff.
type ID string

const idBytes = 12

// NewID makes an id nobody guesses.
func NewID() ID {
	var b [idBytes]byte
	_, _ = rand.Read(b[:]) // never fails: see crypto/rand
	return ID(base64.RawURLEncoding.EncodeToString(b[:]))
}

// ParseID takes the id of a member of staff as it stands in an address. Code NotFound
// for what no id looks like.
func ParseID(text string) (ID, error) {
	if raw, err := base64.RawURLEncoding.Strict().DecodeString(text); err != nil || len(raw) != idBytes {
		return "", fault.New(fault.NotFound, "staff.unknown")
	}
	return ID(text), nil
}

// Account is a member of staff.
type Account struct {
	ID     ID
	Name   string // as colleagues and the audit's reader know them
	Grants []Grant
	Barred bool // may not sign in; kept, because the audit names them
}

// MaxName is the longest name, in characters.
const MaxName = 60

// ParseName takes the name of a member of staff. Code Invalid, Field "name".
func ParseName(text string) (string, error) {
	text = strings.Join(strings.Fields(text), " ")
	n := utf8.RuneCountInString(text)
	control := strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == utf8.RuneError })
	if n == 0 || n > MaxName || control {
		return "", fault.New(fault.Invalid, "staff.name_bad").With("Field", "name")
	}
	return text, nil
}

// Caller is who acts, with what they hold at that moment.
type Caller struct {
	Account
	Session string // public id of the sign-in, for the audit
	Until   time.Time
}
