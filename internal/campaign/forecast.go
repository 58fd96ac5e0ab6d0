package campaign

import (
	"slices"
	"time"

	"naru/internal/caldate"
)

// Assumptions are what a forecast rests on. They are part of its answer, so
// that nobody takes an estimate for a measurement.
type Assumptions struct {
	Population         Population    // nil: cohorts without a number stay unknown
	FirstShare         float64       // of a window's people who want to book in FirstSpan
	FirstSpan          time.Duration // after the opening
	RequestsPerBooking int           // requests that one booking costs the servers
	DosesPerDay        int           // of all clinics together; 0: not known
	MeasuredLimit      int           // requests a second the installation was measured to answer; 0: not known
}

// DefaultAssumptions are the figures of August 2021, when 40 % of a day's
// bookings came in the first 30 minutes; the requests per booking are a guess
// to be replaced by a measurement.
func DefaultAssumptions() Assumptions {
	return Assumptions{FirstShare: 0.40, FirstSpan: 30 * time.Minute, RequestsPerBooking: 20}
}

// Forecast is the capacity statement of a campaign (rule C18).
type Forecast struct {
	People            int     `json:"people"`         // in any cohort; prior doses and earlier campaigns are not taken off an estimate
	Estimated         bool    `json:"estimated"`      // some of it from the population table
	Unknown           bool    `json:"unknown"`        // some cohort has no number at all
	BusiestWindow     string  `json:"busiest_window"` // the one that is the first chance of the most people
	BusiestPeople     int     `json:"busiest_people"`
	BookingsPerSecond float64 `json:"bookings_per_s"` // wanted, mean over the first span
	RequestsPerSecond float64 `json:"requests_per_s"` // the same, if nobody had to wait
	AdmittedRequests  float64 `json:"admitted_requests_per_s"`
	AdmissionHours    float64 `json:"admission_hours"` // to let all people of the busiest window in at the gate's rate
	ShotDays          int     `json:"shot_days"`
	Doses             *int    `json:"doses"`           // bookable first doses; null: not known
	DosesEnough       *bool   `json:"doses_enough"`    // null: not known
	DemandWithin      *bool   `json:"demand_within"`   // requests wanted are within the measured limit; null: not measured
	AdmittedWithin    *bool   `json:"admitted_within"` // requests of those let in are; null: not measured
}

// Forecast states what the campaign will ask of the house. It is arithmetic on
// the assumptions, nothing more.
func (c *Campaign) Forecast(a Assumptions) Forecast {
	f := Forecast{ShotDays: c.Shots.First.DaysUntil(c.Shots.Last) + 1}
	for i, k := range c.Cohorts {
		if _, counted := c.coveredBy(i); counted {
			continue
		}
		people, estimated, known := k.people(a.Population)
		f.People += people
		f.Estimated = f.Estimated || estimated
		f.Unknown = f.Unknown || !known
	}
	f.busiest(c, a)
	f.BookingsPerSecond = float64(f.BusiestPeople) * a.FirstShare / a.FirstSpan.Seconds()
	f.RequestsPerSecond = f.BookingsPerSecond * float64(a.RequestsPerBooking)
	f.AdmittedRequests = float64(c.Gate.RatePerSecond * a.RequestsPerBooking)
	f.AdmissionHours = float64(f.BusiestPeople) / float64(c.Gate.RatePerSecond) / 3600
	f.doses(c, a)
	if a.MeasuredLimit > 0 {
		f.AdmittedWithin = known(f.AdmittedRequests <= float64(a.MeasuredLimit))
		if !f.Unknown {
			f.DemandWithin = known(f.RequestsPerSecond <= float64(a.MeasuredLimit))
		}
	}
	return f
}

// busiest finds the window that is the first chance of the most people: who
// could have booked before comes back in much smaller numbers.
func (f *Forecast) busiest(c *Campaign, a Assumptions) {
	served := make([][10]bool, len(c.Cohorts))
	for _, w := range c.Windows {
		people := 0.0
		for i, k := range c.Cohorts {
			if !slices.Contains(w.Cohorts, k.Name) {
				continue
			}
			before := served[i]
			if j, ok := c.coveredBy(i); ok {
				before = served[j]
			}
			n, _, _ := k.people(a.Population)
			for digit := range 10 {
				if w.Rotation != nil && w.Rotation.Digit != digit {
					continue
				}
				if !before[digit] && !served[i][digit] {
					people += float64(n) * digitShare(digit)
				}
				served[i][digit] = true
			}
		}
		if n := int(people + 0.5); n > f.BusiestPeople || f.BusiestWindow == "" {
			f.BusiestWindow, f.BusiestPeople = w.Name, n
		}
	}
}

func (f *Forecast) doses(c *Campaign, a Assumptions) {
	switch {
	case a.DosesPerDay > 0:
		n := a.DosesPerDay * f.ShotDays
		if c.Quota != nil {
			n = min(n, *c.Quota)
		}
		f.Doses = &n
	case c.Quota != nil:
		n := *c.Quota
		f.Doses = &n
	}
	if f.Doses != nil && !f.Unknown {
		f.DosesEnough = known(*f.Doses >= f.People)
	}
}

func known(b bool) *bool { return &b }

// digitShare is the part of all people whose day of birth ends in the digit.
func digitShare(digit int) float64 {
	days := 0
	for d := (caldate.Date{Year: 2001, Month: time.January, Day: 1}); d.Year == 2001; d = d.AddDays(1) {
		if d.Day%10 == digit {
			days++
		}
	}
	return float64(days) / 365
}

// people is the number given in the file, else the estimate for birth dates.
func (k Cohort) people(p Population) (n int, estimated, known bool) {
	if k.People > 0 {
		return k.People, false, true
	}
	if p == nil || len(k.Occupations) > 0 || k.BornFrom == nil && k.BornTo == nil {
		return 0, false, false
	}
	return p.Born(k.BornFrom, k.BornTo), true, true
}

// coveredBy finds another cohort that already counts the people of cohort i,
// as a second chance for some of them has.
func (c *Campaign) coveredBy(i int) (j int, ok bool) {
	for j, other := range c.Cohorts {
		if j != i && other.covers(c.Cohorts[i]) && (j < i || !c.Cohorts[i].covers(other)) {
			return j, true
		}
	}
	return 0, false
}

func (k Cohort) covers(o Cohort) bool {
	samePrior := k.PriorDoses == nil && o.PriorDoses == nil ||
		k.PriorDoses != nil && o.PriorDoses != nil && *k.PriorDoses == *o.PriorDoses
	from := k.BornFrom == nil || o.BornFrom != nil && !o.BornFrom.Before(*k.BornFrom)
	to := k.BornTo == nil || o.BornTo != nil && !o.BornTo.After(*k.BornTo)
	return samePrior && from && to && (len(k.Occupations) == 0 || slices.Equal(k.Occupations, o.Occupations))
}
