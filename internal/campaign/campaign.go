// Package campaign says who may book what and when. It is the only place that
// decides it: one pure function, Campaign.Eligible, takes the facts about a
// person and the time and answers yes, or no with the rule, the reason and from
// when.
//
// It promises that a Campaign returned by Parse is complete and consistent
// (rules C1 to C9 in docs/rules/campaign.md), that a window is open from its
// opening instant up to but not including its closing instant (C10), and that
// an answer depends on nothing but its arguments. It never reads a clock, a
// file or a database, knows no name and no telephone number, and never changes
// a Campaign after it was made, so everybody may read it at once.
package campaign

import (
	"slices"
	"time"

	"naru/internal/agency"
	"naru/internal/caldate"
)

// ID names a campaign in addresses, keys and logs: small letters, digits and
// hyphens.
type ID string

// Campaign is one campaign file.
type Campaign struct {
	ID           ID
	Title        agency.Texts
	Disease      string
	Vaccine      string           // code of the agency's vaccine
	Doses        int              // booked together: 1 or more
	IntervalDays int              // between doses, as the file says; 0 for a single dose, or when the vaccine's hold
	Intervals    agency.Intervals // between doses, dated; empty for a single dose
	Supply       Supply
	Private      bool // who waits is not published, not even without names
	Guardian     bool // a child or guardian may book for the person
	GuardianFor  GuardianFor
	Quota        *int       // people who may book at most; nil: no bound beside the slots and windows
	AfterQuota   AfterQuota // what people are told when a quota is used up
	Zone         *time.Location
	Cohorts      []Cohort
	Windows      []Window // sorted by opening
	Shots        Shots
	Gate         Gate
	Draw         Draw
	SHA256       string        // of the file, in hex
	Shifted      time.Duration // how far Shift moved it from its file; 0 for a real campaign
}

// Supply tells people whether rushing matters.
type Supply string

// The two kinds of supply.
const (
	Enough  Supply = "enough"  // a dose for everybody: no need to hurry
	Limited Supply = "limited" // doses may run out
)

// Cohort is a group of people: all criteria it names must hold.
type Cohort struct {
	Name        string
	Title       agency.Texts
	BornFrom    *caldate.Date // inclusive; nil: no lower edge
	BornTo      *caldate.Date // inclusive; nil: no upper edge
	Occupations []string      // one of these; empty: any
	PriorDoses  *PriorDoses   // nil: any
	People      int           // how many there are, for the forecast; 0: estimate it
}

// PriorDoses is what a cohort asks of the doses a person has had.
type PriorDoses struct {
	Min       int
	Max       int    // -1: no upper bound
	SinceDays int    // full days since the last dose on the day of booking
	Vaccine   string // of the last dose; "": any
}

// Window is one span in which cohorts may book: from Opens up to but not
// including Closes.
type Window struct {
	Name     string
	Opens    time.Time
	Closes   time.Time
	Cohorts  []string
	Rotation *Rotation // nil: every day of birth
	Quota    *int      // people who may book in it at most; nil: no bound of its own
}

// AfterQuota is the next step of people for whom no vaccine is left (rule C19).
type AfterQuota struct {
	Next  agency.Texts // what to do
	Opens time.Time    // the next opening elsewhere; zero: not known yet
}

// QuotaName names the count that a booking made in a window belongs to; limited is false
// when no quota bounds it. A campaign has one quota or its windows have theirs.
func (c *Campaign) QuotaName(window string) (name string, people int, limited bool) {
	if c.Quota != nil {
		return string(c.ID), *c.Quota, true
	}
	for _, w := range c.Windows {
		if w.Name == window && w.Quota != nil {
			return string(c.ID) + "/" + w.Name, *w.Quota, true
		}
	}
	return "", 0, false
}

// Limited tells whether any quota bounds the bookings.
func (c *Campaign) Limited() bool {
	return c.Quota != nil || slices.ContainsFunc(c.Windows, func(w Window) bool { return w.Quota != nil })
}

// Rotation narrows a window to people whose day of birth ends in Digit (10부제).
// It is the digit of the local day on which the window opened, and stays it
// after midnight and when the campaign is shifted (rule C14).
type Rotation struct{ Digit int }

// Shots are the days on which first doses are given, both inclusive.
type Shots struct{ First, Last caldate.Date }

// Gate is what the waiting room in front of the campaign is told.
type Gate struct {
	LobbyOpens     time.Duration // before the first opening
	LobbyCloses    time.Duration // before the first opening: roll, beacon, draw
	SessionMinutes int
	Cap            int  // people inside at the same time, at most
	RatePerSecond  int  // admissions, at most
	FixedRate      bool // admissions go at this rate whatever is measured
	Lanes          []Lane
}

// Lane is a way in beside the web, with seats and times of its own.
type Lane struct {
	Name    string    // phone or assisted
	Share   int       // percent of seats and admissions
	Times   int       // percent of the clinics' times that are kept for it
	Release time.Time // from then on its times are everybody's; zero when none are kept
}

// Draw names the public beacon before anybody can know its value: either the
// round or the instant that fixes the round.
type Draw struct {
	Beacon  string
	Round   uint64    // 0 when RoundAt is given
	RoundAt time.Time // zero when Round is given
}

// Open reports whether the window is open at the instant (rule C10).
func (w Window) Open(now time.Time) bool { return !now.Before(w.Opens) && now.Before(w.Closes) }

// Lobby is the span in which people may come early to the window.
func (g Gate) Lobby(w Window) (opens, closes time.Time) {
	return w.Opens.Add(-g.LobbyOpens), w.Opens.Add(-g.LobbyCloses)
}

// Cohort returns the cohort with the name.
func (c *Campaign) Cohort(name string) (Cohort, bool) {
	for _, k := range c.Cohorts {
		if k.Name == name {
			return k, true
		}
	}
	return Cohort{}, false
}
