package credential

import (
	"bytes"
	"crypto/elliptic"
	"crypto/sha256"
	"strings"
	"testing"
	"time"

	"naru/internal/cose"
)

// issued is a certificate of each form with the list that knows its signer.
type issued struct {
	signer   Signer
	key      Key
	hc1, shc string
}

func issueBoth(t testing.TB) issued {
	t.Helper()
	s := newSigner(t)
	i := issued{signer: s, key: Key{Kid: s.Kid, Public: s.Key.Public(), Usage: UseHC1 | UseCard}}
	var err error
	if i.hc1, err = IssueHC1(s, aDose()); err != nil {
		t.Fatal(err)
	}
	jws, err := IssueSHC(s, aCard(t))
	if err != nil {
		t.Fatal(err)
	}
	i.shc = SHCText(jws)
	return i
}

func reason(text string, trust *Trust, at time.Time) Reason {
	u, err := Parse(text)
	if err == nil {
		_, err = u.Verify(trust, at)
	}
	return ReasonOf(err)
}

func TestVerdicts(t *testing.T) {
	t.Parallel()
	i := issueBoth(t)
	other := newSigner(t)
	with := func(change func(*Trust)) *Trust {
		trust := NewTrust(i.key)
		change(trust)
		return trust
	}
	key := func(change func(*Key)) *Trust {
		k := i.key
		change(&k)
		return NewTrust(k)
	}
	good, end := NewTrust(i.key), aDose().Expires
	p384 := newKey(t, elliptic.P384())
	for name, c := range map[string]struct {
		text  string
		trust *Trust
		at    time.Time
		want  Reason
	}{
		"HC1 in force":                 {i.hc1, good, issuedAt, ""},
		"a card in force":              {i.shc, good, issuedAt, ""},
		"in its last second":           {i.hc1, good, end.Add(999 * time.Millisecond), ""},
		"after its end":                {i.hc1, good, end.Add(time.Second), Expired},
		"a clock a little late":        {i.hc1, good, issuedAt.Add(-clockSkew), ""},
		"a clock much too late":        {i.hc1, good, issuedAt.Add(-time.Hour), NotYet},
		"a card and a late clock":      {i.shc, good, issuedAt.Add(-time.Hour), NotYet},
		"nobody is known":              {i.hc1, NewTrust(), issuedAt, UnknownKey},
		"a card of nobody known":       {i.shc, NewTrust(), issuedAt, UnknownKey},
		"another key of that id":       {i.hc1, key(func(k *Key) { k.Public = other.Key.Public() }), issuedAt, Signature},
		"a P-384 key for ES256":        {i.hc1, key(func(k *Key) { k.Public = &p384.PublicKey }), issuedAt, UnsuitableKey},
		"two keys of one id":           {i.hc1, NewTrust(Key{Kid: i.key.Kid, Public: other.Key.Public(), Usage: UseHC1}, i.key), issuedAt, ""},
		"a key for tests":              {i.hc1, key(func(k *Key) { k.Usage = UseTest }), issuedAt, KeyUsage},
		"a key for exemptions":         {i.hc1, key(func(k *Key) { k.Usage = UseExemption }), issuedAt, UnknownKey},
		"a country's key under a card": {i.shc, key(func(k *Key) { k.Usage = UseHC1 }), issuedAt, UnknownKey},
		"another issuer's card":        {i.shc, key(func(k *Key) { k.Issuer = "https://other.example.org" }), issuedAt, UnknownKey},
		"a list past its end":          {i.hc1, with(func(t *Trust) { t.GoodUntil = issuedAt }), issuedAt, StaleTrust},
		"an old list without the key":  {i.hc1, func() *Trust { t := NewTrust(); t.GoodUntil = issuedAt; return t }(), issuedAt, StaleTrust},
		"expired, whatever the list":   {i.hc1, with(func(t *Trust) { t.GoodUntil = issuedAt }), end.Add(time.Second), Expired},
		"taken back by id":             {i.hc1, with(func(t *Trust) { t.RevokeID(aDose().DCC.Vaccinations[0].ID) }), issuedAt, Revoked},
		"taken back with its batch":    {i.hc1, with(func(t *Trust) { t.RevokeKey(i.key.Kid) }), issuedAt, Revoked},
		"a card taken back":            {i.shc, with(func(t *Trust) { t.RevokeCard(kidText(i.key.Kid), "r1", time.Time{}) }), issuedAt, Revoked},
		"cards before its time":        {i.shc, with(func(t *Trust) { t.RevokeCard(kidText(i.key.Kid), "r1", issuedAt) }), issuedAt, ""},
		"no text":                      {"", good, issuedAt, Malformed},
		"another text":                 {"https://example.org", good, issuedAt, Malformed},
		"another prefix":               {strings.Replace(i.hc1, "HC1:", "HL0:", 1), good, issuedAt, Malformed},
		"an EU one behind a national":  {strings.Replace(i.hc1, "HC1:", "AT1:", 1), good, issuedAt, Content},
		"half of it":                   {i.hc1[:len(i.hc1)/2], good, issuedAt, Malformed},
		"one code of two":              {"shc:/1/2/" + i.shc[len("shc:/"):], good, issuedAt, Incomplete},
		"an odd number of digits":      {i.shc + "1", good, issuedAt, Malformed},
	} {
		if got := reason(c.text, c.trust, c.at); got != c.want {
			t.Errorf("%s: %q (%s), want %q", name, got, VerdictOf(got), c.want)
		}
	}
}

