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

// Many want the last places of one slot: exactly the capacity get them.
func TestHammerLastPlaces(t *testing.T) { onBoth(t, testHammerLastPlaces) }

func testHammerLastPlaces(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.openGate()
	clinicID := h.anyClinic()
	at := h.firstTime(clinicID)
	crowd := make([]*citizen, at.Capacity+40)
	for n := range crowd {
		crowd[n] = h.citizen(n)
		must(t, crowd[n].join())
	}
	h.serve(3)
	for _, c := range crowd {
		must(t, c.enter())
		must(t, c.prove())
	}
	var held, full atomic.Int32
	var wg sync.WaitGroup
	for n, c := range crowd {
		wg.Go(func() {
			r, err := c.hold(fmt.Sprintf("hold-%d", n), clinicID, at.Start)
			switch fault.CodeOf(err) {
			case "":
				if _, err := c.confirm(fmt.Sprintf("confirm-%d", n), r.HoldID); err == nil {
					held.Add(1)
				}
			case fault.Full:
				full.Add(1)
			default:
				t.Errorf("person %d: %v", n, err)
			}
		})
	}
	wg.Wait()
	if int(held.Load()) != at.Capacity || int(full.Load()) != len(crowd)-at.Capacity {
		t.Errorf("%d booked and %d refused, want %d and %d", held.Load(), full.Load(), at.Capacity, len(crowd)-at.Capacity)
	}
	if r := h.sound(); r.Booked != at.Capacity {
		t.Errorf("%d booked in the database, want %d", r.Booked, at.Capacity)
	}
}

// One person presses everything twenty times at once, on two keys: one hold, one reservation.
func TestHammerOnePersonBooksOnce(t *testing.T) { onBoth(t, testHammerOnePersonBooksOnce) }

func testHammerOnePersonBooksOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.openGate()
	c := h.citizen(1).admit()
	clinicID := h.anyClinic()
	at := h.firstTime(clinicID)
	var booked sync.Map
	var wg sync.WaitGroup
	for n := range 40 {
		wg.Go(func() {
			r, err := c.hold(fmt.Sprintf("hold-%d", n%2), clinicID, at.Start)
			if err != nil {
				return // the other key replaced it, or it is booked already
			}
			if r, err = c.confirm("confirm", r.HoldID); err == nil {
				booked.Store(r.Number, true)
			}
		})
	}
	wg.Wait()
	must(t, h.Sweep(context.Background()))
	numbers := 0
	booked.Range(func(any, any) bool { numbers++; return true })
	if numbers > 1 {
		t.Errorf("one person got %d reservation numbers", numbers)
	}
	if r := h.sound(); r.Booked != numbers {
		t.Errorf("%d booked in the database, %d acknowledged", r.Booked, numbers)
	}
}

// The sweeper and a confirm race at the very end of holds: whoever wins, the
// places and the reservations agree.
func TestHammerSweeperAgainstConfirm(t *testing.T) { onBoth(t, testHammerSweeperAgainstConfirm) }

func testHammerSweeperAgainstConfirm(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.openGate()
	clinicID := h.anyClinic()
	const people = 12
	crowd := make([]*citizen, people)
	for n := range crowd {
		crowd[n] = h.citizen(n).admit()
	}
	holds := make([]booking.HoldID, people)
	for n, c := range crowd {
		r, err := c.hold(fmt.Sprintf("hold-%d", n), clinicID, h.freeTime(clinicID).Start)
		must(t, err)
		holds[n] = r.HoldID
	}
	h.clock.Add(booking.HoldLife - 5*time.Second)
	var wg sync.WaitGroup
	for n, c := range crowd {
		ses := c.ses()
		wg.Go(func() {
			q := store.ConfirmRequest{Key: key(fmt.Sprintf("confirm-%d", n)), Hold: holds[n], Lang: "ko"}
			_, _ = h.Confirm(context.Background(), ses, q) // either answer is right
		})
		wg.Go(func() {
			h.clock.Add(time.Second)
			_ = h.Sweep(context.Background())
		})
	}
	wg.Wait()
	h.clock.Add(10 * time.Minute)
	must(t, h.Sweep(context.Background()))
	h.sound()
}
