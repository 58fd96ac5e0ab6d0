package store

import (
	"context"
	"sync"
	"time"

	"naru/internal/clinic"
	"naru/internal/fault"
)

// ownHours are what a clinic lays down about its opening; version 0: nothing.
type ownHours struct {
	version  int64
	schedule clinic.Schedule
}

// hoursBook is every clinic's own hours as this node knows them: for lists, and for
// the first thought of a hold. The clinic's row decides. Safe for concurrent use.
type hoursBook struct {
	mu    sync.RWMutex
	all   map[string]ownHours
	whole time.Time // when all were last read
}

func (b *hoursBook) of(clinicID string) ownHours {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.all[clinicID]
}

// learn takes hours in; an older version is not news.
func (b *hoursBook) learn(clinicID string, h ownHours) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.all == nil {
		b.all = map[string]ownHours{}
	}
	if h.version > b.all[clinicID].version {
		b.all[clinicID] = h
	}
}

func (s *Store) learnHours(r *hoursRow) {
	schedule, err := clinic.ParseSchedule(r.schedule)
	if err != nil {
		s.opts.Log.Error("the hours of a clinic cannot be read", "clinic", r.clinic, "error", err)
		return
	}
	s.hours.learn(r.clinic, ownHours{r.version, schedule})
}

// How the nodes follow one another's hours: what changed lately each second, looked
// for with an overlap longer than a batch can take, and all of it each minute.
const (
	hoursOverlap = 30 * time.Second
	hoursWhole   = time.Minute
	hoursTries   = 3 // of one hold, while the clinic changes its hours
)

// followHours reads what the clinics have changed.
func (s *Store) followHours(ctx context.Context, whole bool) error {
	now := s.now()
	since := now.Add(-hoursOverlap).Unix()
	if whole = whole || now.Sub(s.hours.whole) >= hoursWhole; whole { // the loop that follows only
		since = 0
	}
	err := s.booking.Read(ctx, `SELECT `+hoursTable.ColumnNames()+` FROM clinic_hours WHERE changed_at >= $1`, []any{since}, func(scan func(...any) error) error {
		r := &hoursRow{}
		if err := scan(r.Into()...); err != nil {
			return err
		}
		s.learnHours(r)
		return nil
	})
	if err != nil {
		return unavailable("read hours", err)
	}
	if whole {
		s.hours.whole = now
	}
	return nil
}

// errHoursMoved says that a clinic has changed its hours since its places were
// worked out; whoever meets it works them out again (rule K24).
var errHoursMoved = fault.New(fault.Conflict, "clinic.hours_moved")

// wantHours names a clinic's hours and keeps them as they are until the transaction
// ends: hours that nobody has laid down yet are no row that could be locked.
func (h *bookingHouse) wantHours(clinicID string) {
	if h.shareHours(false) == nil { // if not, hoursOf says why
		h.hours.Want(keyOfClinic(clinicID))
	}
}

// hoursOf reads a clinic's hours, of version 0 when it has laid none down; nobody changes them until the transaction ends.
func (h *bookingHouse) hoursOf(clinicID string) (*hoursRow, error) {
	if err := h.shareHours(false); err != nil {
		return nil, err
	}
	r, found, err := h.hours.One(keyOfClinic(clinicID))
	if err != nil || !found {
		return &hoursRow{}, err
	}
	return r, nil
}

func (h *bookingHouse) shareHours(alone bool) error {
	if h.hoursAlone || h.hoursShared && !alone {
		return nil
	}
	if err := h.Share("clinic hours", alone); err != nil {
		return err
	}
	h.hoursShared, h.hoursAlone = true, alone
	return nil
}

// Hours are what a clinic lays down about itself, and their version: what SetHours
// must be given again.
func (s *Store) Hours(clinicID string) (clinic.Schedule, int64) {
	own := s.hours.of(clinicID)
	return own.schedule, own.version
}

// hoursAct changes a clinic's hours, and begins what is to be done for the people
// whom that concerns, in one transaction.
type hoursAct struct {
	clinic   string
	before   int64 // the version that is changed
	schedule clinic.Schedule
	closing  *closingRow // nil: nobody can be concerned
	written  *hoursRow
	refusal  error
}

// Bucket says where the act belongs.
func (a *hoursAct) Bucket() int16 { return clinicBucket(a.clinic) }

// Wants locks the hours alone: no hold is decided by what they were from here on.
func (a *hoursAct) Wants(h *bookingHouse) {
	if h.shareHours(true) == nil {
		h.hours.Want(keyOfClinic(a.clinic))
	}
}

// Run writes unless somebody else was first.
func (a *hoursAct) Run(h *bookingHouse) error {
	a.written, a.refusal = nil, nil
	if err := h.shareHours(true); err != nil {
		return err
	}
	row, err := h.hoursOf(a.clinic)
	if err != nil {
		return err
	}
	if row.version != a.before {
		a.refusal = fault.New(fault.Conflict, "clinic.hours_changed")
		return nil
	}
	a.written = &hoursRow{keyOfClinic(a.clinic), a.before + 1, a.schedule.Text(), h.Now.Unix()}
	if row.version == 0 {
		err = h.hours.Add(a.written)
	} else {
		row.version, row.schedule, row.changedAt = a.written.version, a.written.schedule, a.written.changedAt
		h.hours.Change(row)
	}
	if err != nil {
		return err
	}
	if a.closing == nil {
		return nil
	}
	closing := *a.closing
	closing.at = h.Now.Unix()
	return h.closings.Add(&closing)
}
