package campaign

import (
	"slices"
	"time"

	"naru/internal/agency"
	"naru/internal/caldate"
)

// Facts are what a decision may know about a person. They come from the proven
// identity and the immunisation record, never from what the person claims.
type Facts struct {
	Born        caldate.Date
	Occupations []string
	Doses       []Dose
}

// Dose is a dose the person has had of the campaign's disease. On is zero when
// the day is not known.
type Dose struct {
	Vaccine string
	On      caldate.Date
}

// Decision is the whole answer (rule C15). Args are the values of the message
// Reason: days, instants and texts, which agency.Localise writes out; they hold
// nothing about the person.
type Decision struct {
	OK     bool
	Rule   string         // number in docs/rules/campaign.md, for example "C11"
	Reason string         // message id
	Args   map[string]any // for the message
	From   time.Time      // next time this person may book (now open: since when); zero: never in this campaign
	Until  time.Time      // end of that time
	Window string         // of that time
	Cohort string         // of that time
}

// chance is a span in which this person may book.
type chance struct {
	window, cohort string
	from, until    time.Time
}

// Eligible decides whether the person may book now. It is the only place that
// decides it; the web, the call centre and the command line all ask here.
func (c *Campaign) Eligible(f Facts, now time.Time) Decision {
	today := caldate.Of(now, c.Zone)
	if !f.Born.Valid() || f.Born.After(today) {
		return Decision{Rule: "C16", Reason: "campaign.birth_date_impossible"}
	}
	matches, refusal := c.match(f, today)
	if len(matches) == 0 {
		return c.refuse(refusal)
	}
	chances := c.chances(matches, f.Born)
	if open, ok := openNow(chances, now); ok {
		return open.decision(Decision{OK: true, Rule: "C10", Reason: "campaign.may_book"})
	}
	d := c.whyNot(matches, f.Born, now)
	if next, ok := nextAfter(chances, now); ok {
		return next.decision(d)
	}
	d.Reason = neverAgain[d.Reason]
	return d
}

// neverAgain is the reason to give when no later time is left.
var neverAgain = map[string]string{
	"campaign.not_open_yet":    "campaign.ended",
	"campaign.not_your_window": "campaign.ended",
	"campaign.other_digit":     "campaign.other_digit_ended",
	"campaign.dose_too_recent": "campaign.dose_too_recent_ended",
}

// match finds the cohorts the person is in, or else why the nearest refuses.
func (c *Campaign) match(f Facts, today caldate.Date) ([]match, []match) {
	var in, out []match
	for i, k := range c.Cohorts {
		m := k.match(f, today)
		m.index = i
		switch {
		case m.reason == "":
			in = append(in, m)
		case len(out) == 0 || m.passed > out[0].passed:
			out = []match{m}
		case m.passed == out[0].passed:
			out = append(out, m)
		}
	}
	return in, out
}

// refuse answers people who are in no cohort: who may book, by the criterion
// that came nearest to fitting.
func (c *Campaign) refuse(refused []match) Decision {
	first := refused[0]
	who := agency.Texts{}
	for _, m := range refused {
		if _, part := c.coveredBy(m.index); part {
			continue // a part of another cohort, which is named
		}
		for lang, title := range m.cohort.Title {
			if who[lang] != "" {
				who[lang] += ", "
			}
			who[lang] += title
		}
	}
	return Decision{Rule: first.rule, Reason: first.reason, Args: map[string]any{"Who": who}, Cohort: first.cohort.Name}
}

// chances are all spans, past and future, in which the person may book.
func (c *Campaign) chances(matches []match, born caldate.Date) []chance {
	var all []chance
	for _, w := range c.Windows {
		for _, m := range matches {
			if !slices.Contains(w.Cohorts, m.cohort.Name) || !w.takes(born) {
				continue
			}
			span := chance{window: w.Name, cohort: m.cohort.Name, from: w.Opens, until: w.Closes}
			if ready := m.readyAt(c.Zone); ready.After(span.from) {
				span.from = ready
			}
			if span.from.Before(span.until) {
				all = append(all, span)
			}
		}
	}
	return all
}

// takes applies the rotation (rule C14): the digit is the window's, fixed when
// it opened, so midnight inside the window changes nothing.
func (w Window) takes(born caldate.Date) bool {
	return w.Rotation == nil || born.Day%10 == w.Rotation.Digit
}

// whyNot explains why somebody of a cohort cannot book at this moment.
func (c *Campaign) whyNot(matches []match, born caldate.Date, now time.Time) Decision {
	for _, w := range c.Windows {
		for _, m := range matches {
			if !w.Open(now) || !slices.Contains(w.Cohorts, m.cohort.Name) {
				continue
			}
			if !w.takes(born) {
				return Decision{
					Rule: "C14", Reason: "campaign.other_digit", Cohort: m.cohort.Name,
					Args: map[string]any{"Digit": w.Rotation.Digit},
				}
			}
			return Decision{Rule: "C13", Reason: "campaign.dose_too_recent", Cohort: m.cohort.Name, Args: map[string]any{"Days": m.cohort.PriorDoses.SinceDays}}
		}
	}
	d := Decision{Rule: "C10", Reason: "campaign.not_your_window", Cohort: matches[0].cohort.Name}
	if now.Before(c.OpeningAt()) {
		d.Reason = "campaign.not_open_yet"
	}
	return d
}

// openNow is the chance that is open; of several, the one that lasts longest.
func openNow(chances []chance, now time.Time) (best chance, ok bool) {
	for _, s := range chances {
		if now.Before(s.from) || !now.Before(s.until) {
			continue
		}
		if !ok || s.until.After(best.until) {
			best, ok = s, true
		}
	}
	return best, ok
}

// nextAfter is the chance that begins first after now.
func nextAfter(chances []chance, now time.Time) (best chance, ok bool) {
	for _, s := range chances {
		if s.from.After(now) && (!ok || s.from.Before(best.from)) {
			best, ok = s, true
		}
	}
	return best, ok
}

func (s chance) decision(d Decision) Decision {
	if d.Args == nil {
		d.Args = map[string]any{}
	}
	d.Args["From"], d.Args["Until"] = s.from, s.until
	d.From, d.Until, d.Window, d.Cohort = s.from, s.until, s.window, s.cohort
	return d
}
