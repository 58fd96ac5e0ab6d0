package credential

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"testing"
)

func BenchmarkVerify(b *testing.B) {
	s := newSigner(b)
	public := s.Key.Public().(*ecdsa.PublicKey) //nolint:errcheck // newSigner made it
	trust := NewTrust(Key{Kid: s.Kid, Public: public, Usage: UseHC1 | UseCard})
	text, err := IssueHC1(s, aDose())
	if err != nil {
		b.Fatal(err)
	}
	jws, err := IssueSHC(s, aCard(b))
	if err != nil {
		b.Fatal(err)
	}
	digest := sha256.Sum256([]byte(text))
	der, err := s.Key.Sign(rand.Reader, digest[:], nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("raw", func(b *testing.B) {
		for b.Loop() {
			if !ecdsa.VerifyASN1(public, digest[:], der) {
				b.Fatal("not verified")
			}
		}
	})
	for name, text := range map[string]string{"hc1": text, "shc": SHCText(jws)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				u, err := Parse(text)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := u.Verify(trust, issuedAt); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkIssue(b *testing.B) {
	s, c, card := newSigner(b), aDose(), aCard(b)
	digest := sha256.Sum256([]byte("x"))
	b.Run("raw", func(b *testing.B) {
		for b.Loop() {
			if _, err := ecdsa.SignASN1(rand.Reader, s.Key.(*ecdsa.PrivateKey), digest[:]); err != nil { //nolint:errcheck // newSigner made it
				b.Fatal(err)
			}
		}
	})
	b.Run("hc1", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := IssueHC1(s, c); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("shc", func(b *testing.B) {
		for b.Loop() {
			if _, err := IssueSHC(s, card); err != nil {
				b.Fatal(err)
			}
		}
	})
}
