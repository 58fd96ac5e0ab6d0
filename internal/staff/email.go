package staff

import (
	"net/mail"
	"strings"

	"naru/internal/fault"
)

// maxEmail is the longest address, in bytes (RFC 5321, 4.5.3.1.3).
const maxEmail = 254

// ParseEmail takes the address of an account at the sign-in service, in small letters.
// Code Invalid, Field "email".
func ParseEmail(text string) (string, error) {
	bad := fault.New(fault.Invalid, "staff.email_bad").With("Field", "email")
	if len(text) > maxEmail {
		return "", bad
	}
	a, err := mail.ParseAddress(text)
	if err != nil || a.Address != text {
		return "", bad
	}
	return strings.ToLower(text), nil
}
