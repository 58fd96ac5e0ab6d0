package sip

import (
	"strings"

	gosip "github.com/emiago/sipgo/sip"

	"naru/internal/visit"
)

// maxHeader bounds a header that names a caller, in bytes.
const maxHeader = 1024

// callerOf says who calls (rule V21). A listed carrier asserts it: P-Asserted-Identity
// (RFC 3325), then Remote-Party-ID (an older custom), then From. From others only From
// is read, and it proves nothing. known is false for a caller who withheld the number,
// or has none that can be read.
func (n numbering) callerOf(req *gosip.Request, listed bool) (c visit.Caller, known bool) {
	if withheld(req) {
		return c, false
	}
	names := []string{"From"}
	if listed {
		names = []string{"P-Asserted-Identity", "Remote-Party-ID", "From"}
	}
	for _, name := range names {
		found := false
		for _, h := range req.GetHeaders(name) {
			for _, identity := range identities(h.Value()) {
				found = true
				if number, ok := n.number(identity); ok {
					return visit.Caller{Number: number, Proven: listed}, true
				}
			}
		}
		if found {
			return c, false // what the carrier asserts is not replaced by what the caller says
		}
	}
	return c, false
}

// withheld says that the caller asked not to be named (RFC 3323, RFC 3325), whatever
// the carrier tells beside it.
func withheld(req *gosip.Request) bool {
	for _, h := range req.GetHeaders("Privacy") {
		for _, word := range strings.FieldsFunc(strings.ToLower(h.Value()), func(r rune) bool { return strings.ContainsRune(";, \t", r) }) {
			if word == "id" || word == "user" || word == "header" {
				return true
			}
		}
	}
	for _, h := range req.GetHeaders("Remote-Party-ID") {
		for _, param := range strings.Split(strings.ToLower(h.Value()), ";")[1:] {
			name, value, _ := strings.Cut(strings.ReplaceAll(param, " ", ""), "=")
			if value = strings.Trim(value, `"`); name == "privacy" && value != "off" && value != "none" {
				return true
			}
		}
	}
	return false
}

// identities are the user parts of the addresses in a header: of "sip:", "sips:" and
// "tel:", with a name before or without, several with commas between.
func identities(value string) (users []string) {
	if len(value) > maxHeader {
		return nil
	}
	for _, address := range addresses(value) {
		if _, inside, bracket := strings.Cut(address, "<"); bracket {
			address, _, _ = strings.Cut(inside, ">")
		}
		scheme, rest, _ := strings.Cut(strings.TrimSpace(address), ":")
		switch strings.ToLower(scheme) {
		case "tel":
			rest, _, _ = strings.Cut(rest, ";")
		case "sip", "sips":
			user, _, ok := strings.Cut(rest, "@")
			if !ok {
				continue // no user: the address of a machine
			}
			rest, _, _ = strings.Cut(user, ";") // parameters of a number: ;phone-context=
			rest, _, _ = strings.Cut(rest, ":") // a password
		default:
			continue
		}
		users = append(users, rest)
	}
	return users
}

// addresses parts a header at its commas, except in quotes and brackets, and takes the
// names in quotes away.
func addresses(value string) (parts []string) {
	var part strings.Builder
	quoted, escaped, bracket := false, false, false
	for _, c := range []byte(value) {
		switch {
		case escaped:
			escaped = false
		case quoted && c == '\\':
			escaped = true
		case c == '"' && !bracket:
			quoted = !quoted
		case quoted:
		case c == ',' && !bracket:
			parts = append(parts, part.String())
			part.Reset()
		default:
			bracket = c == '<' || bracket && c != '>'
			part.WriteByte(c)
		}
	}
	return append(parts, part.String())
}

// Number is a telephone number as the register keeps it: digits with the country's. ok is
// false for what is none.
func Number(dialled, countryCode, zero string) (digits string, ok bool) {
	return numbering{countryCode, zero}.number(dialled)
}

// numbering is how numbers are dialled in the country.
type numbering struct{ countryCode, zero string }

// number is a number as it is kept: digits with the country's. "+82 10-0000-1234" and
// "01000001234" are the same; what begins with two zeros is a carrier's prefix of its
// own and cannot be read.
func (n numbering) number(dialled string) (digits string, ok bool) {
	if len(dialled) > 64 {
		return "", false
	}
	plain := strings.NewReplacer("-", "", ".", "", "(", "", ")", "", " ", "").Replace(dialled)
	plain, abroad := strings.CutPrefix(plain, "+")
	if !abroad {
		if n.zero != "" {
			plain, _ = strings.CutPrefix(plain, n.zero)
		}
		plain = n.countryCode + plain
	}
	local, ours := strings.CutPrefix(plain, n.countryCode)
	c := visit.Caller{Number: plain}
	return plain, c.Valid() == nil && plain[0] != '0' && !(ours && strings.HasPrefix(local, "0"))
}
