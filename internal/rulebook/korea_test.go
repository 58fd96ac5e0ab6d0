package rulebook_test

import (
	"strings"
	"testing"
	"time"

	"naru/examples"
	"naru/internal/rule"
	"naru/internal/rulebook"
)

var seoul = func() *time.Location {
	z, err := time.LoadLocation("Asia/Seoul")
	if err != nil {
		panic(err)
	}
	return z
}()

func korea(t *testing.T) *rule.Set {
	t.Helper()
	s, err := rulebook.Parse(examples.VaccinePassYAML, []string{"ko", "en"})
	if err != nil {
		t.Fatal(err)
	}
	text, err := s.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	if s, err = rule.Read(text); err != nil { // as a scanner gets it
		t.Fatal(err)
	}
	return s
}

func at(t *testing.T, text string) time.Time {
	t.Helper()
	if len(text) == 10 {
		text += " 12:00"
	}
	v, err := time.ParseInLocation("2006-01-02 15:04", text, seoul)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

const (
	inSeoul = "1100000000"
	inBusan = "2600000000"
)

func dose(n, of int64, date string) rule.Facts {
	return rule.Facts{"kind": "vaccination", "product": "PFZ", "dose": n, "of": of, "date": date}
}

func pcr(notified string) rule.Facts {
	return rule.Facts{"kind": "test", "type": "pcr", "result": "negative", "notified": notified}
}

var (
	two       = func(date string) rule.Facts { return dose(2, 2, date) }
	recovered = func(date string) rule.Facts { return rule.Facts{"kind": "recovery", "released": date} }
	born      = func(date string) rule.Facts { return rule.Facts{"kind": "person", "born": date} }
	exempt    = func(reason string) rule.Facts { return rule.Facts{"kind": "exemption", "reason": reason} }
	call      = rule.Facts{"kind": "call"}
)

// history is that of the vaccine pass, read as policy.
var history = []struct {
	name     string
	at       string
	facility string
	region   string
	shown    []rule.Facts
	want     rule.Outcome
	reason   string
}{
	// Two doses: from the day 14, to D+180 24:00, from 3 January on.
	{"dose of 07-10 on its last evening", "2022-01-06 23:59", "restaurant", inSeoul, []rule.Facts{two("2021-07-10")}, rule.Valid, "full"},
	{"dose of 07-10 the day after", "2022-01-07 00:00", "restaurant", inSeoul, []rule.Facts{two("2021-07-10")}, rule.NotValid, "full.ends"},
	{"dose of 07-06 before the rule", "2022-01-02 23:59", "restaurant", inSeoul, []rule.Facts{two("2021-07-06")}, rule.Valid, "full"},
	{"dose of 07-06 when it begins", "2022-01-03 00:00", "restaurant", inSeoul, []rule.Facts{two("2021-07-06")}, rule.NotValid, "full.ends"},
	{"dose of 07-07 on 3 January", "2022-01-03", "restaurant", inSeoul, []rule.Facts{two("2021-07-07")}, rule.Valid, "full"},
	{"dose of 07-07 on 4 January", "2022-01-04 00:00", "restaurant", inSeoul, []rule.Facts{two("2021-07-07")}, rule.NotValid, "full.ends"},
	{"an old proof in December", "2021-12-20", "restaurant", inBusan, []rule.Facts{two("2021-03-01")}, rule.Valid, "full"},
	{"thirteen days after", "2021-12-14 23:59", "cinema", inSeoul, []rule.Facts{two("2021-12-01")}, rule.NotValid, "full.begins"},
	{"fourteen days after", "2021-12-15 00:00", "cinema", inSeoul, []rule.Facts{two("2021-12-01")}, rule.Valid, "full"},
	{"Janssen, one of one", "2022-01-18", "restaurant", inBusan, []rule.Facts{dose(1, 1, "2021-08-01")}, rule.Valid, "full"},
	{"one of two", "2021-12-20", "gym", inSeoul, []rule.Facts{dose(1, 2, "2021-11-01")}, rule.NotValid, "partial.complete"},
	// A third dose holds at once and has no end.
	{"third dose, the same day", "2022-01-10", "restaurant", inSeoul, []rule.Facts{two("2021-06-01"), dose(3, 2, "2022-01-10")}, rule.Valid, "booster"},
	{"third dose, years later", "2022-02-28", "restaurant", inSeoul, []rule.Facts{dose(3, 2, "2021-08-01")}, rule.Valid, "booster"},
	{"the app was not brought up to date", "2022-01-10", "restaurant", inSeoul, []rule.Facts{two("2021-06-01")}, rule.NotValid, "full.ends"},
	// Infected as well: no last day.
	{"two doses and an infection", "2022-01-18", "restaurant", inSeoul, []rule.Facts{two("2021-05-01"), recovered("2021-03-01")}, rule.Valid, "full"},
	// PCR: to 24:00 of the day on which 48 hours after the notice end.
	{"SMS on Monday 10:00, Wednesday 23:59", "2021-12-15 23:59", "restaurant", inSeoul, []rule.Facts{pcr("2021-12-13T10:00:00")}, rule.Valid, "pcr"},
	{"SMS on Monday 10:00, Thursday", "2021-12-16 00:00", "restaurant", inSeoul, []rule.Facts{pcr("2021-12-13T10:00:00")}, rule.NotValid, "pcr.ends"},
	{"SMS at 23:59, Wednesday", "2021-12-15 23:59", "restaurant", inSeoul, []rule.Facts{pcr("2021-12-13T23:59:00")}, rule.Valid, "pcr"},
	{"SMS at 23:59, Thursday", "2021-12-16 00:00", "restaurant", inSeoul, []rule.Facts{pcr("2021-12-13T23:59:00")}, rule.NotValid, "pcr.ends"},
	{"SMS at 00:01, Thursday", "2021-12-16 23:59", "restaurant", inSeoul, []rule.Facts{pcr("2021-12-14T00:01:00")}, rule.Valid, "pcr"},
	{"a positive test", "2021-12-14", "restaurant", inSeoul, []rule.Facts{{"kind": "test", "type": "pcr", "result": "positive", "notified": "2021-12-14T00:00:00"}}, rule.NotValid, "pcr.negative"},
	// Recovered: 180 days.
	{"recovered, day 180", "2021-12-28 23:59", "karaoke", inSeoul, []rule.Facts{recovered("2021-07-01")}, rule.Valid, "recovered"},
	{"recovered, day 181", "2021-12-29 00:00", "karaoke", inSeoul, []rule.Facts{recovered("2021-07-01")}, rule.NotValid, "recovered.ends"},
	// Exempt, widened on 24 January.
	{"a serious reaction", "2021-12-13", "restaurant", inSeoul, []rule.Facts{exempt("reaction")}, rule.Valid, "exempt"},
	{"causality not shown, before", "2022-01-23 23:59", "restaurant", inSeoul, []rule.Facts{exempt("causality")}, rule.NotValid, "none"},
	{"causality not shown, since", "2022-01-24 00:00", "restaurant", inSeoul, []rule.Facts{exempt("causality")}, rule.Valid, "exempt-widened"},
	{"hospital, since", "2022-01-24", "restaurant", inSeoul, []rule.Facts{exempt("hospital")}, rule.Valid, "exempt-widened"},
	// Under age.
	{"born on 1 January 2003", "2022-01-10", "pcroom", inSeoul, []rule.Facts{born("2003-01-01")}, rule.Valid, "under-age"},
	{"born on 31 December 2002", "2022-01-10", "pcroom", inSeoul, []rule.Facts{born("2002-12-31")}, rule.NotValid, "under-age.born"},
	// Nothing, or what is no pass.
	{"nothing", "2021-12-14", "karaoke", inSeoul, nil, rule.NotValid, "none"},
	{"a call", "2021-12-14", "karaoke", inSeoul, []rule.Facts{call}, rule.NotValid, "call.pass"},
	// Facilities and dates.
	{"a restaurant before 6 December", "2021-12-05 23:59", "restaurant", inSeoul, nil, rule.Valid, "free"},
	{"a gym in November", "2021-11-01 00:00", "gym", inSeoul, nil, rule.NotValid, "none"},
	{"a wedding", "2021-12-20", "wedding", inSeoul, nil, rule.Valid, "free"},
	{"an academy on 3 January", "2022-01-03", "academy", inBusan, nil, rule.NotValid, "none"},
	{"an academy after the court", "2022-01-04", "academy", inBusan, nil, rule.Valid, "free"},
	{"a singing academy on 18 January", "2022-01-18", "academy_breath", inBusan, nil, rule.NotValid, "none"},
	{"a large store on 9 January", "2022-01-09", "store", inBusan, nil, rule.Valid, "free"},
	{"a large store on 10 January, Seoul", "2022-01-10", "store", inSeoul, nil, rule.NotValid, "none"},
	{"a large store on 14 January, Seoul", "2022-01-14", "store", inSeoul, nil, rule.Valid, "free"},
	{"a large store on 14 January, Busan", "2022-01-14", "store", inBusan, nil, rule.NotValid, "none"},
	{"a large store on 18 January, Busan", "2022-01-18", "store", inBusan, nil, rule.Valid, "free"},
	{"a cinema on 17 January", "2022-01-17 23:59", "cinema", inSeoul, nil, rule.NotValid, "none"},
	{"a cinema on 18 January", "2022-01-18 00:00", "cinema", inSeoul, nil, rule.Valid, "free"},
	{"a restaurant when the pass ends", "2022-03-01 00:00", "restaurant", inSeoul, nil, rule.Valid, "free"},
	// What is not known is never NOT VALID.
	{"a time before all rules", "2021-10-31 23:59", "restaurant", inSeoul, []rule.Facts{two("2021-07-10")}, rule.CannotTell, "outdated"},
	{"a kind of place nobody knows", "2021-12-20", "submarine", inSeoul, []rule.Facts{two("2021-07-10")}, rule.CannotTell, "no_place"},
	{"a date that is none", "2021-12-20", "gym", inSeoul, []rule.Facts{two("July")}, rule.CannotTell, "full.begins"},
	{"a field is missing", "2021-12-20", "gym", inSeoul, []rule.Facts{{"kind": "vaccination", "dose": int64(2)}}, rule.CannotTell, "full.applies"},
	{"a kind of proof nobody knows", "2021-12-20", "gym", inSeoul, []rule.Facts{{"kind": "hologram"}}, rule.CannotTell, "unknown"},
	{"a store, and nobody knows where", "2022-01-15", "store", "", nil, rule.CannotTell, "unknown"},
}

func TestTheHistoryOfTheVaccinePass(t *testing.T) {
	t.Parallel()
	s := korea(t)
	for _, c := range history {
		v := s.Judge(rule.Question{At: at(t, c.at), Facility: c.facility, Region: c.region, Shown: c.shown})
		if v.Outcome != c.want || v.Reason != c.reason && !strings.HasPrefix(v.Reason, c.reason+".") && c.want != rule.CannotTell {
			t.Errorf("%s: %s (%s), want %s (%s); %v", c.name, v.Outcome, v.Reason, c.want, c.reason, v.Steps)
		}
		if v.Sentence["ko"] == "" || v.Sentence["en"] == "" {
			t.Errorf("%s: %s has no sentence", c.name, v.Reason)
		}
	}
}

func TestPeopleTogether(t *testing.T) {
	t.Parallel()
	s := korea(t)
	for _, c := range []struct {
		name    string
		at      string
		region  string
		party   rule.Party
		shown   []rule.Facts
		want    rule.Outcome
		because string
	}{
		{"six in Seoul", "2021-12-10", inSeoul, rule.Party{People: 6}, []rule.Facts{two("2021-07-10")}, rule.Valid, "full"},
		{"seven in Seoul", "2021-12-10", inSeoul, rule.Party{People: 7}, []rule.Facts{two("2021-07-10")}, rule.NotValid, "2021-12-06 capital"},
		{"eight in Busan", "2021-12-10", inBusan, rule.Party{People: 8}, []rule.Facts{two("2021-07-10")}, rule.Valid, "full"},
		{"nine in Busan", "2021-12-10", inBusan, rule.Party{People: 9}, []rule.Facts{two("2021-07-10")}, rule.NotValid, "2021-12-06 elsewhere"},
		{"the one without a proof", "2021-12-10", inSeoul, rule.Party{People: 6}, nil, rule.Valid, "2021-12-06 capital"},
		{"the second without a proof", "2021-12-10", inSeoul, rule.Party{People: 6, Without: 1}, nil, rule.NotValid, "none"},
		{"four from the 18th", "2021-12-18", inBusan, rule.Party{People: 4}, []rule.Facts{two("2021-07-10")}, rule.Valid, "full"},
		{"five from the 18th", "2021-12-18", inBusan, rule.Party{People: 5}, []rule.Facts{two("2021-07-10")}, rule.NotValid, "2021-12-18"},
		{"without a proof, in company", "2021-12-18", inBusan, rule.Party{People: 2}, nil, rule.NotValid, "none"},
		{"without a proof, alone", "2021-12-18", inBusan, rule.Party{People: 1}, nil, rule.Valid, "alone"},
		{"without a proof, not counted", "2021-12-18", inBusan, rule.Party{}, nil, rule.NotValid, "none"},
	} {
		v := s.Judge(rule.Question{At: at(t, c.at), Facility: "restaurant", Region: c.region, Party: c.party, Shown: c.shown})
		if v.Outcome != c.want || v.Reason != c.because {
			t.Errorf("%s: %s (%s), want %s (%s)", c.name, v.Outcome, v.Reason, c.want, c.because)
		}
	}
}

func TestFinesGraceAndWaivers(t *testing.T) {
	t.Parallel()
	s := korea(t)
	for _, c := range []struct {
		at, facility  string
		fined, waived bool
	}{
		{"2021-11-07 23:59", "karaoke", false, false},
		{"2021-11-08 00:00", "karaoke", true, false},
		{"2021-11-14 23:59", "gym", false, false},
		{"2021-11-15 00:00", "gym", true, false},
		{"2021-12-12 23:59", "restaurant", false, false},
		{"2021-12-13 11:40", "restaurant", false, true},
		{"2021-12-14 11:40", "restaurant", true, true},
		{"2021-12-15 00:00", "restaurant", true, false},
		{"2022-01-06 14:00", "restaurant", true, false},
		{"2022-01-16 23:59", "store", false, false},
		{"2022-01-17 00:00", "store", true, false},
	} {
		v := s.Judge(rule.Question{At: at(t, c.at), Facility: c.facility, Region: inBusan})
		if v.Outcome != rule.NotValid || v.Fined != c.fined || (v.Waiver != nil) != c.waived || (v.Penalty != nil) != c.fined {
			t.Errorf("%s %s: %s fined %v, waived %v, penalty %v", c.at, c.facility, v.Outcome, v.Fined, v.Waiver, v.Penalty)
		}
		if c.fined && (v.Penalty.User != 100_000 || v.Penalty.Operator[1] != 3_000_000 || v.Penalty.ClosureDays[1] != 20) {
			t.Errorf("%s: penalty %+v", c.at, v.Penalty)
		}
	}
}

// No fault ever turns somebody who may enter into NOT VALID: each field is taken away,
// or made into rubbish.
func TestAFaultIsNeverNotValid(t *testing.T) {
	t.Parallel()
	s := korea(t)
	ran := 0
	for _, good := range []rule.Facts{two("2021-11-01"), dose(3, 2, "2021-11-01"), pcr("2021-12-19T09:00:00"), recovered("2021-11-01"), exempt("reaction"), born("2010-05")} {
		q := rule.Question{At: at(t, "2021-12-20"), Facility: "gym", Region: inSeoul, Shown: []rule.Facts{good}}
		if v := s.Judge(q); v.Outcome != rule.Valid {
			t.Fatalf("%v: %s", good, v.Reason)
		}
		for field := range good {
			for _, rubbish := range []any{nil, int64(-1), "", "x", true, []any{}, map[string]any{}, 0.5} {
				bad := rule.Facts{}
				for k, v := range good {
					bad[k] = v
				}
				if bad[field] = rubbish; rubbish == nil {
					delete(bad, field)
				}
				q.Shown = []rule.Facts{bad}
				ran++
				if v := s.Judge(q); v.Outcome == rule.NotValid && !told(field, rubbish) {
					t.Errorf("%v with %s = %v: %s", good, field, rubbish, v.Reason)
				}
			}
		}
	}
	t.Logf("%d faults tried", ran)
}

// told are values that say something else than the good one, and are no fault: a proof
// of another kind, result or reason, or a smaller dose.
func told(field string, value any) bool {
	switch field {
	case "kind":
		return false
	case "type", "result", "reason":
		return true
	case "dose", "of":
		_, number := value.(int64)
		return number
	}
	return false
}

func TestWarnings(t *testing.T) {
	t.Parallel()
	s := korea(t)
	now := rule.Question{At: at(t, "2022-01-03")}
	if last, found := s.Lasts(now, two("2021-07-10")); !found || last.String() != "2022-01-06" {
		t.Errorf("two doses last to %v (%v)", last, found)
	}
	if last, found := s.Lasts(now, dose(3, 2, "2021-12-10")); found {
		t.Errorf("a third dose lasts to %v", last)
	}
}
