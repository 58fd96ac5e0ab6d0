package store_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"naru/internal/booking"
	"naru/internal/fault"
	"naru/internal/store"
)

// sweepOn sweeps again and again until it is stopped.
func sweepOn(t *testing.T, h *house) (stop func()) {
	t.Helper()
	var over atomic.Bool
	var wg sync.WaitGroup
	wg.Go(func() {
		for !over.Load() {
			if err := h.Sweep(context.Background()); err != nil {
				t.Errorf("sweep: %v", err)
			}
		}
	})
	return func() { over.Store(true); wg.Wait() }
}

// The sweeper on one node and confirms on another meet at the end of holds,
// round after round: who was told "booked" is booked, who was refused is not.
func TestRaceOfSweeperAndConfirm(t *testing.T) { onBoth(t, testRaceOfSweeperAndConfirm) } // rules B5, B7

func testRaceOfSweeperAndConfirm(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	h := newHouseOf(t, t.TempDir(), clinicsOf(t, 10, 9))
	h.openGate()
	nodes, times := h.nodes(), h.times("one")
	sweeper := nodes[len(nodes)-1]
	const rounds, people = 15, 6
	won := 0
	for n := range rounds {
		crowd := h.crowd(n*people, people)
		holds := make([]booking.Reservation, people)
		for i, ses := range crowd {
			var err error
			holds[i], err = h.Hold(ctx, ses, store.HoldRequest{Key: key("hold"), Clinic: "one", Start: times[n].Start})
			must(t, err)
		}
		h.clock.Add(holds[0].Expires.Sub(h.clock.Now()) - 4*time.Second)
		booked := make([]bool, people)
		stop := sweepOn(t, sweeper)
		var wg sync.WaitGroup
		for lane := range 2 {
			wg.Go(func() {
				for i := lane; i < people; i += 2 {
					_, err := h.Confirm(ctx, crowd[i], store.ConfirmRequest{Key: key("confirm"), Hold: holds[i].HoldID, Lang: "ko"})
					booked[i] = err == nil
					if err != nil && fault.CodeOf(err) != fault.Expired {
						t.Errorf("confirm: %v", err)
					}
					h.clock.Add(2 * time.Second) // up to the end, then past the grace
				}
			})
		}
		wg.Wait()
		stop()
		h.clock.Add(booking.SweepGrace)
		must(t, h.Sweep(ctx))
		states, err := store.States(ctx, h.dir, h.db)
		must(t, err)
		for i, r := range holds {
			if want := map[bool]booking.State{true: booking.Booked, false: booking.Expired}[booked[i]]; states[r.Number] != want {
				t.Fatalf("round %d: booked %v was answered, the state is %s", n, booked[i], states[r.Number])
			}
			if booked[i] {
				won++
			}
		}
	}
	if r := h.soundSeated(); r.Booked != won || r.Pending != 0 {
		t.Errorf("%d were told that they are booked, the database says %+v", won, r)
	}
	t.Logf("%d of %d confirms came before the end", won, rounds*people)
}

// A confirm on a node whose clock is behind comes between the sweeper's reading
// and its writing: what is booked is not swept.
func TestSweepLosesToAConfirm(t *testing.T) { onBoth(t, testSweepLosesToAConfirm) } // rule B7

func testSweepLosesToAConfirm(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	h := newTinyHouse(t)
	c := h.citizen(1).admit()
	clinicID, start := h.anyTime()
	held, err := c.hold("hold", clinicID, start)
	must(t, err)
	h.BeforeAct(func(name string) error {
		if name == "expire" {
			h.clock.Add(-time.Minute)
			_, err := c.confirm("confirm", held.HoldID)
			must(t, err)
			h.clock.Add(time.Minute)
		}
		return nil
	})
	h.clock.Add(booking.HoldLife + booking.SweepGrace)
	must(t, h.Sweep(ctx))
	must(t, h.Sweep(ctx))
	if r := h.sound(); r.Booked != 1 || h.left() != h.capacity()-1 {
		t.Errorf("%+v, %d of %d places are free", r, h.left(), h.capacity())
	}
}

// The sweeper meets changes at the end of theirs.
func TestRaceOfSweeperAndChange(t *testing.T) { onBoth(t, testRaceOfSweeperAndChange) } // rules B7, B16

func testRaceOfSweeperAndChange(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	h := newHouseOf(t, t.TempDir(), clinicsOf(t, 10, 9))
	h.openGate()
	nodes := h.nodes()
	sweeper := nodes[len(nodes)-1]
	o := h.owner(1, "one")
	want, won := o.booked.Doses[1].Start, 0
	for n := range 12 {
		to := o.start(2, time.Duration(n+1)*24*time.Hour)
		for to.Weekday() == time.Saturday || to.Weekday() == time.Sunday {
			to = to.Add(24 * time.Hour)
		}
		if to.Equal(want) {
			continue
		}
		k := fmt.Sprintf("change-%d", n)
		stopped := h.CrashAfter(1 + n%2) // moved, or taken too
		if _, err := o.change(k, 2, to); err == nil || !stopped() {
			t.Fatalf("the change was not left: %v", err)
		}
		h.clock.Add(booking.HoldLife - 3*time.Second)
		h.BeforeAct(func(name string) error { // the end, and the grace, come between two steps
			if name == "take" || name == "settle" {
				h.clock.Add(time.Duration(n%6) * time.Second)
			}
			return nil
		})
		o.lookUp()
		stop := sweepOn(t, sweeper)
		_, err := o.change(k, 2, to)
		stop()
		if code := fault.CodeOf(err); code != "" && code != fault.Expired {
			t.Fatalf("round %d: %v", n, err)
		}
		if err == nil {
			want = to
			won++
		}
		is(t, k, o.now(), booking.Booked, o.start(1, 0), want)
		h.sound()
	}
	h.clock.Add(booking.HoldLife + booking.SweepGrace)
	must(t, h.Sweep(ctx))
	if r := h.sound(); r.Pending != 0 {
		t.Errorf("at the end %+v", r)
	}
	t.Logf("%d changes came before the end", won)
}

