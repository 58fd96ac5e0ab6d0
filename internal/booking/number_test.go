package booking_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"naru/internal/booking"
	"naru/internal/fault"
)

const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

func TestNumbersReadAsWritten(t *testing.T) { // rule B8
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		bucket := int16(rapid.IntRange(0, 1023).Draw(rt, "bucket"))
		n := booking.NewNumber(bucket)
		for _, typed := range []string{
			string(n), n.String(), strings.ToLower(n.String()), " " + strings.ReplaceAll(n.String(), "-", " ") + " ",
			strings.NewReplacer("0", "O", "1", "l").Replace(string(n)), strings.NewReplacer("0", "o", "1", "i").Replace(string(n)),
			strings.Map(wide, n.String()),
		} {
			got, err := booking.ParseNumber(typed)
			if err != nil || got != n || got.Bucket() != bucket {
				rt.Fatalf("%q of bucket %d, typed %q, reads as %q, %v", n, bucket, typed, got, err)
			}
		}
	})
}

// wide is a sign in double width.
func wide(r rune) rune { return r - '!' + '！' }

func TestNumbersAreShownInGroups(t *testing.T) { // rule B8
	t.Parallel()
	if got := booking.Number("0123456789AB").String(); got != "0123-4567-89AB" {
		t.Errorf("shown as %q", got)
	}
	if got := booking.Number("").String(); got != "" {
		t.Errorf("no number is shown as %q", got)
	}
}

func TestNumbersRefused(t *testing.T) { // rule B8
	t.Parallel()
	for _, typed := range []string{"", "0123-4567-89A", "0123-4567-89ABC", "0123-4567-89AU", "0123_4567_89AB", "0123-4567-89A\x00", "\xff123456789AB", "가나다라", strings.Repeat(" ", 64) + "0123456789AB"} {
		n, err := booking.ParseNumber(typed)
		if fault.CodeOf(err) != fault.Invalid || fault.Of(err).Args["Field"] != "number" || n != "" {
			t.Errorf("%q reads as %q, %v", typed, n, err)
		}
	}
}

// Ten of the twelve signs are random: each sign of the alphabet is as likely in
// each place, and none comes twice in many numbers.
func TestNumbersAreUniform(t *testing.T) { // rule B8
	t.Parallel()
	const many = 64_000
	seen := make(map[booking.Number]bool, many)
	var count [12][256]int
	for range many {
		n := booking.NewNumber(7)
		if n[:2] != "07" || seen[n] {
			t.Fatalf("%s is not of bucket 7, or is there twice", n)
		}
		seen[n] = true
		for i := 2; i < 12; i++ {
			count[i][n[i]]++
		}
	}
	for i := 2; i < 12; i++ {
		for _, sign := range alphabet { // 2,000 expected; six standard deviations are 264
			if c := count[i][sign]; c < 1700 || c > 2300 {
				t.Errorf("%c stands %d times in place %d, want about 2000", sign, c, i)
			}
		}
	}
}

func TestHoldIDsDiffer(t *testing.T) {
	t.Parallel()
	seen := map[booking.HoldID]bool{}
	for range 1000 {
		id := booking.NewHoldID(1023, time.Now())
		if bucket, ok := id.Bucket(); !ok || bucket != 1023 || len(id) != 32 || seen[id] {
			t.Fatalf("hold id %q", id)
		}
		seen[id] = true
	}
	early, late := booking.NewHoldID(1000, time.Unix(1626000000, 0)), booking.NewHoldID(3, time.Unix(1626000001, 0))
	if early >= late {
		t.Errorf("%s of a later second sorts before %s", late, early)
	}
}

func TestBucketOfWhatIsNoHold(t *testing.T) {
	t.Parallel()
	for _, id := range []booking.HoldID{"", "x", "00ff", "00000000ff000000000000000000000000", "00000000ff0000000000000000000000", "g0000000000000000000000000000000"} {
		if bucket, ok := id.Bucket(); ok {
			t.Errorf("%q is in bucket %d", id, bucket)
		}
	}
}

func FuzzParseNumber(f *testing.F) {
	for _, s := range []string{"0123-4567-89AB", "oil0 1234 5678", "０１２３－４５６７－８９ＡＢ", "\xff", "", strings.Repeat("A", 65), "ſıK123456789"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := booking.ParseNumber(s)
		if err != nil {
			if fault.CodeOf(err) != fault.Invalid || n != "" {
				t.Fatalf("refused with %q, %v", n, err)
			}
			return
		}
		if len(n) != 12 || strings.Trim(string(n), alphabet) != "" || n.Bucket() < 0 || n.Bucket() > 1023 {
			t.Fatalf("%q is taken as %q of bucket %d", s, n, n.Bucket())
		}
		if again, err := booking.ParseNumber(n.String()); err != nil || again != n {
			t.Fatalf("%s read again is %q, %v", n, again, err)
		}
	})
}

func TestAHoldSaysWhenItWasMade(t *testing.T) {
	t.Parallel()
	now := time.Date(2021, 7, 12, 0, 0, 7, 5, time.UTC)
	if at, ok := booking.NewHoldID(3, now).Made(); !ok || !at.Equal(now.Truncate(time.Second)) {
		t.Errorf("made at %s, %v", at, ok)
	}
	if _, ok := booking.HoldID("nothing").Made(); ok {
		t.Error("a text that is no id says when it was made")
	}
}
