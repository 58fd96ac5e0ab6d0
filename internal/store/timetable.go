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

// timetable is one clinic's bookable times in the agency's zone.
type timetable struct {
	clinic   *clinic.Clinic
	own      ownHours
	zone     *time.Location
	minutes  int
	holidays []caldate.Date
	days     map[caldate.Date][]clinic.SlotTime // worked out before, for one request
}

var _ booking.Timetable = timetable{}

func (s *Store) timetable(k *clinic.Clinic) timetable {
	a := s.opts.Agency
	return timetable{clinic: k, own: s.hours.of(string(k.ID)), zone: a.Zone, minutes: a.SlotMinutes, holidays: a.HolidayDates(), days: map[caldate.Date][]clinic.SlotTime{}}
}

func (t timetable) slots(day caldate.Date) []clinic.SlotTime {
	slots, known := t.days[day]
	if !known {
		slots = t.clinic.SlotsBy(t.own.schedule, day, t.minutes, t.holidays)
		t.days[day] = slots
	}
	return slots
}

// Times are the beginnings of the day's slots.
func (t timetable) Times(day caldate.Date) []time.Time {
	var all []time.Time
	for _, slot := range t.slots(day) {
		all = append(all, day.At(slot.StartMinute/60, slot.StartMinute%60, t.zone).UTC())
	}
	return all
}

// capacity is how many people the slot beginning at start takes; 0: no such slot.
func (t timetable) capacity(start time.Time) int {
	day, local := caldate.Of(start, t.zone), start.In(t.zone)
	minute := local.Hour()*60 + local.Minute()
	for _, slot := range t.slots(day) {
		if slot.StartMinute == minute && day.At(minute/60, minute%60, t.zone).Equal(start) { // not the hour that comes twice
			return slot.Capacity
		}
	}
	return 0
}

// Time is one time a first dose can be booked at, as last seen.
type Time struct {
	Start    time.Time
	Capacity int
	Left     int

	keeper  gate.Lane // for which it is kept until release
	release time.Time
}

// lateAfter is how old the counts may be before lists say that they are late.
const lateAfter = 3 * time.Minute

// Times lists a clinic's times for first doses of a campaign, from memory. Times
// that have passed or are kept for another lane (rule G52) are left out; full ones are in the list. late says that the
// counts are not fresh: the list stands, the places may be fewer (R11).
func (s *Store) Times(p Published, lane gate.Lane, clinicID string) (times []Time, late bool, err error) {
	d := s.Directory()
	if d == nil {
		return nil, true, fault.New(fault.Unavailable, "clinic.not_imported")
	}
	k, err := d.Clinic(clinic.ID(clinicID))
	if err != nil {
		return nil, false, err
	}
	now := s.now()
	for _, one := range s.layout(p, k) {
		if !one.Start.After(now) || !gate.MayTake(lane, one.keeper, one.release, now) {
			continue
		}
		one.Left = max(0, one.Capacity-s.available.Taken(booking.Slot{Clinic: clinicID, Start: one.Start}))
		times = append(times, one)
	}
	return times, now.Sub(s.available.ReadAt(clinicID)) > lateAfter, nil
}

// layout is what a clinic offers for first doses of a campaign when nobody has
// booked. It is worked out once: lists of clinics are looked at all the time.
func (s *Store) layout(p Published, k *clinic.Clinic) []Time {
	l, err := s.line(string(p.Campaign.ID))
	if err != nil || l.published.Campaign != p.Campaign {
		return s.timetable(k).lay(p.Campaign) // moved meanwhile
	}
	t := s.timetable(k)
	if kept, ok := l.layouts.Load(k); ok && kept.(layout).hours == t.own.version {
		return kept.(layout).all
	}
	all := t.lay(p.Campaign)
	l.layouts.Store(k, layout{t.own.version, all})
	return all
}

// layout is what a clinic offered by one version of its own hours.
type layout struct {
	hours int64
	all   []Time
}

func (t timetable) lay(c *campaign.Campaign) []Time {
	var all []Time
	shares := lanesOf(c)
	for day := c.Shots.First; !day.After(c.Shots.Last); day = day.AddDays(1) {
		for _, slot := range t.slots(day) {
			start := day.At(slot.StartMinute/60, slot.StartMinute%60, t.zone).UTC()
			keeper, release := shares.Keeper(string(t.clinic.ID), start)
			all = append(all, Time{Start: start, Capacity: slot.Capacity, keeper: keeper, release: release})
		}
	}
	return all
}

// Left is how many first doses a clinic could still give in a campaign, as last seen.
func (s *Store) Left(p Published, lane gate.Lane, clinicID string) int {
	times, _, err := s.Times(p, lane, clinicID)
	if err != nil {
		return 0
	}
	left := 0
	for _, t := range times {
		left += t.Left
	}
	return left
}

// clinicBucket is the bucket of a clinic's slots and holds.
func clinicBucket(id string) int16 { return booking.ClinicBucket(id) }
