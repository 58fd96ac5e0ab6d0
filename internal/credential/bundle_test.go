package credential

import (
	"crypto/ecdsa"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"
)

// jwk is a signer's key as a JWK, with further fields.
func jwk(t *testing.T, s Signer, more string) string {
	t.Helper()
	point, err := s.Key.Public().(*ecdsa.PublicKey).Bytes() //nolint:errcheck // newSigner made it
	if err != nil {
		t.Fatal(err)
	}
	e := base64.RawURLEncoding
	return fmt.Sprintf(`{"kty":"EC","crv":"P-256","kid":%q,"x":%q,"y":%q%s}`, e.EncodeToString(s.Kid), e.EncodeToString(point[1:33]), e.EncodeToString(point[33:]), more)
}

func TestBundles(t *testing.T) {
	t.Parallel()
	i := issueBoth(t)
	key := jwk(t, i.signer, `,"for":["v","shc"]`)
	broken := `{"kty":"EC","crv":"P-256","kid":"AAAA","x":"AA","y":"AA","for":["v"]}`
	sum := IDHash(aDose().DCC.Vaccinations[0].ID)
	kid := kidText(i.signer.Kid)
	for name, c := range map[string]struct {
		file     string
		hc1, shc Reason
		left     int
		bad      bool
	}{
		"ours":                       {file: `{"format":"naru-bundle/1","keys":[` + key + `]}`},
		"ours, with later fields":    {file: `{"format":"naru-bundle/1","modes":[1],"keys":[` + key + `]}`},
		"for cards only":             {file: `{"format":"naru-bundle/1","keys":[` + jwk(t, i.signer, `,"for":["shc"]`) + `]}`, hc1: UnknownKey},
		"a JWK Set of card issuers":  {file: `{"keys":[` + jwk(t, i.signer, "") + `]}`, hc1: UnknownKey},
		"one key of two is broken":   {file: `{"format":"naru-bundle/1","keys":[` + broken + `,` + key + `]}`, left: 1},
		"all keys are broken":        {file: `{"format":"naru-bundle/1","keys":[` + broken + `]}`, left: 1, bad: true},
		"it says not what it is for": {file: `{"format":"naru-bundle/1","keys":[` + jwk(t, i.signer, "") + `]}`, left: 1, bad: true},
		"past its end":               {file: `{"format":"naru-bundle/1","good_until":"2021-11-30T00:00:00Z","keys":[` + key + `]}`, hc1: StaleTrust, shc: StaleTrust},
		"the id is taken back":       {file: `{"format":"naru-bundle/1","keys":[` + key + `],"revoked":{"ids":["` + hex.EncodeToString(sum[:]) + `"]}}`, hc1: Revoked},
		"the key is taken back":      {file: `{"format":"naru-bundle/1","keys":[` + key + `],"revoked":{"keys":["` + kid + `"]}}`, hc1: Revoked, shc: Revoked},
		"the card is taken back":     {file: `{"format":"naru-bundle/1","keys":[` + key + `],"revoked":{"cards":[{"kid":"` + kid + `","method":"rid","ctr":1,"rids":["r1"]}]}}`, shc: Revoked},
		"an id that is none":         {file: `{"format":"naru-bundle/1","keys":[` + key + `],"revoked":{"ids":["12"]}}`, bad: true},
		"another format":             {file: `{"format":"naru-bundle/2","keys":[` + key + `]}`, bad: true},
		"two files in one":           {file: `{"keys":[` + key + `]}{}`, bad: true},
		"nothing":                    {file: ``, bad: true},
	} {
		trust, left, err := ParseBundle([]byte(c.file))
		if (err != nil) != c.bad || len(left) != c.left {
			t.Errorf("%s: %v, left out %v", name, err, left)
			continue
		}
		if c.bad {
			continue
		}
		if got := reason(i.hc1, trust, issuedAt); got != c.hc1 {
			t.Errorf("%s: HC1 %q, want %q", name, got, c.hc1)
		}
		if got := reason(i.shc, trust, issuedAt); got != c.shc {
			t.Errorf("%s: card %q, want %q", name, got, c.shc)
		}
	}
}

func TestCRLs(t *testing.T) {
	t.Parallel()
	for file, good := range map[string]bool{
		`{"kid":"k","method":"rid","ctr":1,"rids":["a","b.1650000000"]}`:                true,
		`{"kid":"k","method":"other","ctr":1,"rids":["a"]}`:                             false,
		`{"kid":"k","method":"rid","ctr":1,"rids":["a","a.1650000000"]}`:                false,
		`{"kid":"k","method":"rid","ctr":1,"rids":["a b"]}`:                             false,
		`{"kid":"k","method":"rid","ctr":1,"rids":["` + strings.Repeat("a", 25) + `"]}`: false,
		`{"kid":"k","method":"rid","ctr":1,"rids":["a.x"]}`:                             false,
		`{"method":"rid","ctr":1,"rids":["a"]}`:                                         false,
	} {
		if _, err := ParseCRL([]byte(file)); (err == nil) != good {
			t.Errorf("%s: %v", file, err)
		}
	}
	trust := NewTrust()
	trust.RevokeCard("k", "a", time.Unix(1650000000, 0))
	if !trust.cardRevoked(nil, "k", "a", time.Unix(1649999999, 0)) || trust.cardRevoked(nil, "k", "a", time.Unix(1650000000, 0)) {
		t.Error("a rid with a time takes back the cards issued before it, and no others")
	}
}
