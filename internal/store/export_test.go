package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"naru/internal/audit"
	"naru/internal/booking"
	"naru/internal/db"
	"naru/internal/gate"
	"naru/internal/message"
	"naru/internal/person"
)

// ErrStopped is what every act answers from the crash on that a test made.
var ErrStopped = errors.New("stopped by the test")

// BeforeAct calls f with the name of each act ("reserve", "take", ...) before it
// is handed over, but for those that no caller waits for. An error from f stops
// the caller there.
func (s *Store) BeforeAct(f func(name string) error) {
	s.beforeAct(f, func() error { return nil })
}

func (s *Store) beforeAct(f func(name string) error, alone func() error) {
	named := func(a any) error {
		name := strings.TrimLeft(fmt.Sprintf("%T", a), "*")
		return f(strings.TrimSuffix(strings.TrimPrefix(name, "store."), "Act"))
	}
	s.finished.wait(context.Background(), time.Minute)
	s.gate.Before = func(a gateAct) error {
		if end, ok := a.(endSeatAct); ok && end.to == admissionDone {
			return alone()
		}
		return named(a)
	}
	s.booking.Before = func(a bookingAct) error { return named(a) }
	s.record.Before = func(a db.Act[*recordHouse]) error { return named(a) }
}

// BeforeSeatEnds calls f before the seat of somebody who has booked is given back; an
// error from it is what the store answers. It must be called when no seat is under way.
func (s *Store) BeforeSeatEnds(f func() error) {
	s.beforeAct(func(string) error { return nil }, f)
}

// SeatsToEnd is how many seats are still to be given back.
func (s *Store) SeatsToEnd() int {
	s.finished.mu.Lock()
	defer s.finished.mu.Unlock()
	return len(s.finished.tickets)
}

// CrashAfter lets n more acts through, over the databases of the gate, bookings and records. From the next one
// on nothing is written any more, as if the process had ended; stopped tells
// whether it came to that.
func (s *Store) CrashAfter(n int) (stopped func() bool) {
	left := atomic.Int64{}
	left.Store(int64(n))
	s.beforeAct(func(string) error {
		if left.Add(-1) < 0 {
			return ErrStopped
		}
		return nil
	}, func() error {
		if left.Load() <= 0 {
			return ErrStopped
		}
		return nil
	})
	return func() bool { return left.Load() < 0 }
}

// StateOf reads the state of a reservation number from the databases, "" when it
// is not there.
func StateOf(ctx context.Context, dir, url string, n booking.Number) (booking.State, error) {
	states, err := States(ctx, dir, url)
	return states[n], err
}

// States reads the state of every reservation number from the databases. What a
// change left behind (an old time, a try that came to nothing) is no state of it.
func States(ctx context.Context, dir, url string) (map[booking.Number]booking.State, error) {
	snap, err := db.OpenSnapshot(ctx, dir, url, "booking")
	if err != nil {
		return nil, err
	}
	states := map[booking.Number]booking.State{}
	err = snap.Read(ctx, "SELECT number, state FROM booking.reservation WHERE dose = 1 ORDER BY state IN ('pending', 'booked', 'cancelled')", nil, func(scan func(...any) error) error {
		var n booking.Number
		var state booking.State
		err := scan(&n, &state)
		states[n] = state
		return err
	})
	return states, errors.Join(err, snap.Close())
}

// LobbyOf reads how many are in the roll that was called, and how many tickets of
// the lobby there are.
func LobbyOf(ctx context.Context, dir, url string) (inRoll, inTable int, err error) {
	snap, err := db.OpenSnapshot(ctx, dir, url, "gate")
	if err != nil {
		return 0, 0, err
	}
	err = snap.Read(ctx, "SELECT coalesce(lobby_size, -1), (SELECT count(*) FROM gate.ticket WHERE kind = 1) FROM gate.line", nil,
		func(scan func(...any) error) error { return scan(&inRoll, &inTable) })
	return inRoll, inTable, errors.Join(err, snap.Close())
}

// LastJoins reads when each claim was last joined, unix seconds.
func LastJoins(ctx context.Context, dir, url string) (all []int64, err error) {
	snap, err := db.OpenSnapshot(ctx, dir, url, "gate")
	if err != nil {
		return nil, err
	}
	err = snap.Read(ctx, "SELECT asked_at FROM gate.ticket", nil, func(scan func(...any) error) error {
		var at int64
		err := scan(&at)
		all = append(all, at)
		return err
	})
	return all, errors.Join(err, snap.Close())
}

// Recount reads the counts for display anew, as each node does now and then.
func (s *Store) Recount(ctx context.Context) error { return s.recountAll(ctx) }

// StaleStep tries the phase change of a leader that does not know that another
// has taken over.
func (s *Store) StaleStep(ctx context.Context, campaign string, from, to gate.Phase) error {
	return s.atGate(ctx, &phaseAct{fence: s.Fence(), campaign: campaign, from: from, to: to})
}

