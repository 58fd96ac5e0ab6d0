package person_test

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"naru/examples"
	"naru/internal/agency"
	"naru/internal/caldate"
	"naru/internal/fault"
	"naru/internal/person"
)

var today = caldate.Date{Year: 2021, Month: 7, Day: 12}

func korea(t testing.TB) *agency.Agency {
	t.Helper()
	a, err := agency.Load(examples.AgencyYAML)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func ring(t testing.TB, ids ...uint16) *person.Keyring {
	t.Helper()
	roots := map[uint16][]byte{}
	for _, id := range ids {
		roots[id] = bytes.Repeat([]byte{byte(id)}, 32)
	}
	k, err := person.NewKeyring(roots)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// typed is what somebody types into the three fields.
type typed struct{ name, born, mobile string }

var plain = typed{"홍길동", "1965-03-09", "010-0000-0001"}

func TestTypedDifferentlyIsTheSameClaim(t *testing.T) { // rules P2, P3
	t.Parallel()
	a, k := korea(t), ring(t, 1)
	same := func(what string, one, other typed) {
		t.Helper()
		c1, err1 := person.NewClaim(a, one.name, one.born, one.mobile, today)
		c2, err2 := person.NewClaim(a, other.name, other.born, other.mobile, today)
		if err1 != nil || err2 != nil {
			t.Errorf("%s: %v, %v", what, err1, err2)
			return
		}
		if k.OfClaim(person.ForTicket, c1, "c") != k.OfClaim(person.ForTicket, c2, "c") {
			t.Errorf("%s: %+v and %+v are two claims", what, c1, c2)
		}
	}
	same("syllables written apart (NFD)", plain, typed{norm.NFD.String(plain.name), plain.born, plain.mobile})
	same("spaces around and between", plain, typed{"  홍 길\u3000동\t", plain.born, plain.mobile})
	same("letter case", typed{"Kim Anna", plain.born, plain.mobile}, typed{"KIM anna", plain.born, plain.mobile})
	same("full-width letters", typed{"Kim Anna", plain.born, plain.mobile}, typed{"Ｋｉｍ　Ａｎｎａ", plain.born, plain.mobile})
	same("accent written apart", typed{"José", plain.born, plain.mobile}, typed{"Jose\u0301", plain.born, plain.mobile})
	same("an accent that only the small letter has", typed{"ǰan", plain.born, plain.mobile}, typed{"J\u030cAN", plain.born, plain.mobile})
	same("curly apostrophe", typed{"O'Neil", plain.born, plain.mobile}, typed{"O’Neil", plain.born, plain.mobile})
	same("hyphen or space", typed{"Anne-Marie", plain.born, plain.mobile}, typed{"Anne Marie", plain.born, plain.mobile})
	same("typographic hyphen", typed{"Anne-Marie", plain.born, plain.mobile}, typed{"Anne‐Marie", plain.born, plain.mobile})
	for _, born := range []string{"1965.3.9", "1965. 3. 9.", "1965/03/09", "19650309", " 1965-3-09 ", "１９６５０３０９", "１９６５．０３．０９"} {
		same("birth date "+born, plain, typed{plain.name, born, plain.mobile})
	}
	for _, mobile := range []string{"01000000001", "010 0000 0001", "+82 10-0000-0001", "０１０－００００－０００１", "(010) 0000.0001"} {
		same("mobile "+mobile, plain, typed{plain.name, plain.born, mobile})
	}
}

func TestOtherPeopleAreOtherClaims(t *testing.T) { // rule P2
	t.Parallel()
	a, k := korea(t), ring(t, 1)
	seen := map[person.Index]typed{}
	for _, p := range []typed{
		plain,
		{"홍길둥", plain.born, plain.mobile},
		{"José", plain.born, plain.mobile},
		{"Jose", plain.born, plain.mobile},
		{plain.name, "1965-03-10", plain.mobile},
		{plain.name, "1966-03-09", plain.mobile},
		{plain.name, plain.born, "010-0000-0002"},
	} {
		c, err := person.NewClaim(a, p.name, p.born, p.mobile, today)
		if err != nil {
			t.Fatalf("%+v: %v", p, err)
		}
		x := k.OfClaim(person.ForTicket, c, "c")
		if other, found := seen[x]; found {
			t.Errorf("%+v and %+v are one claim", p, other)
		}
		seen[x] = p
	}
}

func TestClaimBounds(t *testing.T) { // rules P1, P3
	t.Parallel()
	a := korea(t)
	check := func(p typed, field string) {
		t.Helper()
		c, err := person.NewClaim(a, p.name, p.born, p.mobile, today)
		if field == "" {
			if err != nil {
				t.Errorf("%+v is refused: %v", p, err)
			}
			return
		}
		if f := fault.Of(err); err == nil || f.Code != fault.Invalid || f.Args["Field"] != field || c != (person.Claim{}) {
			t.Errorf("%+v gives %+v and %v, want a fault in %s", p, c, err, field)
		}
	}
	allow := func(p typed) { t.Helper(); check(p, "") }
	deny := func(field string, p typed) { t.Helper(); check(p, field) }
	name := func(s string) typed { return typed{s, plain.born, plain.mobile} }
	born := func(s string) typed { return typed{plain.name, s, plain.mobile} }
	mobile := func(s string) typed { return typed{plain.name, plain.born, s} }

	allow(name("가"))
	allow(name(strings.Repeat("가", person.MaxName)))
	allow(name(norm.NFD.String(strings.Repeat("각", person.MaxName))))
	allow(name("Müller-Łukasz, O’Neil Jr."))
	deny("name", name(strings.Repeat("가", person.MaxName+1)))
	for _, bad := range []string{"", " ", "-", "'.", "홍길동1", "<b>", "홍\u200b길동", "홍\x00", "홍\n\x1b", "\xff\xfe", "a\xc3", strings.Repeat(" ", 5000) + "가"} {
		deny("name", name(bad))
	}
	allow(born("2021-07-12")) // born today
	allow(born("1891-01-01"))
	allow(born("2020-02-29"))
	for _, bad := range []string{"", "2021-07-13", "1890-12-31", "2021-02-29", "1965-13-01", "1965-00-09", "65-03-09", "650309", "1965", "1965-03", "09/03/1965", "1965-03-09T00:00", "가나다", "1965\xff03", strings.Repeat("1", 5000)} {
		deny("born", born(bad))
	}
	for _, bad := range []string{"", "010", "02-0000-0001", "+81 10-0000-0001", "010-0000-000a", "\xff", strings.Repeat("0", 5000)} {
		deny("mobile", mobile(bad))
	}
}

// A claim read again is the same claim, and however somebody mixes forms, width
// and spaces, the lookups agree.
func TestNormalisedOnceIsNormalised(t *testing.T) {
	t.Parallel()
	a, k := korea(t), ring(t, 1, 2)
	letter := rapid.SampledFrom([]rune("가각힣홍길동abzABZéŁßñ李漢Ａｚ -'.’·"))
	form := rapid.SampledFrom([]norm.Form{norm.NFC, norm.NFD})
	rapid.Check(t, func(rt *rapid.T) {
		text := "가" + string(rapid.SliceOfN(letter, 0, 30).Draw(rt, "name"))
		c, err := person.NewClaim(a, text, plain.born, plain.mobile, today)
		if err != nil {
			rt.Fatal(err)
		}
		for what, again := range map[string]string{
			"read again": c.Name, "in another form": form.Draw(rt, "form").String(text),
			"with wide spaces": strings.ReplaceAll(text, " ", " \u3000"), "with spaces around": "  " + text + " ",
		} {
			d, err := person.NewClaim(a, again, plain.born, plain.mobile, today)
			if err != nil || k.OfClaim(person.ForList, d) != k.OfClaim(person.ForList, c) {
				rt.Fatalf("%q %s is %+v, %v; before it was %+v", text, what, d, err, c)
			}
			if what == "read again" && d != c {
				rt.Fatalf("%+v read again is %+v", c, d)
			}
		}
	})
}

func FuzzNewClaim(f *testing.F) {
	f.Add(plain.name, plain.born, plain.mobile)
	f.Add("Jose\u0301 O’Neil", "1965. 3. 9.", "+82 10 0000 0001")
	f.Add("\xff", "\xff\xff\xff\xff\xff\xff\xff\xff", "\xff")
	f.Add("Ａ　Ｂ", "１９６５０３０９", "０１０-0000-0001")
	f.Add("ﷺ", "1965é9", "")
	a := korea(f)
	f.Fuzz(func(t *testing.T, name, born, mobile string) {
		c, err := person.NewClaim(a, name, born, mobile, today)
		if err != nil {
			if fault.CodeOf(err) != fault.Invalid || fault.Of(err).Args["Field"] == nil || c != (person.Claim{}) {
				t.Fatalf("refused with %+v, %v", c, err)
			}
			return
		}
		if n := utf8.RuneCountInString(c.Name); !utf8.ValidString(c.Name) || n < person.MinName || n > person.MaxName {
			t.Fatalf("the name has %d characters: %q", n, c.Name)
		}
		if !c.Born.Valid() || c.Born.After(today) || strings.Trim(c.Mobile, "0123456789") != "" {
			t.Fatalf("taken as %+v", c)
		}
		again, err := person.NewClaim(a, c.Name, c.Born.String(), c.Mobile, today)
		if err != nil || again != c {
			t.Fatalf("%+v read again is %+v, %v", c, again, err)
		}
	})
}
