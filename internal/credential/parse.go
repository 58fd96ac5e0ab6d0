package credential

import (
	"strings"
	"time"
)

// Form is the format of a certificate.
type Form string

// The forms.
const (
	FormHC1 Form = "hc1" // EU DCC and WHO GDHCN; also national ones of the same make
	FormSHC Form = "shc" // SMART Health Card
)

// Unverified is what Parse read. It says nothing about anybody yet: only Verify
// makes something of it that may be believed.
type Unverified struct {
	form     Form
	national string // the country of a national prefix; "" for HC1 and cards
	hc1      *hc1
	card     *card
}

// Parse reads the text of a QR code: HC1:, a national certificate such as AT1:,
// or shc:/ with one code (JoinSHC puts several together). The error has the
// reason Malformed or Incomplete.
func Parse(text string) (Unverified, error) {
	if len(text) > MaxText {
		return Unverified{}, Refuse(Malformed, "longer than %d bytes", MaxText)
	}
	switch {
	case strings.HasPrefix(text, PrefixHC1):
		h, err := parseHC1(text)
		return unverified(Unverified{form: FormHC1, hc1: h}, err)
	case strings.HasPrefix(text, prefixSHC):
		jws, err := JoinSHC(text)
		if err != nil {
			return Unverified{}, err
		}
		return ParseJWS(jws)
	case len(text) > 4 && isCountry(text[:2]) && text[2:4] == "1:":
		h, err := parseHC1(text)
		return unverified(Unverified{form: FormHC1, national: text[:2], hc1: h}, err)
	}
	return Unverified{}, Refuse(Malformed, "it begins like no certificate that is known here: HC1: or shc:/")
}

// ParseJWS reads a SMART Health Card in its compact form.
func ParseJWS(jws string) (Unverified, error) {
	c, err := parseCard(jws)
	return unverified(Unverified{form: FormSHC, card: c}, err)
}

func unverified(u Unverified, err error) (Unverified, error) {
	if err != nil {
		return Unverified{}, err
	}
	return u, nil
}

// Form is the format that was read.
func (u Unverified) Form() Form { return u.form }

// Kid is the key id that the certificate names; nobody has vouched for it.
func (u Unverified) Kid() []byte {
	switch {
	case u.hc1 != nil:
		return u.hc1.message.kid()
	case u.card != nil:
		return u.card.kid
	}
	return nil
}

// Verify checks everything that does not depend on where somebody wants to
// enter: signature, what the key may sign, content, revocation, times, the age
// of the list. The error's reason (ReasonOf) says which verdict it is.
func (u Unverified) Verify(t *Trust, now time.Time) (Verified, error) {
	var key Key
	var err error
	switch {
	case u.hc1 != nil:
		key, err = u.hc1.verify(t, now, u.national != "")
	case u.card != nil:
		key, err = u.card.verify(t, now)
	default:
		err = Refuse(Malformed, "nothing was read")
	}
	if err != nil {
		return Verified{}, err
	}
	return Verified{u: u, key: key}, nil
}

// Verified is a certificate that is genuine and in force at the time of Verify.
// It says what it says: whether that is enough at a door is for the rules.
type Verified struct {
	u   Unverified
	key Key
}

// Form is the format of the certificate.
func (v Verified) Form() Form { return v.u.form }

// HC1 is what an HC1 or national certificate says; false for a card.
func (v Verified) HC1() (HC1, bool) {
	if v.u.hc1 == nil {
		return HC1{}, false
	}
	return v.u.hc1.certificate(), true
}

// Card is what a SMART Health Card says; false for another form.
func (v Verified) Card() (Card, bool) {
	if v.u.card == nil {
		return Card{}, false
	}
	return v.u.card.said, true
}

// Issuer is the country or the https address that the trust list has for the
// key, or where it has none, the one that the certificate names.
func (v Verified) Issuer() string {
	switch {
	case v.key.Issuer != "":
		return v.key.Issuer
	case v.u.hc1 != nil:
		return v.u.hc1.claims.issuer
	case v.u.card != nil:
		return v.u.card.said.Issuer
	}
	return ""
}

// Kind is what the certificate proves.
func (v Verified) Kind() Kind {
	switch {
	case v.u.hc1 != nil:
		return v.u.hc1.dcc.Kind()
	case v.u.card != nil:
		return v.u.card.said.Kind()
	}
	return ""
}

// Remarks are the places where the certificate breaks its schema without a
// change of meaning. They are for issuers, not for doors.
func (v Verified) Remarks() []Violation {
	if v.u.hc1 == nil {
		return nil
	}
	return CheckSchema(v.u.hc1.claims.hcert)
}
