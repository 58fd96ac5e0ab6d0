package store

import (
	"time"

	"naru/internal/booking"
	"naru/internal/caldate"
	"naru/internal/campaign"
	"naru/internal/clinic"
	"naru/internal/fault"
	"naru/internal/gate"
)

// places are the slots a hold may take: the first dose's, and the second's in
// order of preference, each with its capacity. A change takes one, of any dose.
type places struct {
	clinic string
	dose   int // whose place first is
	first  place
	second []place // empty: one dose only
	likely int     // the first of second that is not full as far as this node knows
	all    bool    // second has every time there is

	counted counted // for which quota; a change counts for none
	hours   int64   // the version of the clinic's own hours that they were worked out by
}

type place struct {
	start    time.Time
	capacity int
}

// places works the slots out. Of the second dose's times it takes those up to the
// first day that seems to have room, or all.
// Times that are kept for another lane are not there (rule G52).
func (s *Store) places(p Published, lane gate.Lane, q HoldRequest, everyTime bool) (places, error) {
	d := s.Directory()
	if d == nil {
		return places{}, fault.New(fault.Unavailable, "clinic.not_imported")
	}
	k, err := d.Clinic(clinic.ID(q.Clinic))
	if err != nil {
		return places{}, err
	}
	c, t := p.Campaign, s.timetable(k)
	day := caldate.Of(q.Start, t.zone)
	capacity := t.capacity(q.Start)
	shares, now := lanesOf(c), s.now()
	if day.Before(c.Shots.First) || day.After(c.Shots.Last) || capacity == 0 || !q.Start.After(now) || kept(shares, lane, q.Clinic, q.Start, now) {
		return places{}, fault.New(fault.Invalid, "booking.no_such_time").With("Field", "start")
	}
	all := places{clinic: q.Clinic, dose: 1, first: place{q.Start, capacity}, all: true, likely: -1, hours: t.own.version}
	if c.Doses < 2 {
		return all, nil
	}
	for at := range s.terms(c).PlanSecond(t, q.Start, now) {
		if all.likely >= 0 && !everyTime && caldate.Of(at, t.zone) != caldate.Of(all.second[len(all.second)-1].start, t.zone) {
			all.all = false
			break
		}
		if kept(shares, lane, q.Clinic, at, now) {
			continue
		}
		second := place{at, t.capacity(at)}
		all.second = append(all.second, second)
		if all.likely < 0 && s.available.Taken(booking.Slot{Clinic: q.Clinic, Start: at}) < second.capacity {
			all.likely = len(all.second) - 1
		}
	}
	if len(all.second) == 0 {
		return places{}, errNoSecond
	}
	all.likely = max(all.likely, 0)
	return all, nil
}

// terms are what a campaign says about the days of its doses.
func (s *Store) terms(c *campaign.Campaign) booking.Terms {
	return booking.Terms{First: c.Shots.First, Last: c.Shots.Last, Zone: s.opts.Agency.Zone, Intervals: c.Intervals}
}

// kept says whether a time is kept for another lane.
func kept(shares gate.LaneShares, lane gate.Lane, clinic string, start, now time.Time) bool {
	keeper, release := shares.Keeper(clinic, start)
	return !gate.MayTake(lane, keeper, release, now)
}

// errNoSecond refuses a first dose whose second cannot be placed.
var errNoSecond = fault.New(fault.Full, "booking.second_dose_full")
