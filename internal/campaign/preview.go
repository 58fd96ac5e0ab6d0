package campaign

import (
	"slices"
	"time"

	"naru/internal/agency"
	"naru/internal/caldate"
)

// Group is one group of people who may book at some instant, for the sentence
// "오늘 사전예약 대상자는 … 끝자리 9" on the front page.
type Group struct {
	Window string
	Cohort string
	Title  agency.Texts
	Digit  *int // last digit of the day of birth; nil: every day
	Opens  time.Time
	Closes time.Time
}

// OpeningAt is the first opening of the campaign.
func (c *Campaign) OpeningAt() time.Time { return c.Windows[0].Opens }

// FirstOpening is when the cohort may book for the first time; the zero time
// when no window names it.
func (c *Campaign) FirstOpening(cohort string) time.Time {
	for _, w := range c.Windows {
		if slices.Contains(w.Cohorts, cohort) {
			return w.Opens
		}
	}
	return time.Time{}
}

// ClosesAt is the end of the last window.
func (c *Campaign) ClosesAt() time.Time {
	end := c.Windows[0].Closes
	for _, w := range c.Windows {
		if w.Closes.After(end) {
			end = w.Closes
		}
	}
	return end
}

// OpenWindows are the windows open at the instant, by opening.
func (c *Campaign) OpenWindows(now time.Time) []Window {
	var open []Window
	for _, w := range c.Windows {
		if w.Open(now) {
			open = append(open, w)
		}
	}
	return open
}

// NextWindow is the window that opens first after the instant; none is left
// when ok is false.
func (c *Campaign) NextWindow(now time.Time) (next Window, ok bool) {
	for _, w := range c.Windows {
		if w.Opens.After(now) {
			return w, true
		}
	}
	return Window{}, false
}

// WhoMayBook lists the groups who may book at the instant; it is empty when no
// window is open.
func (c *Campaign) WhoMayBook(now time.Time) []Group {
	var groups []Group
	for _, w := range c.OpenWindows(now) {
		for _, name := range w.Cohorts {
			cohort, _ := c.Cohort(name)
			g := Group{Window: w.Name, Cohort: name, Title: cohort.Title, Opens: w.Opens, Closes: w.Closes}
			if w.Rotation != nil {
				g.Digit = &w.Rotation.Digit
			}
			groups = append(groups, g)
		}
	}
	return groups
}

// Shift returns a copy whose first opening is at the given instant, for drills
// and demonstrations (rule C17). Every window and the draw move by the same
// time, a rotation keeps its digits, the birth cohorts stay. The days of the
// shots move by as many whole days as the local day of the opening, so the
// first shot stays at least one day after it.
func (c *Campaign) Shift(firstOpening time.Time) *Campaign {
	by := firstOpening.Sub(c.OpeningAt())
	days := caldate.Of(c.OpeningAt(), c.Zone).DaysUntil(caldate.Of(firstOpening, c.Zone))
	moved := *c
	moved.Shifted = c.Shifted + by
	moved.Windows = make([]Window, len(c.Windows))
	for i, w := range c.Windows {
		w.Opens, w.Closes = w.Opens.Add(by), w.Closes.Add(by)
		moved.Windows[i] = w
	}
	if !c.AfterQuota.Opens.IsZero() {
		moved.AfterQuota.Opens = c.AfterQuota.Opens.Add(by)
	}
	if !c.Draw.RoundAt.IsZero() {
		moved.Draw.RoundAt = c.Draw.RoundAt.Add(by)
	}
	moved.Shots = Shots{First: c.Shots.First.AddDays(days), Last: c.Shots.Last.AddDays(days)}
	return &moved
}
