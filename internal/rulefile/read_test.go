package rulefile

import (
	"errors"
	"strings"
	"testing"
	"time"

	"naru/internal/caldate"
)

// faultsOf reads a small form in which every kind of value occurs once.
func faultsOf(t *testing.T, text string) string {
	t.Helper()
	file, m := Read([]byte(text))
	readForm(m)
	err := file.Err()
	if err == nil {
		return ""
	}
	var faults Faults
	if !errors.As(err, &faults) || len(faults) == 0 {
		t.Fatalf("the error is %T, want Faults", err)
	}
	return err.Error()
}

func readForm(m *Map) {
	loc := m.Zone("zone")
	m.Slug("name")
	m.Int("count", 1, 10)
	m.Bool("open")
	m.Date("day")
	m.LocalTime("at", loc)
	m.Clock("clock")
	m.Duration("span", time.Minute, time.Hour)
	m.Choice("supply", "enough", "limited")
	m.Words("words")
	for _, item := range m.Maps("items") {
		item.Text("key")
		item.Close()
	}
	m.Close()
}

const goodForm = `zone: Europe/Helsinki
name: a-name
count: 3
open: true
day: 2021-07-12
at: "2021-07-12 00:00"
clock: "20:00"
span: 30m
supply: enough
words: [one, two]
items:
  - key: value
`

func TestGoodFileHasNoFaults(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"plain": goodForm, "CRLF": strings.ReplaceAll(goodForm, "\n", "\r\n"), "comments": "# first\n" + goodForm + "# last\n",
	} {
		if got := faultsOf(t, text); got != "" {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestFaultsAreNamedWithPlaceAndMend(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, from, to, want string }{
		{"unknown key", "count: 3", "count: 3\ncolour: red", `4:1: colour: unknown key "colour"; `},
		{"misspelt key", "supply: enough", "suply: enough", `9:1: suply: unknown key "suply"; did you mean "supply"?`},
		{"missing key", "count: 3\n", "", `1:1: count: the key "count" is missing; add`},
		{"key twice", "count: 3", "count: 3\ncount: 4", `4:1: count: the key "count" is here twice (first on line 3); keep one`},
		{"no value", "count: 3", "count:", `no value is given`},
		{"empty list", "words: [one, two]", "words: []", `10:8: words: the list is empty; add at least one item`},
		{"word twice", "[one, two]", "[one, one]", `10:14: words[1]: "one" is in the list twice`},
		{"list for a block", "- key: value", "- value", `12:5: items[0]: this is a text, not a block`},
		{"block for a list", "words: [one, two]", "words: {a: b}", `this is a block, not a list`},
		{"number for text", "key: value", "key: 5", `12:10: items[0].key: this is a number, not a text; put it in quotes: "5"`},
		{"text for number", "count: 3", "count: three", `3:8: count: this is a text, not a whole number`},
		{"octal number", "count: 3", "count: 010", `not a whole number in plain digits`},
		{"fraction", "count: 3", "count: 3.0", `not a whole number in plain digits`},
		{"number out of bounds", "count: 3", "count: 11", `11 is out of bounds; write a number from 1 to 10`},
		{"yes for true", "open: true", "open: yes", `this is a text, not true or false`},
		{"impossible date", "day: 2021-07-12", "day: 2021-02-30", `5:6: day: date "2021-02-30" is not a day of the calendar`},
		{"date in another order", "day: 2021-07-12", "day: 12.07.2021", `write a day that exists as YYYY-MM-DD`},
		{"local time with seconds", "00:00\"", "00:00:00\"", `is not a time of day`},
		{"local time with a zone", "07-12 00:00", "07-12T00:00Z", `is not a local time`},
		{"local time on an impossible day", "2021-07-12 00:00", "2021-02-30 00:00", `is not a local time`},
		{"24:00", "2021-07-12 00:00", "2021-07-12 24:00", `for 24:00 write 00:00 of the next day`},
		{"time skipped by summer time", "2021-07-12 00:00", "2021-03-28 03:30", `2021-03-28 03:30 in Europe/Helsinki: the clock skips this time`},
		{"time repeated by summer time", "2021-07-12 00:00", "2021-10-31 03:30", `2021-10-31 03:30 in Europe/Helsinki: the clock shows this time twice`},
		{"missing zone", "zone: Europe/Helsinki\n", "", `the key "zone" is missing`},
		{"unknown zone", "Europe/Helsinki", "Europe/Atlantis", `"Europe/Atlantis" is not a known time zone`},
		{"zone of the machine", "Europe/Helsinki", "Local", `"Local" is not a known time zone`},
		{"unknown word", "supply: enough", "supply: enuogh", `did you mean "enough"?`},
		{"capital in a name", "a-name", "A-Name", `small letters, digits and hyphens`},
		{"span out of bounds", "span: 30m", "span: 2h", `"2h" is not a span from 1m0s to 1h0m0s`},
		{"two lines of text", "key: value", "key: |\n      one\n      two", `longer than one line`},
		{"anchor", "count: 3", "count: &n 3", `3:8: an anchor (&n); remove it`},
		{"merge key", "count: 3", "<<: {count: 3}", `a merge key (<<)`},
		{"tag", "count: 3", "count: !!int 3", `a tag (!!int)`},
		{"second document", "items:", "---\nitems:", `a second document begins`},
		{"tab", "  - key", "\t- key", `12:1: a tab at the beginning of a line; indent with spaces`},
		{"broken brackets", "[one, two]", "[one, two", `not readable as YAML`},
		{"control character", "value", "va\x00lue", `12:12: a byte that is not text in UTF-8`},
		{"not UTF-8", "value", "va\xfflue", `12:12: a byte that is not text in UTF-8`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			text := strings.Replace(goodForm, c.from, c.to, 1)
			if text == goodForm {
				t.Fatal("the case changes nothing")
			}
			if got := faultsOf(t, text); !strings.Contains(got, c.want) {
				t.Errorf("faults are\n%s\nwant one with\n%s", got, c.want)
			}
		})
	}
}

