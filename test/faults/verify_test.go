//go:build linux

package faults

import (
	"context"
	"encoding/hex"
	"fmt"
	"testing"
	"time"

	"naru/internal/db"
	"naru/internal/history"
	"naru/internal/store"
)

// checkLimit bounds the search for one order of a history.
const checkLimit = 2 * time.Minute

// verdict is what a faulted run came to.
type verdict struct {
	scenario, faults       string
	silence                time.Duration
	slots, people, tickets history.Result
	report                 store.Report
	lostAcks, changed      int
}

// verify looks into the database, after everybody went home, and judges.
func (w *crowd) verify(t *testing.T, scenario, faults string) verdict {
	t.Helper()
	v := verdict{scenario: scenario, faults: faults, silence: w.silence(w.from)}
	dir, url := w.cluster.nodes[0].dir, w.cluster.db
	for _, why := range w.never {
		t.Errorf("no answer for good: %s", why)
	}
	for _, why := range w.strange {
		t.Errorf("an answer of code internal: %s", why)
	}
	var err error
	v.report, err = store.Check(context.Background(), dir, url)
	must(t, err)
	if !v.report.Sound() {
		t.Errorf("invariants broken: %+v", v.report)
	}
	d := w.readDatabase(t, dir, url)
	v.lostAcks, v.changed = w.lostAcks(t, d), w.changedTickets(t, d)
	w.checkHistories(t, d, &v)
	w.tell(t, v)
	return v
}

// database is what is stored, as far as people were told of it.
type database struct {
	states     map[string]string // of reservations, by number
	tickets    map[string]told   // by id
	taken      map[history.Slot]int
	capacities map[history.Slot]int
	shared     map[string]bool // late numbers that a recovery shares, as campaign/number
}

func (d database) sharesNumber(campaign string, number uint64) bool {
	return d.shared[fmt.Sprintf("%s/%d", campaign, number)]
}

func (w *crowd) readDatabase(t *testing.T, dir, url string) database {
	t.Helper()
	ctx := context.Background()
	d := database{map[string]string{}, map[string]told{}, map[history.Slot]int{}, map[history.Slot]int{}, map[string]bool{}}
	snap, err := db.OpenSnapshot(ctx, dir, url, "booking", "gate")
	must(t, err)
	must(t, snap.Read(ctx, `SELECT number, state FROM booking.reservation WHERE dose = 1`, nil, func(scan func(...any) error) error {
		var number, state string
		err := scan(&number, &state)
		d.states[number] = state
		return err
	}))
	must(t, snap.Read(ctx, `SELECT campaign, number FROM gate.recovery`, nil, func(scan func(...any) error) error {
		var campaign string
		var number uint64
		err := scan(&campaign, &number)
		d.shared[fmt.Sprintf("%s/%d", campaign, number)] = true
		return err
	}))
	must(t, snap.Read(ctx, `SELECT ticket_id, kind, number FROM gate.ticket`, nil, func(scan func(...any) error) error {
		var id []byte
		var kind int
		var number int64
		err := scan(&id, &kind, &number)
		d.tickets[hex.EncodeToString(id)] = told{Late: kind == 2, Place: uint64(number)} //nolint:gosec // a count
		return err
	}))
	must(t, snap.Read(ctx, `SELECT clinic_id, start, capacity, taken FROM booking.slot`, nil, func(scan func(...any) error) error {
		var clinic string
		var start int64
		var capacity, taken int
		err := scan(&clinic, &start, &capacity, &taken)
		d.capacities[slotOf(clinic, start)], d.taken[slotOf(clinic, start)] = capacity, taken
		return err
	}))
	must(t, snap.Close())
	return d
}

// lostAcks counts bookings and cancellations that were acknowledged and are not so.
func (w *crowd) lostAcks(t *testing.T, d database) (n int) {
	t.Helper()
	for number, b := range w.bookings {
		state, want := d.states[number], "booked"
		if b.cancelled {
			want = "cancelled"
		}
		if state != want && (state != "cancelled" || !b.cancel) {
			n++
			t.Errorf("%s of person %d was acknowledged to be %s and is %q", number, b.person, want, state)
		}
	}
	return n
}

