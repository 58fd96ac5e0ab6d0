package person_test

import (
	"strings"
	"testing"
	"time"

	"naru/internal/fault"
	"naru/internal/person"
)

var noon = time.Date(2021, 7, 12, 3, 0, 0, 0, time.UTC)

func TestCodesAreSixRandomDigits(t *testing.T) { // rule P7
	t.Parallel()
	seen, first := map[string]bool{}, map[byte]int{}
	const many = 20_000
	for range many {
		code := person.NewCode()
		if got, err := person.ParseCode(code); err != nil || got != code || len(code) != person.CodeDigits {
			t.Fatalf("code %q reads as %q, %v", code, got, err)
		}
		seen[code] = true
		first[code[0]]++
	}
	if len(seen) < many*97/100 { // about 19,800 different ones are expected
		t.Errorf("only %d of %d codes differ", len(seen), many)
	}
	for digit := byte('0'); digit <= '9'; digit++ {
		if n := first[digit]; n < many/10*8/10 || n > many/10*12/10 {
			t.Errorf("%d of %d codes begin with %c", n, many, digit)
		}
	}
}

func TestCodesAsTyped(t *testing.T) { // rule P7
	t.Parallel()
	for _, typed := range []string{"012345", " 012 345 ", "012-345", "０１２３４５", "０１２\u3000345"} {
		if got, err := person.ParseCode(typed); err != nil || got != "012345" {
			t.Errorf("%q reads as %q, %v", typed, got, err)
		}
	}
	for _, typed := range []string{"", "12345", "1234567", "01234a", "٠١٢٣٤٥", "\xff12345", "012345\x00", strings.Repeat(" ", 64) + "012345"} {
		got, err := person.ParseCode(typed)
		if fault.CodeOf(err) != fault.Invalid || fault.Of(err).Args["Field"] != "code" || got != "" {
			t.Errorf("%q reads as %q, %v", typed, got, err)
		}
	}
}

func FuzzParseCode(f *testing.F) {
	for _, s := range []string{"012345", "０１２-３４５", "", "\xff", "12345６ ", strings.Repeat("1", 65)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		code, err := person.ParseCode(s)
		if err != nil {
			if fault.CodeOf(err) != fault.Invalid || code != "" {
				t.Fatalf("refused with %q, %v", code, err)
			}
			return
		}
		if len(code) != person.CodeDigits || strings.Trim(code, "0123456789") != "" {
			t.Fatalf("%q is taken as %q", s, code)
		}
	})
}

func TestMaySend(t *testing.T) { // rule P8
	t.Parallel()
	ago := func(d time.Duration) time.Time { return noon.Add(-d) }
	for _, c := range []struct {
		what string
		sent person.Sent
		want fault.Code
		args map[string]any
	}{
		{"the first", person.Sent{}, "", nil},
		{"right after one", person.Sent{ByBrowser: 1, LastByBrowser: noon}, fault.TooMany, map[string]any{"Seconds": 20}},
		{"a second too soon", person.Sent{ByBrowser: 1, LastByBrowser: ago(person.CodeEvery - time.Second)}, fault.TooMany, map[string]any{"Seconds": 1}},
		{"soon enough", person.Sent{ByBrowser: 1, LastByBrowser: ago(person.CodeEvery)}, "", nil},
		{"the clock went back an hour", person.Sent{ByBrowser: 1, LastByBrowser: ago(-time.Hour)}, fault.TooMany, map[string]any{"Seconds": 20}},
		{"the last of the browser", person.Sent{ByBrowser: person.CodesPerBrowser - 1, LastByBrowser: ago(time.Minute)}, "", nil},
		{"one more than the browser's", person.Sent{ByBrowser: person.CodesPerBrowser, LastByBrowser: ago(time.Minute)}, fault.TooMany, nil},
		{"the last of the phone", person.Sent{ByPhone: person.CodesPerPhone - 1, LastByPhone: noon}, "", nil},
		{"strangers spent the phone's just now", person.Sent{ByPhone: person.CodesPerPhone, LastByPhone: ago(time.Second)}, fault.TooMany, map[string]any{"Seconds": 60}},
		{"strangers spent them: the owner still gets one", person.Sent{ByPhone: person.CodesPerPhone, LastByPhone: ago(person.CodeTrickle)}, "", nil},
		{"but a stranger no second one", person.Sent{ByPhone: person.CodesPerPhone, ByBrowser: 1, LastByBrowser: ago(time.Hour / 2), LastByPhone: ago(person.CodeTrickle)}, fault.TooMany, nil},
		{"a stranger's browser spent its own", person.Sent{ByPhone: person.CodesPerBrowser}, "", nil},
	} {
		err := person.MaySend(c.sent, noon)
		if fault.CodeOf(err) != c.want {
			t.Errorf("%s: %v, want %q", c.what, err, c.want)
			continue
		}
		for name, value := range c.args {
			if fault.Of(err).Args[name] != value {
				t.Errorf("%s: %s is %v, want %v", c.what, name, fault.Of(err).Args[name], value)
			}
		}
	}
}

func TestCheckOfCodes(t *testing.T) { // rule P9
	t.Parallel()
	k := ring(t, 1)
	mine, other := [32]byte{1}, [32]byte{2}
	right, wrong := k.Lookup(person.ForCode, "012345"), k.Lookup(person.ForCode, "012346")
	foreign := right
	foreign.Key++
	for _, c := range []struct {
		what    string
		tries   int
		age     time.Duration
		browser [32]byte
		code    person.Index
		want    fault.Code
		left    any
	}{
		{"the code", 0, 0, mine, right, "", nil},
		{"in the last second", 0, person.CodeLife - time.Second, mine, right, "", nil},
		{"at its end", 0, person.CodeLife, mine, right, fault.Expired, nil},
		{"in another browser", 0, 0, other, right, fault.Unauthenticated, nil},
		{"wrong", 0, 0, mine, wrong, fault.Invalid, person.CodeTries - 1},
		{"wrong for the last time", person.CodeTries - 1, 0, mine, wrong, fault.Invalid, 0},
		{"right at the last try", person.CodeTries - 1, 0, mine, right, "", nil},
		{"right after all tries", person.CodeTries, 0, mine, right, fault.TooMany, nil},
		{"under another key", 0, 0, mine, foreign, fault.Invalid, person.CodeTries - 1},
	} {
		ch := person.Challenge{Browser: mine, Code: right, SentAt: noon.Add(-c.age), Tries: c.tries}
		err := ch.Check(c.browser, c.code, noon)
		if fault.CodeOf(err) != c.want || c.left != nil && fault.Of(err).Args["Left"] != c.left {
			t.Errorf("%s: %v, want %q and %v left", c.what, err, c.want, c.left)
		}
	}
}
