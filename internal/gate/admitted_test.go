package gate

import (
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"naru/internal/fault"
)

func someAdmission() Admitted {
	return Admitted{
		Number: 7, Mark: Leaf(ticketNumber(1)), Entry: 2, Lane: "web", Place: 12, Serving: 40,
		At: time.Date(2021, 7, 11, 15, 4, 59, 0, time.UTC),
	}
}

// The seconds are not published.
func TestAdmittedLineIsTheGoldenText(t *testing.T) {
	t.Parallel()
	a := someAdmission()
	leaf := hex.EncodeToString(a.Mark[:])
	if got, want := string(a.Line()), "7,"+leaf+",2,web,12,40,2021-07-11T15:04Z"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	a.Private = true
	if got, want := string(a.Line()), "7,"+leaf+",,web,,40,2021-07-11T15:04Z"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestAdmittedIsReadStrictly(t *testing.T) {
	t.Parallel()
	good := string(someAdmission().Line())
	if _, err := ParseAdmitted(good, false); err != nil {
		t.Fatal(err)
	}
	for why, line := range map[string]string{
		"empty":           "",
		"a field short":   strings.TrimSuffix(good, ",2021-07-11T15:04Z"),
		"a field more":    good + ",",
		"a leading zero":  "0" + good,
		"a sign":          "+" + good,
		"upper case":      strings.Replace(good, "web", "WEB", 1),
		"no lane":         strings.Replace(good, "web", "", 1),
		"a long lane":     strings.Replace(good, "web", strings.Repeat("w", 17), 1),
		"a space":         strings.Replace(good, ",12,", ", 12,", 1),
		"no place":        strings.Replace(good, ",12,", ",,", 1),
		"with seconds":    strings.Replace(good, "04Z", "04:05Z", 1),
		"a day that is 0": strings.Replace(good, "07-11", "07-00", 1),
		"above 2^63":      strings.Replace(good, ",12,", ",9223372036854775808,", 1),
		"a line end":      good + "\n",
	} {
		_, err := ParseAdmitted(line, false)
		t.Log(why)
		wantFault(t, err, fault.Malformed, "gate.admitted_bad")
	}
	_, err := ParseAdmitted(good, true)
	wantFault(t, err, fault.Malformed, "gate.admitted_bad")
}

func FuzzParseAdmitted(f *testing.F) {
	a := someAdmission()
	f.Add(string(a.Line()), false)
	a.Private = true
	f.Add(string(a.Line()), true)
	f.Fuzz(func(t *testing.T, line string, private bool) {
		a, err := ParseAdmitted(line, private)
		if err == nil && string(a.Line()) != line {
			t.Errorf("%q reads as %q", line, a.Line())
		}
	})
}

func TestAHeadIsReadStrictlyAndSigned(t *testing.T) {
	t.Parallel()
	k := testKeys()
	head := k.SignHead(NewChain(k.Campaign(), k.Epoch()).Add([]byte("x")), 1626015600, false)
	again, err := ParseHead(head.Encode())
	if err != nil || !again.Verify(k.RollPublicKey()) {
		t.Fatalf("%v %+v", err, again)
	}
	for why, change := range map[string]func(h *Head){
		"count":    func(h *Head) { h.Count++ },
		"head":     func(h *Head) { h.Head = make(Hex, 32) },
		"time":     func(h *Head) { h.At++ },
		"private":  func(h *Head) { h.Private = true },
		"campaign": func(h *Head) { h.Campaign = "x" },
		"epoch":    func(h *Head) { h.Epoch++ },
	} {
		changed := head
		if change(&changed); changed.Verify(k.RollPublicKey()) {
			t.Errorf("%s can be changed", why)
		}
	}
	for _, text := range []string{"", "{}", "[]", string(head.Encode()) + "{}", strings.Replace(string(head.Encode()), `"count"`, `"x": 1, "count"`, 1)} {
		_, err := ParseHead([]byte(text))
		wantFault(t, err, fault.Malformed, "gate.admitted_bad")
	}
	_, err = ParseHead(make([]byte, MaxDrawText+1))
	wantFault(t, err, fault.TooLarge, "gate.admitted_bad")
}

// A mark says nothing of the ticket to who has no salt, and differs at each entry.
func TestMarksOfATicketDiffer(t *testing.T) {
	t.Parallel()
	k := testKeys()
	first, salt := k.Mark(ticketNumber(1), 1, 5)
	second, _ := k.Mark(ticketNumber(1), 2, 5)
	other, _ := k.Mark(ticketNumber(2), 1, 5)
	if first == second || first == other || first == Leaf(ticketNumber(1)) {
		t.Error("marks are alike")
	}
	if MarkOf(salt, Leaf(ticketNumber(1)), 1, 5) != first || MarkOf(salt, Leaf(ticketNumber(1)), 1, 6) == first {
		t.Error("the salt does not open the mark to its place alone")
	}
}
