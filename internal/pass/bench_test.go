package pass

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"testing"
)

func BenchmarkVerify(b *testing.B) {
	credential := issue(b, "issuer", ID{1}, secondDose(b))
	text := present(b, "phone", credential, Shown{Time: noon})
	trust := theTrust(b)
	key := keyNamed(b, "phone")
	digest := sha256.Sum256([]byte(text))
	der, err := key.Sign(rand.Reader, digest[:], nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("raw", func(b *testing.B) {
		for b.Loop() {
			if !ecdsa.VerifyASN1(&key.PublicKey, digest[:], der) {
				b.Fatal("not verified")
			}
		}
	})
	b.Run("pass", func(b *testing.B) {
		for b.Loop() {
			if _, reason := verify(text, trust, Check{Now: noon}); reason != "" {
				b.Fatal(reason)
			}
		}
	})
	b.Run("parse", func(b *testing.B) {
		for b.Loop() {
			_, _ = Parse(text)
		}
	})
	b.Run("point", func(b *testing.B) {
		k, _ := HolderKeyOf(&key.PublicKey)
		for b.Loop() {
			_, _ = k.public()
		}
	})
}
