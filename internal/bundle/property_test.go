package bundle

import (
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"naru/internal/caldate"
	"naru/internal/pass"
	"naru/internal/rule"
)

// people are valid at lunch, some of them for the last day or since the first.
func people(t testing.TB) map[string]pass.Proof {
	t.Helper()
	today := caldate.Of(lunch, seoul)
	proofs := map[string]pass.Proof{
		"tested":    pass.TestNoticed(pass.PCR, lunch.AddDate(0, 0, -2)),
		"recovered": pass.RecoveryOn(today),
		"young":     pass.BornIn(2012),
	}
	for name, days := range map[string]int{"since today": -14, "until today": -180, "in between": -90} {
		p, err := pass.VaccinationOn(2, 2, today.AddDays(days))
		if err != nil {
			t.Fatal(err)
		}
		p.Ends = lunch.AddDate(0, 0, 180+days).Truncate(24 * time.Hour).Add(15 * time.Hour) // 24:00 in Seoul
		proofs[name] = p
	}
	booster, err := pass.VaccinationOn(3, 2, today)
	if err != nil {
		t.Fatal(err)
	}
	ill, err := pass.ExemptionUntil("allergy", today)
	if err != nil {
		t.Fatal(err)
	}
	ill.Ends = lunch.Truncate(24 * time.Hour).Add(15 * time.Hour)
	proofs["boosted"], proofs["exempt"] = booster, ill
	return proofs
}

// bundles are what a scanner may have: of today, old, too old, before the keys were changed,
// without rules.
func bundles(t testing.TB) map[string]*Bundle {
	t.Helper()
	made := map[string]*Bundle{}
	for name, change := range map[string]func(*Content){
		"of today":       func(*Content) {},
		"a week old":     func(c *Content) { c.Issued = lunch.AddDate(0, 0, -7) },
		"too old":        func(c *Content) { c.Issued, c.GoodUntil = lunch.AddDate(0, 0, -60), lunch.AddDate(0, 0, -30) },
		"ends today":     func(c *Content) { c.GoodUntil = lunch.Add(time.Second) },
		"other keys":     func(c *Content) { c.Trust = trustOf(t, "before") },
		"no keys at all": func(c *Content) { c.Trust = trustOf(t) },
		"without rules":  func(c *Content) { c.Rules = nil },
	} {
		c := content(t, 1)
		change(&c)
		made[name] = open(t, c)
	}
	return made
}

// Rules Q16, Q20 and L5: whatever fails around a valid person, and in whatever order they
// try again, nobody tells them that they are not valid. One clock may be wrong, by a day.
func TestNoFaultMakesAValidPersonNotValid(t *testing.T) {
	t.Parallel()
	proofs, known := people(t), bundles(t)
	for name, p := range proofs {
		text := showing(t, pass.ID{1}, p, pass.Shown{Time: lunch})
		if outcome, reason := check(known["of today"], text, pass.Check{Now: lunch}, restaurant); outcome != rule.Valid {
			t.Errorf("%s: %s %s, where nothing fails", name, outcome, reason)
		}
	}
	whom, which := slices.Sorted(maps.Keys(proofs)), slices.Sorted(maps.Keys(known))
	rapid.Check(t, func(r *rapid.T) {
		proof := proofs[rapid.SampledFrom(whom).Draw(r, "person")]
		var asked []byte
		for range rapid.IntRange(1, 4).Draw(r, "tries") {
			b := known[rapid.SampledFrom(which).Draw(r, "bundle")]
			off := time.Duration(rapid.SampledFrom([]int{0, 0, -24, 24, -1, 1}).Draw(r, "hours off")) * time.Hour
			late := time.Duration(rapid.IntRange(0, 120).Draw(r, "seconds until it is read")) * time.Second
			s, c := pass.Shown{Time: lunch}, pass.Check{Now: lunch.Add(late)}
			if rapid.Bool().Draw(r, "the scanner's clock") {
				c.Now = c.Now.Add(off)
			} else {
				s.Time = s.Time.Add(off)
			}
			if rapid.Bool().Draw(r, "asked") {
				c.Nonce = []byte{1, 2, 3, 4, 5, 6, 7, byte(len(asked))}
				s.Nonce = rapid.SampledFrom([][]byte{c.Nonce, nil, {8, 7, 6, 5, 4, 3, 2, 1}}).Draw(r, "answer")
			}
			q := restaurant
			q.Region = rapid.SampledFrom([]string{q.Region, ""}).Draw(r, "region")
			q.Facility = rapid.SampledFrom([]string{q.Facility, "", "of_tomorrow"}).Draw(r, "facility")
			tried := proof
			if rapid.Bool().Draw(r, "opened") {
				tried.Commitment = opening.Commit()
				s.Opening = &opening
			}
			if outcome, reason := check(b, showing(t, pass.ID{1}, tried, s), c, q); outcome == rule.NotValid {
				r.Fatalf("NOT VALID: %s", reason)
			}
		}
	})
}

var opening = pass.Opened{Name: "홍길동", Born: "1984-05-06"}