// changedTickets counts tickets that are not there as they were told.
func (w *crowd) changedTickets(t *testing.T, d database) (n int) {
	t.Helper()
	for person, a := range w.tickets {
		if now, there := d.tickets[a.ID]; !there || now.Late != a.Late || now.Place != a.Place {
			n++
			t.Errorf("the ticket of person %d was %s, late %v %d, and is there: %v, late %v %d", person, a.ID, a.Late, a.Place, there, now.Late, now.Place)
		}
	}
	return n
}

// checkHistories counts the slots people asked for, and looks for one order of
// everything.
func (w *crowd) checkHistories(t *testing.T, d database, v *verdict) {
	t.Helper()
	asked := map[history.Slot]bool{}
	for _, r := range w.Records() {
		if h, ok := r.Act.(history.Hold); ok {
			asked[h.Slot] = true
		}
	}
	for slot := range asked {
		w.Begin(-1, history.Count{Slot: slot}).End(history.Counted{Taken: d.taken[slot]})
	}
	rules := history.SlotRules{FreedLate: true, Capacity: func(s history.Slot) int { return d.capacities[s] }}
	for _, c := range []struct {
		into  *history.Result
		model history.Model
	}{{&v.slots, history.Slots(rules)}, {&v.people, history.Persons()}, {&v.tickets, history.Tickets(history.TicketRules{Shared: d.sharesNumber})}} {
		var err error
		if *c.into, err = history.Check(w.Recorder, c.model, checkLimit); err != nil {
			t.Errorf("%.3000v", err)
		} else if c.into.Ops == 0 {
			t.Error("a history of nothing proves nothing")
		}
	}
}

func (w *crowd) tell(t *testing.T, v verdict) {
	t.Helper()
	t.Logf("%s, %s: %d people, %d acknowledged, %d not answered at first, longest silence %v; told %v; %+v; histories: %+v %+v %+v", v.scenario, v.faults,
		w.people.Load(), len(w.acks), w.lost, v.silence.Round(time.Millisecond), w.said, v.report, v.slots, v.people, v.tickets)
	if len(w.bookings) == 0 {
		t.Error("nothing was booked: the run proves nothing")
	}
	report.add(v.scenario, v.faults, w.people.Load(), len(w.acks), v.report.Booked, v.lostAcks, v.changed, w.lost,
		v.silence.Round(10*time.Millisecond), fmt.Sprintf("%d, %d, %d", v.slots.Ops, v.people.Ops, v.tickets.Ops))
}

// silence is the longest time between two acknowledgements, from one moment on
// until people went home; nodes: by these alone, none: by any.
func (w *crowd) silence(from time.Duration, nodes ...int) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	var longest time.Duration
	var last time.Time
	for _, a := range w.acks {
		if a.at.Sub(w.began) < from || !w.worked.IsZero() && a.at.After(w.worked) || len(nodes) > 0 && !has(nodes, a.node) {
			continue
		}
		if !last.IsZero() {
			longest = max(longest, a.at.Sub(last))
		}
		last = a.at
	}
	return longest
}

func has(all []int, one int) bool {
	for _, n := range all {
		if n == one {
			return true
		}
	}
	return false
}

// acknowledged is how many acknowledgements there were so far.
func (w *crowd) acknowledged() int { w.mu.Lock(); defer w.mu.Unlock(); return len(w.acks) }

// works waits for the crowd to get so many more acknowledgements.
func (w *crowd) works(t *testing.T, more int, within time.Duration) time.Duration {
	t.Helper()
	start, before := time.Now(), w.acknowledged()
	if !until(within, func() bool { return w.acknowledged() >= before+more }) {
		t.Fatalf("%d acknowledgements in %v, %d wanted", w.acknowledged()-before, within, more)
	}
	return time.Since(start)
}
