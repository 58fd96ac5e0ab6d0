package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"naru/internal/agency"
	"naru/internal/caldate"
	"naru/internal/campaign"
	"naru/internal/i18n"
)

// CampaignWhoCmd is "naru campaign who".
type CampaignWhoCmd struct {
	CampaignFlags
	At         string   `name:"at" required:"" placeholder:"TIME" help:"Instant: 2021-07-12T00:00:00+09:00, or \"2021-07-12 00:00\" on the agency's clock."`
	Born       string   `name:"born" placeholder:"DATE" help:"Birth date of a person to decide about, YYYY-MM-DD."`
	Occupation []string `name:"occupation" placeholder:"NAME" help:"Occupation of that person; may be repeated."`
	Dose       []string `name:"dose" placeholder:"CODE@DATE" help:"Dose that person has had, for example PFZ@2021-05-01; may be repeated."`
	Lang       string   `name:"lang" placeholder:"CODE" help:"Language of the sentences (default: the agency's first)."`
}

// whoReport is the answer; scripts depend on its JSON.
type whoReport struct {
	At       time.Time     `json:"at"`
	Eligible *bool         `json:"eligible"` // null: nobody was asked about
	Guardian *bool         `json:"guardian"` // somebody else may book for this person
	Rule     string        `json:"rule"`
	Reason   string        `json:"reason"`
	Sentence string        `json:"sentence"`
	From     *time.Time    `json:"from"`
	Until    *time.Time    `json:"until"`
	Window   string        `json:"window"`
	Cohort   string        `json:"cohort"`
	MayBook  []groupReport `json:"may_book"`
	Next     *time.Time    `json:"next_opening"`
}

type groupReport struct {
	Window string    `json:"window"`
	Cohort string    `json:"cohort"`
	Title  string    `json:"title"`
	Digit  *int      `json:"digit"`
	Opens  time.Time `json:"opens"`
	Closes time.Time `json:"closes"`
}

// Run answers; "no" is an answer like "yes", both succeed.
func (cmd *CampaignWhoCmd) Run(env *Env) error {
	loaded, err := cmd.load()
	if err != nil {
		return err
	}
	if loaded.campaign == nil {
		return loaded.refuse(env, cmd.JSON)
	}
	at, err := parseInstant("--at", cmd.At, loaded.agency.Zone)
	if err != nil {
		return usage(err)
	}
	report := cmd.whoMayBook(loaded, at)
	if cmd.Born != "" {
		if err := cmd.decide(&report, loaded, at); err != nil {
			return err
		}
	} else if len(cmd.Occupation)+len(cmd.Dose) > 0 {
		return usage(errors.New("--occupation and --dose belong to a person: give --born as well"))
	}
	if cmd.JSON {
		return printJSON(env.Stdout, report)
	}
	report.print(env.Stdout, loaded.agency)
	return nil
}

func (cmd *CampaignWhoCmd) whoMayBook(l *loadedCampaign, at time.Time) whoReport {
	r := whoReport{At: at, MayBook: []groupReport{}}
	for _, g := range l.campaign.WhoMayBook(at) {
		r.MayBook = append(r.MayBook, groupReport{g.Window, g.Cohort, l.agency.In(cmd.Lang, g.Title), g.Digit, g.Opens, g.Closes})
	}
	if next, ok := l.campaign.NextWindow(at); ok {
		r.Next = &next.Opens
	}
	return r
}

func (cmd *CampaignWhoCmd) decide(r *whoReport, l *loadedCampaign, at time.Time) error {
	facts, err := cmd.facts(l.agency)
	if err != nil {
		return usage(err)
	}
	words, err := i18n.New()
	if err != nil {
		return err
	}
	d := l.campaign.Eligible(facts, at)
	r.Eligible, r.Rule, r.Reason, r.Window, r.Cohort = &d.OK, d.Rule, d.Reason, d.Window, d.Cohort
	guarded := l.campaign.MayBeGuarded(facts).OK
	r.Guardian = &guarded
	lang := l.agency.Language(cmd.Lang).Code
	r.Sentence = words.T(lang, d.Reason, l.agency.Localise(lang, d.Args))
	r.From, r.Until = unlessZero(d.From), unlessZero(d.Until)
	return nil
}

func (cmd *CampaignWhoCmd) facts(a *agency.Agency) (campaign.Facts, error) {
	born, err := caldate.Parse(cmd.Born)
	if err != nil {
		return campaign.Facts{}, fmt.Errorf("--born: %w", err)
	}
	f := campaign.Facts{Born: born, Occupations: cmd.Occupation}
	for _, text := range cmd.Dose {
		code, day, ok := strings.Cut(text, "@")
		on, err := caldate.Parse(day)
		if _, known := a.Vaccines[code]; !ok || !known || err != nil {
			return campaign.Facts{}, fmt.Errorf("--dose %q: write a vaccine of the agency and a day, for example PFZ@2021-05-01", text)
		}
		f.Doses = append(f.Doses, campaign.Dose{Vaccine: code, On: on})
	}
	return f, nil
}

func (r whoReport) print(w io.Writer, a *agency.Agency) {
	fmt.Fprintf(w, "at %s (%s)\n", localTime(r.At.In(a.Zone)), a.Zone)
	if len(r.MayBook) == 0 {
		fmt.Fprintln(w, "nobody may book at this time")
	}
	for _, g := range r.MayBook {
		digit := ""
		if g.Digit != nil {
			digit = fmt.Sprintf(", day of birth ending in %d", *g.Digit)
		}
		fmt.Fprintf(w, "may book: %s (%s%s) until %s\n", g.Title, g.Cohort, digit, localTime(g.Closes))
	}
	if r.Next != nil {
		fmt.Fprintf(w, "next opening: %s\n", localTime(*r.Next))
	}
	if r.Eligible == nil {
		return
	}
	answer := "no"
	if *r.Eligible {
		answer = "yes"
	}
	fmt.Fprintf(w, "this person: %s (rule %s, %s)\n  %s\n", answer, r.Rule, r.Reason, r.Sentence)
	if *r.Guardian {
		fmt.Fprintln(w, "  somebody else may book for this person")
	}
	if r.From != nil {
		fmt.Fprintf(w, "  from %s until %s (%s)\n", localTime(r.From.In(a.Zone)), localTime(r.Until.In(a.Zone)), r.Window)
	}
}

func unlessZero(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// parseInstant reads RFC 3339, or a local time that the zone's clock shows
// exactly once.
func parseInstant(flag, s string, zone *time.Location) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t.In(zone), nil
	}
	t, err := time.Parse("2006-01-02 15:04", s)
	if err != nil {
		return time.Time{}, fmt.Errorf("%s %q: write 2021-07-12T00:00:00+09:00, or \"2021-07-12 00:00\" on the agency's clock", flag, s)
	}
	at, err := caldate.Of(t, time.UTC).Clock(t.Hour(), t.Minute(), zone)
	if err != nil {
		return time.Time{}, fmt.Errorf("%s %q in %s: %w; write it with an offset", flag, s, zone, err)
	}
	return at, nil
}
