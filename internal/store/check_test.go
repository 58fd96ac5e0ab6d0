package store_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"naru/internal/store"
)

// counted are the counters of a report that are not 0, but for those that may be.
func counted(t testing.TB, r store.Report) (names []string) {
	t.Helper()
	text, err := json.Marshal(r)
	must(t, err)
	var all map[string]int
	must(t, json.Unmarshal(text, &all))
	for name, n := range all {
		if n != 0 && !slices.Contains([]string{"joined", "admitted", "booked", "pending", "late_gaps"}, name) {
			names = append(names, name)
		}
	}
	return slices.Sorted(slices.Values(names))
}

// Every counter counts what it names: one thing is broken by hand, and these
// counters tell.
func TestCheckFindsWhatMustNeverBe(t *testing.T) {
	t.Parallel()
	h := crowdedFolder(t, 60)
	const booked = `(SELECT number FROM reservation WHERE state = 'booked' ORDER BY number LIMIT 1)`
	for _, c := range []struct{ what, file, query, want string }{
		{"a place more than were taken", "booking", `UPDATE slot SET taken = taken + 1 WHERE rowid_of`, "miscounted"},
		{"more holds than capacity", "booking", `UPDATE slot SET capacity = taken WHERE taken > 0; INSERT INTO hold SELECT 'x' || substr(hold_id, 2), bucket, dose, clinic_id, start FROM hold LIMIT 1`, "miscounted misfiled orphaned oversold"},
		{"a booked dose without a place", "booking", `UPDATE hold SET start = start + 60 WHERE hold_id = (SELECT hold_id FROM reservation WHERE number = ` + booked + `) AND dose = 1`, "miscounted unbacked"},
		{"one dose of two cancelled", "booking", `UPDATE reservation SET state = 'cancelled', due = expires_at WHERE number = ` + booked + ` AND dose = 2`, "torn"},
		{"doses at two clinics", "booking", `UPDATE reservation SET clinic_id = 'elsewhere' WHERE number = ` + booked + ` AND dose = 2`, "torn unbacked"},
		{"the second dose a week early", "booking", `UPDATE reservation SET start = start - 7 * 86400 WHERE number = ` + booked + ` AND dose = 2`, "misspaced unbacked"},
		{"the second dose an hour early on the day before", "booking", `UPDATE reservation SET start = start - 25 * 3600 WHERE number = ` + booked + ` AND dose = 2`, "misspaced unbacked"},
		{"places said to be given back", "booking", `UPDATE reservation SET freed = 1 WHERE number = ` + booked + ` AND dose = 1`, "freed_live"},
		{"places nobody will give back", "booking", `UPDATE reservation SET state = 'expired', freed = 1, due = 0 WHERE state = 'pending'`, "orphaned"},
		{"a reservation gone", "booking", `DELETE FROM reservation WHERE number = ` + booked, "lost_answers orphaned"},
		{"a person whom no claim leads to", "booking", `DELETE FROM person_lookup WHERE person_id = (SELECT person_id FROM reservation WHERE number = ` + booked + `)`, "lost_people"},
		{"a person gone", "booking", `DELETE FROM person WHERE person_id = (SELECT person_id FROM reservation WHERE number = ` + booked + `)`, "lost_people"},
		{"a message gone", "booking", `DELETE FROM outbox WHERE id = (SELECT id FROM outbox WHERE kind = 'booked' LIMIT 1)`, "untold"},
		{"a slot without capacity", "booking", `INSERT INTO slot SELECT bucket, clinic_id, start + 60, 0, 0 FROM slot LIMIT 1`, "bad_slots"},
		{"a person in another bucket", "booking", `UPDATE person SET bucket = (bucket + 1) % 1024 WHERE person_id = (SELECT min(person_id) FROM person)`, "lost_people misfiled"},
		{"a slot in another bucket", "booking", `UPDATE slot SET bucket = (bucket + 1) % 1024 WHERE rowid_of`, "miscounted misfiled"},
		{"an admission at another place", "gate", `UPDATE admission SET place = place - 1 WHERE place > 0 AND ticket_id = (SELECT max(ticket_id) FROM admission WHERE place > 0)`, "misplaced"},
		{"a session before its turn", "gate", `UPDATE admitted SET serving = place WHERE seq = (SELECT max(seq) FROM admitted)`, "jumped"},
		{"a line that went back", "gate", `UPDATE line SET serving = 1`, "ahead"},
		{"a ticket gone", "gate", `DELETE FROM ticket WHERE ticket_id = (SELECT max(ticket_id) FROM ticket)`, "jumped lost_places"},
		{"a late number twice", "gate", `UPDATE ticket SET number = 0 WHERE kind = 2`, "jumped lost_places misplaced"},
		{"a late number not below the counter", "gate", `UPDATE late SET next = next - 1`, "lost_places"},
		{"a reservation of nobody who was admitted", "gate", `DELETE FROM admitted WHERE ticket_id = (SELECT max(ticket_id) FROM admitted)`, "bypasses unrecorded"},
		{"a second leader", "gate", `INSERT INTO lease VALUES ('other', 'x', 1, 1)`, "extra_leases"},
		{"a late number nobody has", "gate", `UPDATE late SET next = next + 3`, ""},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			must(t, os.CopyFS(dir, os.DirFS(h.dir)))
			before, err := store.Check(t.Context(), dir, "")
			must(t, err)
			query := strings.ReplaceAll(c.query, "rowid_of", `(clinic_id, start) = (SELECT clinic_id, start FROM slot WHERE taken < capacity AND taken > 0 LIMIT 1)`)
			alter(t, dir, c.file, query)
			r, err := store.Check(t.Context(), dir, "")
			must(t, err)
			got := strings.Join(counted(t, r), " ")
			if got != c.want || r.Sound() != (c.want == "") {
				t.Errorf("counted %q, want %q; sound %v", got, c.want, r.Sound())
			}
			if c.what == "a late number nobody has" && r.LateGaps != before.LateGaps+3 {
				t.Errorf("%d gaps, before %d", r.LateGaps, before.LateGaps)
			}
		})
	}
}

