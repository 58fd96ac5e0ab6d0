package credential

import (
	"encoding/base64"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"naru/internal/cose"
)

// TestNoFlippedBitIsValid flips every bit of two hundred certificates, one at a
// time: of what is signed and framed (the COSE message, the JWS), and of the text
// in the QR code. -short takes ten of them.
func TestNoFlippedBitIsValid(t *testing.T) {
	t.Parallel()
	certificates := 200
	if testing.Short() {
		certificates = 10
	}
	s := newSigner(t)
	trust := NewTrust(Key{Kid: s.Kid, Public: s.Key.Public(), Usage: UseHC1 | UseCard})
	var flips atomic.Int64
	t.Run("each", func(t *testing.T) {
		for n := range certificates {
			t.Run(fmt.Sprint(n), func(t *testing.T) {
				t.Parallel()
				if n%2 == 0 {
					flips.Add(flipHC1(t, s, trust, n))
				} else {
					flips.Add(flipSHC(t, s, trust, n))
				}
			})
		}
	})
	t.Logf("%d certificates, %d flips, none VALID", certificates, flips.Load())
}

func flipHC1(t *testing.T, s Signer, trust *Trust, n int) (flips int64) {
	t.Helper()
	c := aDose()
	c.DCC.Vaccinations[0].ID = fmt.Sprintf("URN:UVCI:01:KR:%020d#K", n)
	c.DCC.Name.Given = strings.Repeat("나", n%20+1)
	text, err := IssueHC1(s, c)
	if err != nil {
		t.Fatal(err)
	}
	packed, _ := cose.DecodeBase45(text[len(PrefixHC1):])
	framed, err := Inflate(packed)
	if err != nil || reason(text, trust, issuedAt) != "" {
		t.Fatal("not VALID before anything was flipped", err)
	}
	eachFlip(framed, func(at int) {
		flips++
		if h, err := parseHCERT(framed); err == nil {
			if _, err := h.verify(trust, issuedAt, false); err == nil {
				t.Errorf("bit %d of the message is flipped, and it is VALID", at)
			}
		}
	})
	return flips + flipText(t, text, trust)
}

func flipSHC(t *testing.T, s Signer, trust *Trust, n int) (flips int64) {
	t.Helper()
	c := aCard(t)
	c.RevocationID = fmt.Sprint("rid", n)
	jws, err := IssueSHC(s, c)
	if err != nil || reason(SHCText(jws), trust, issuedAt) != "" {
		t.Fatal("not VALID before anything was flipped", err)
	}
	parts := strings.Split(jws, ".")
	for i := range parts {
		b, _ := base64.RawURLEncoding.DecodeString(parts[i])
		eachFlip(b, func(at int) {
			flips++
			changed := []string{parts[0], parts[1], parts[2]}
			changed[i] = base64.RawURLEncoding.EncodeToString(b)
			u, err := ParseJWS(strings.Join(changed, "."))
			if err == nil {
				_, err = u.Verify(trust, issuedAt)
			}
			if err == nil {
				t.Errorf("bit %d of part %d is flipped, and it is VALID", at, i)
			}
		})
	}
	return flips + flipText(t, SHCText(jws), trust)
}

func flipText(t *testing.T, text string, trust *Trust) (flips int64) {
	t.Helper()
	b := []byte(text)
	eachFlip(b, func(at int) {
		flips++
		if reason(string(b), trust, issuedAt) == "" {
			t.Errorf("bit %d of the text is flipped, and it is VALID", at)
		}
	})
	return flips
}

func eachFlip(b []byte, look func(at int)) {
	for at := range 8 * len(b) {
		b[at/8] ^= 1 << (at % 8)
		look(at)
		b[at/8] ^= 1 << (at % 8)
	}
}