// Seat gives people proven sessions without the way through the gate, for
// benchmarks of what comes after it.
func (s *Store) Seat(ctx context.Context, campaign string, claims []person.Claim) ([]gate.Session, error) {
	var all []gate.Session
	var wg sync.WaitGroup
	errs := make([]error, len(claims))
	for i, c := range claims {
		a := &seatAct{proof: s.proof(c, [32]byte{1}, "")}
		a.ses = gate.Session{
			Campaign: campaign, Epoch: 1, ID: a.proof.freshSession, Browser: [32]byte{1}, Proven: true,
			Person: string(a.proof.fresh.key.person), Expires: s.now().Add(time.Hour),
		}
		all = append(all, a.ses)
		wg.Go(func() { errs[i] = s.inBooking(ctx, a) })
	}
	wg.Wait()
	return all, errors.Join(errs...)
}

type seatAct struct {
	proof *proofAct
	ses   gate.Session
}

func (a *seatAct) Run(h *bookingHouse) error {
	if err := a.proof.findPerson(h); err != nil {
		return err
	}
	return h.sessions.Add(&sessionRow{
		bucket: a.proof.claims[0].Bucket(), person: a.ses.Person, campaign: a.ses.Campaign, session: a.ses.ID[:],
		ticket: a.ses.Ticket[:], expires: a.ses.Expires.Unix(), draft: "{}",
	})
}

// Tables are the tables that acts read and write, by schema and name.
func Tables() map[string]*db.Table {
	all := map[string]*db.Table{}
	for _, t := range []*db.Table{leaseTable, lineTable, lateTable, laneTable, lanePlaceTable, ticketTable, admissionTable, admittedTable, earlyTable} {
		all["gate."+t.Name] = t
	}
	for _, t := range []*db.Table{
		lookupTable, stableTable, personTable, attemptTable, listTable, phoneTable, challengeTable, tryTable, sessionTable,
		reservationTable, answerTable, holdTable, slotTable, outboxTable, bookedByTable, guardTable,
		hoursTable, attendanceTable, closingTable, concernTable, paceTable,
	} {
		all["booking."+t.Name] = t
	}
	for _, t := range []*db.Table{entryOfRecordTable, credentialTable} {
		all["record."+t.Name] = t
	}
	return all
}

// SetCap sets how many sessions may be live at once.
func (s *Store) SetCap(ctx context.Context, campaignID string, sessions int) error {
	return s.Steer(ctx, campaignID, Steering{Cap: &sessions}, "test")
}

// ReadStaff reads the database of staff.
func (s *Store) ReadStaff(query string, args []any, each func(scan func(...any) error) error) error {
	return s.staff.Read(context.Background(), query, args, each)
}

// Fence is the fence of the lease this node last held.
func (s *Store) Fence() int64 {
	s.leads.mu.Lock()
	defer s.leads.mu.Unlock()
	return s.leads.fence
}

// ExecStaff changes the database of staff past every rule, as somebody who has it
// might.
func (s *Store) ExecStaff(query string, args ...any) error {
	return s.inStaff(context.Background(), &execStaffAct{query, args})
}

type execStaffAct struct {
	query string
	args  []any
}

func (a *execStaffAct) Run(h *staffHouse) error {
	_, err := h.Exec(a.query, a.args...)
	return err
}

// Chain names this start's chain of the audit.
func (s *Store) Chain() string { return s.chain }

// SetWitness gives the store another witness.
func (s *Store) SetWitness(w Witness) { s.opts.Witness = w }

// Rewrite works out every hash of the audit anew, as somebody would who wants a
// changed history to look right.
func (s *Store) Rewrite(ctx context.Context) error {
	var all []audit.Entry
	err := s.staff.Read(ctx, `SELECT `+entryColumns+` FROM audit_entry ORDER BY chain, seq`, nil, func(scan func(...any) error) error {
		e, err := scanEntry(scan)
		all = append(all, e)
		return err
	})
	if err != nil {
		return err
	}
	var sum audit.Hash
	for _, e := range all {
		if e.Seq == 1 {
			sum = audit.Hash{}
		}
		sum = audit.Next(sum, e)
		if err := s.ExecStaff(`UPDATE audit_entry SET hash = $1 WHERE chain = $2 AND seq = $3`, sum[:], e.Chain, e.Seq); err != nil {
			return err
		}
		if err := s.ExecStaff(`UPDATE audit_chain SET hash = $1 WHERE chain = $2 AND seq = $3`, sum[:], e.Chain, e.Seq); err != nil {
			return err
		}
	}
	return nil
}

// Post writes a message as an act of a person does, and returns its id.
func (s *Store) Post(ctx context.Context, phone string, kind message.Kind, values map[string]string) (string, error) {
	l := s.letter(7, phone, "ko", kind, values)
	return l.id, s.inBooking(ctx, postAct{l})
}

type postAct struct{ l letter }

func (a postAct) Run(h *bookingHouse) error { return h.post(a.l) }