// A list, a clock or a key that does not suffice is never the holder's fault.
func TestWhatIsNotKnownIsNeverNo(t *testing.T) {
	t.Parallel()
	for _, r := range Reasons() {
		want := NotValid
		switch r {
		case UnknownKey, UnsuitableKey, Unsupported, StaleTrust, NotYet, Incomplete, Unreadable, UnknownRules:
			want = CannotTell
		}
		if VerdictOf(r) != want || ReasonOf(Refuse(r, "x")) != r {
			t.Errorf("%s is %s, want %s", r, VerdictOf(r), want)
		}
	}
}

// Key ids, headers and claims are read from bytes that are made by hand.
func TestFraming(t *testing.T) {
	t.Parallel()
	s := newSigner(t)
	dose := aDose()
	payload := dose.claims(mustEncode(t, dose.DCC))
	for name, c := range map[string]struct {
		protected, unprotected []byte
		signed                 []byte // the protected header under the signature
		tags                   []byte
		want                   Reason
	}{
		"kid and alg protected":      {protected: header2(s.Kid), unprotected: []byte{0xa0}, tags: []byte{0xd2}},
		"no tag":                     {protected: header2(s.Kid), unprotected: []byte{0xa0}},
		"tags 61 and 18":             {protected: header2(s.Kid), unprotected: []byte{0xa0}, tags: []byte{0xd8, 0x3d, 0xd2}},
		"tag 17":                     {protected: header2(s.Kid), unprotected: []byte{0xa0}, tags: []byte{0xd1}, want: Malformed},
		"kid unprotected":            {protected: []byte{0xa1, 1, 0x26}, unprotected: kidOnly(s.Kid), tags: []byte{0xd2}},
		"the protected kid is wrong": {protected: header2([]byte("12345678")), unprotected: kidOnly(s.Kid), tags: []byte{0xd2}, want: UnknownKey},
		"nothing protected":          {protected: nil, unprotected: header2(s.Kid)},
		"an empty map, signed so":    {protected: []byte{0xa0}, unprotected: header2(s.Kid)},
		"an empty map, signed empty": {protected: []byte{0xa0}, signed: []byte{}, unprotected: header2(s.Kid)},
		"alg twice":                  {protected: []byte{0xa2, 1, 0x26, 1, 0x26}, unprotected: kidOnly(s.Kid), want: Malformed},
		"crit":                       {protected: []byte{0xa2, 1, 0x26, 2, 0x81, 0x18, 0x63}, unprotected: kidOnly(s.Kid), want: Unsupported},
		"ES384":                      {protected: []byte{0xa1, 1, 0x38, 0x22}, unprotected: kidOnly(s.Kid), want: Unsupported},
		"no algorithm":               {protected: nil, unprotected: kidOnly(s.Kid), want: Malformed},
	} {
		signed := c.protected
		if c.signed != nil {
			signed = c.signed
		}
		digest := sha256.Sum256(cose.SignedBytes(nil, "Signature1", signed, nil, payload))
		signature, err := s.Sign(digest[:])
		if err != nil {
			t.Fatal(err)
		}
		b := append(bytes.Clone(c.tags), 0x84)
		b = append(cose.AppendHead(b, cose.MajorBytes, uint64(len(c.protected))), c.protected...)
		b = append(b, c.unprotected...)
		b = append(cose.AppendHead(b, cose.MajorBytes, uint64(len(payload))), payload...)
		b = append(cose.AppendHead(b, cose.MajorBytes, uint64(len(signature))), signature...)
		text := string(cose.AppendBase45([]byte("HC1:"), deflate(b, false)))
		if got := reason(text, NewTrust(Key{Kid: s.Kid, Public: s.Key.Public(), Usage: UseHC1}), issuedAt); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestClaimsTolerateWhatCountriesWrite(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		claims string
		want   int64
		bad    bool
	}{
		"an integer":         {"a1041a60903a20", 1620064800, false},
		"a float":            {"a104fb41d8240e88000000", 1620064800, false},
		"half a second":      {"a104fb41d8240e88200000", 1620064800, false},
		"tag 1":              {"a104c11a60903a20", 1620064800, false},
		"null":               {"a104f6", 0, false},
		"without an end":     {"bf041a60903a20ff", 1620064800, false},
		"not a number":       {"a104fb7ff8000000000000", 0, true},
		"infinity":           {"a104f97c00", 0, true},
		"a text":             {"a10461", 0, true},
		"the year 100000":    {"a1041b0000ffffffffffff", 0, true},
		"twice":              {"a2041a60903a20041a60903a20", 0, true},
		"more after it":      {"a1041a60903a2000", 0, true},
		"a map without end":  {"bf041a60903a20", 0, true},
		"nested for ever":    {"a107" + strings.Repeat("81", 40) + "00", 0, true},
		"an array, enormous": {"a1079b00ffffffffffffff", 0, true},
	} {
		got, err := parseClaims(unhex(t, c.claims))
		if (err != nil) != c.bad {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err == nil && c.want != 0 && got.expires.Unix() != c.want {
			t.Errorf("%s: %v", name, got.expires)
		}
	}
}

func header2(kid []byte) []byte {
	return append(cose.AppendHead([]byte{0xa2, 1, 0x26, 4}, cose.MajorBytes, uint64(len(kid))), kid...)
}

func kidOnly(kid []byte) []byte {
	return append(cose.AppendHead([]byte{0xa1, 4}, cose.MajorBytes, uint64(len(kid))), kid...)
}

func mustEncode(t *testing.T, d DCC) []byte {
	t.Helper()
	b, err := encoding.Marshal(&d)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