// Both doses of one reservation are changed at once, on two nodes; each change is
// right alone, both together are not. One is made.
func TestRaceOfBothDoses(t *testing.T) { onBoth(t, testRaceOfBothDoses) } // rule B16

func testRaceOfBothDoses(t *testing.T) {
	t.Parallel()
	h := newHouseOf(t, t.TempDir(), clinicsOf(t, 30, 9))
	h.openGate()
	nodes := h.nodes()
	made := [2]int{}
	for n := range 20 {
		o := h.owner(n, "one")
		_, err := o.change("change-0", 2, o.start(2, week))
		must(t, err)
		to := [2]time.Time{o.start(1, 4*24*time.Hour), o.start(2, 2*24*time.Hour)}
		var errs [2]error
		var wg sync.WaitGroup
		for i := range 2 {
			wg.Go(func() { _, errs[i] = o.changeOn(nodes[i%len(nodes)], fmt.Sprintf("change-%d", i+1), i+1, to[i]) })
		}
		wg.Wait()
		want := [2]time.Time{o.start(1, 0), o.start(2, week)}
		won := 0
		for i, err := range errs {
			switch code := fault.CodeOf(err); code {
			case "":
				want[i] = to[i]
				made[i]++
				won++
			case fault.Conflict, fault.Invalid:
			default:
				t.Fatal(err)
			}
		}
		if won != 1 {
			t.Fatalf("round %d: %d of two changes were made (%v)", n, won, errs)
		}
		is(t, "the pair", o.now(), booking.Booked, want[:]...)
	}
	h.sound()
	t.Logf("the first dose moved %d times, the second %d", made[0], made[1])
}

// A change and a cancelling of one reservation at once, on two nodes: it is
// cancelled, and no place is kept.
func TestRaceOfChangeAndCancel(t *testing.T) { onBoth(t, testRaceOfChangeAndCancel) } // rules B9, B16

func testRaceOfChangeAndCancel(t *testing.T) {
	t.Parallel()
	h := newHouseOf(t, t.TempDir(), clinicsOf(t, 30, 9))
	h.openGate()
	nodes := h.nodes()
	made := 0
	for n := range 20 {
		o := h.owner(n, "one")
		to := o.start(2, week)
		var changed booking.Reservation
		var errs [2]error
		begun := make(chan struct{})
		var once sync.Once
		nodes[0].BeforeAct(func(name string) error { // the cancelling begins with one of the steps of the change
			if name == []string{"move", "take", "settle", "free"}[n%4] {
				once.Do(func() { close(begun) })
			}
			return nil
		})
		var wg sync.WaitGroup
		wg.Go(func() { changed, errs[0] = o.changeOn(nodes[0], "change", 2, to) })
		wg.Go(func() {
			<-begun
			_, errs[1] = o.cancelOn(nodes[len(nodes)-1], "cancel")
		})
		wg.Wait()
		must(t, errs[1])
		want := o.start(2, 0)
		if errs[0] == nil {
			is(t, "the change", changed, booking.Booked, o.start(1, 0), to)
			want = to
			made++
		} else {
			wantCode(t, errs[0], fault.Conflict)
		}
		is(t, "the end", o.now(), booking.Cancelled, o.start(1, 0), want)
	}
	h.clock.Add(booking.HoldLife + booking.SweepGrace)
	must(t, h.Sweep(context.Background()))
	must(t, h.Recount(context.Background()))
	if r := h.sound(); r.Booked != 0 || r.Pending != 0 || h.left() != h.capacity() {
		t.Errorf("%+v, %d of %d places are free", r, h.left(), h.capacity())
	}
	t.Logf("%d changes came before the cancelling", made)
}

// Somebody asks again before the first request has taken its places: the second
// takes them, and both get one hold.
func TestRepeatOvertakesAHold(t *testing.T) { onBoth(t, testRepeatOvertakesAHold) } // rules B3, B11

func testRepeatOvertakesAHold(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	h := newHouseOf(t, t.TempDir(), clinicsOf(t, 10, 9))
	h.openGate()
	ses, request := h.crowd(0, 1)[0], store.HoldRequest{Key: key("hold"), Clinic: "one", Start: h.times("one")[0].Start}
	var second booking.Reservation
	overtaken := false
	h.BeforeAct(func(name string) (err error) {
		if name == "take" && !overtaken {
			overtaken = true
			second, err = h.Hold(ctx, ses, request)
		}
		return err
	})
	first, err := h.Hold(ctx, ses, request)
	must(t, err)
	if !overtaken || first.HoldID != second.HoldID || len(first.Doses) != 2 || first.Doses[1].Start != second.Doses[1].Start {
		t.Errorf("overtaken %v: %+v and %+v", overtaken, first, second)
	}
}