func TestAllFaultsAtOnceInOrder(t *testing.T) {
	t.Parallel()
	got := faultsOf(t, "words: []\ncount: 99\nday: 2021-13-01\nzone: Nowhere\n")
	lines := ""
	for fault := range strings.SplitSeq(got, "\n") {
		line, _, _ := strings.Cut(fault, ":")
		lines += line
	}
	if lines != "11111111234" {
		t.Errorf("faults are not all there in the order of the file:\n%s", got)
	}
}

func TestUnreadableFiles(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, want string }{
		"empty":         {"", "the file is empty"},
		"only comments": {"# nothing\n", "the file is empty"},
		"a list":        {"- a\n", "the file is a list"},
		"a word":        {"hello\n", "the file is a text"},
		"too large":     {"a: " + strings.Repeat("x", MaxBytes), "bytes, more than"},
		"alias":         {"a: &x 1\nb: *x\n", "2:4: an alias (*x)"},
	} {
		got := faultsOf(t, c.text)
		if !strings.Contains(got, c.want) {
			t.Errorf("%s: %s", name, got)
		}
		if strings.Contains(got, "is missing") {
			t.Errorf("%s: a file that cannot be read must not be blamed for missing keys:\n%s", name, got)
		}
	}
}

func TestReportIsBounded(t *testing.T) {
	t.Parallel()
	got := faultsOf(t, goodForm+strings.Repeat("k", 3)+": 1\n"+manyKeys(5000))
	if n := strings.Count(got, "\n") + 1; n != maxFaults+1 || !strings.Contains(got, "the rest is not shown") {
		t.Errorf("%d lines of faults, want %d and a closing sentence", n, maxFaults+1)
	}
}

func manyKeys(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat("z", i%7+1))
		b.WriteString(caldate.Date{Year: 1, Month: 1, Day: 1}.AddDays(i).String())
		b.WriteString(": 1\n")
	}
	return b.String()
}

func TestNearest(t *testing.T) {
	t.Parallel()
	known := []string{"opens", "closes", "cohorts", "name"}
	for s, want := range map[string]string{"open": "opens", "cohort": "cohorts", "colses": "closes", "nmae": "name", "zebra": "", "": ""} {
		if got, _ := Nearest(s, known); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", s, got, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(goodForm))
	for _, s := range []string{"", "a: &x 1\nb: *x\n", "<<: {x: 1}", "? [a]: b", "%YAML 1.1\n---\na: 1", "a: 1\n...\nb: 2", "\xff", "{{{{", "a: |\n\tx"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, m := Read(data)
		readForm(m)
		var faults Faults
		if errors.As(file.Err(), &faults) {
			for _, fault := range faults {
				if fault.Line < 1 || fault.Column < 1 || fault.Problem == "" || fault.Mend == "" {
					t.Fatalf("a fault without place or mend: %+v", fault)
				}
			}
		}
	})
}
