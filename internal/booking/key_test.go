package booking_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"naru/internal/booking"
	"naru/internal/fault"
)

func TestKeys(t *testing.T) { // rule B11
	t.Parallel()
	for _, good := range []string{strings.Repeat("a", 16), strings.Repeat("Z", 64), "0123456789-_azAZ"} {
		if k, err := booking.ParseKey(good); err != nil || string(k) != good {
			t.Errorf("%q reads as %q, %v", good, k, err)
		}
	}
	for _, bad := range []string{"", strings.Repeat("a", 15), strings.Repeat("a", 65), "0123456789abcde ", "0123456789abcde.", "0123456789abcd\xc3\xa9", "0123456789abcde\x00", strings.Repeat("가", 6)} {
		k, err := booking.ParseKey(bad)
		if fault.CodeOf(err) != fault.Invalid || fault.Of(err).Args["Field"] != "key" || k != "" {
			t.Errorf("%q reads as %q, %v", bad, k, err)
		}
	}
}

func FuzzParseKey(f *testing.F) {
	for _, s := range []string{"0123456789-_azAZ", strings.Repeat("a", 15), "\xff", strings.Repeat("b", 65)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		k, err := booking.ParseKey(s)
		if err != nil {
			if fault.CodeOf(err) != fault.Invalid || k != "" {
				t.Fatalf("refused with %q, %v", k, err)
			}
			return
		}
		const signs = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_"
		if string(k) != s || len(k) < 16 || len(k) > 64 || strings.Trim(s, signs) != "" {
			t.Fatalf("%q is taken as %q", s, k)
		}
	})
}

// Two requests have the same body only when act and values are the same: no
// sign can be moved from one value to the next.
func TestBodiesAreTakenApart(t *testing.T) { // rule B11
	t.Parallel()
	value := rapid.SliceOfN(rapid.StringMatching(`[ab]{0,3}`), 1, 4)
	rapid.Check(t, func(rt *rapid.T) {
		one, two := value.Draw(rt, "one"), value.Draw(rt, "two")
		same := booking.BodyHash(one[0], one[1:]...) == booking.BodyHash(two[0], two[1:]...)
		if same != slices.Equal(one, two) {
			rt.Fatalf("%q and %q: same %v", one, two, same)
		}
	})
	if booking.BodyHash("hold", "ab", "c") == booking.BodyHash("hold", "a", "bc") {
		t.Error("a sign moved between two values and nothing changed")
	}
	if booking.BodyHash("hold", "a") == booking.BodyHash("hold", "a", "") {
		t.Error("an empty value more and nothing changed")
	}
}
