package pass

import (
	"testing"
	"time"
)

// Whatever comes: nothing panics, what is read is in its one encoding, and nothing but
// what was signed is VALID.
func FuzzParse(f *testing.F) {
	credential := issue(f, "issuer", ID{1}, secondDose(f))
	live := present(f, "phone", credential, Shown{Time: noon, Opening: &hong, Nonce: make([]byte, NonceSize)})
	for _, text := range []string{"", "NR1:", "NR1:BB8", live, live[:200], live + "0"} {
		f.Add(text)
	}
	trust := theTrust(f)
	f.Fuzz(func(t *testing.T, text string) {
		u, err := Parse(text)
		if err != nil {
			if VerdictOf(ReasonOf(err)) == Valid {
				t.Fatal("an error without a reason")
			}
			return
		}
		if textOf(u.shown) != text {
			t.Fatalf("%q is another form of %q", text, textOf(u.shown))
		}
		for _, now := range []time.Time{noon, noon.AddDate(1, 0, 0)} {
			if _, err := u.Verify(trust, Check{Now: now}); err == nil && text != live {
				t.Fatalf("%q was never signed", text)
			}
		}
	})
}
