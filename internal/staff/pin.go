package staff

import (
	"strings"

	"naru/internal/fault"
)

// PINTries is how many wrong PINs end a locked sign-in (rule S12).
const PINTries = 5

// The length of a PIN, in digits.
const (
	minPIN = 6
	maxPIN = 12
)

// ParsePIN takes a PIN: 6 to 12 digits that are not all the same, nor one up or down
// from digit to digit (rule S13). Code Invalid, Field "pin".
func ParsePIN(text string) (string, error) {
	bad := len(text) < minPIN || len(text) > maxPIN || strings.Trim(text, "0123456789") != ""
	if bad || regular(text, 0) || regular(text, 1) || regular(text, -1) {
		return "", fault.New(fault.Invalid, "staff.pin_bad").With("Field", "pin")
	}
	return text, nil
}

// regular says that each digit is the one before plus step.
func regular(pin string, step int) bool {
	for i := 1; i < len(pin); i++ {
		if (int(pin[i-1]-'0')+step+10)%10 != int(pin[i]-'0') {
			return false
		}
	}
	return true
}