// The check is right while people come, hold, book and cancel, and the sweeper
// works: it never tells of something that is not.
func TestCheckBesideWriters(t *testing.T) { onBoth(t, testCheckBesideWriters) }

func testCheckBesideWriters(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	h := newHouse(t)
	const people = 150
	must(t, h.SetCap(ctx, campaignID, 2*people))
	crowd := make([]*citizen, people)
	for n := range crowd {
		crowd[n] = h.citizen(n)
	}
	h.lead(1)
	h.openGate()
	checks := 0
	func() {
		stop := h.keepChecking(&checks)
		defer stop()
		h.bookAndCancel(crowd)
	}()
	t.Logf("%d checks beside %d bookings", checks, 4*people)
	if checks < 3 {
		t.Errorf("%d checks only: the test proves little", checks)
	}
	h.sound()
}

// keepChecking checks again and again until it is stopped, and counts how often.
func (h *house) keepChecking(checks *int) (stop func()) {
	end := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-end:
				return
			default:
			}
			r, err := store.Check(context.Background(), h.dir, h.db)
			if err != nil || !r.Sound() {
				h.t.Errorf("a false alarm: %v %+v", err, r)
				return
			}
			*checks++
		}
	})
	return func() { close(end); wg.Wait() }
}

// bookAndCancel is a crowd that comes, holds, books, cancels and comes again; a
// quarter of it leaves its hold to the sweeper or replaces it.
func (h *house) bookAndCancel(crowd []*citizen) {
	h.t.Helper()
	ctx := context.Background()
	clinics := h.clinicIDs()
	allOf(h.t, crowd, func(_ int, c *citizen) error { return c.join() })
	h.enterAll(crowd)
	h.proveAll(crowd)
	for round := range 4 {
		var mu sync.Mutex
		var again []*citizen // whoever booked has no seat any more
		allOf(h.t, crowd, func(n int, c *citizen) error {
			r, err := c.holdSomewhere(clinics[(n/8+round)%len(clinics)], n+1000*round)
			if err != nil || n%4 == round {
				return err
			}
			if r, err = c.confirm(fmt.Sprintf("confirm-%d-%d", round, n), r.HoldID); err != nil {
				return err
			}
			mu.Lock()
			again = append(again, c)
			mu.Unlock()
			c.session = ""
			return c.cancel(ctx, r.Number, fmt.Sprintf("cancel-%d-%d", round, n))
		})
		h.clock.Add(time.Minute)
		must(h.t, h.Sweep(ctx))
		h.lead(1)
		h.enterAll(again)
		h.proveAll(again)
	}
}
