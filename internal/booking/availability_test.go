package booking_test

import (
	"sync"
	"testing"
	"time"

	"naru/internal/booking"
)

func TestAvailabilityCountsInstants(t *testing.T) { // rule B10
	t.Parallel()
	a := booking.NewAvailability()
	if !a.ReadAt("b").IsZero() {
		t.Error("read before it was read")
	}
	slot := booking.Slot{Clinic: "a", Start: now}
	seoul := booking.Slot{Clinic: "a", Start: now.In(time.FixedZone("KST", 9*3600))}
	taken := func(what string, s booking.Slot, want int) {
		t.Helper()
		if got := a.Taken(s); got != want {
			t.Errorf("%s: %d taken, want %d", what, got, want)
		}
	}
	taken("nothing yet", slot, 0)
	a.Add(slot, 2)
	taken("after two", slot, 2)
	taken("written in another zone", seoul, 2)
	taken("another clinic", booking.Slot{Clinic: "b", Start: now}, 0)
	taken("another time", booking.Slot{Clinic: "a", Start: now.Add(time.Second)}, 0)
	a.Add(seoul, -1)
	taken("one given back", slot, 1)
	a.Add(slot, -5)
	taken("more given back than taken", slot, 0)
	a.Add(slot, 1)
	taken("and taken again", slot, 1)
	part := func(clinic string) int { return int(booking.ClinicBucket(clinic)) / (booking.Buckets / booking.Parts) }
	a.Replace(part("b"), map[booking.Slot]int{{Clinic: "b", Start: now}: 7}, now)
	taken("another part stays", slot, 1)
	a.Replace(part("a"), nil, now)
	taken("gone with a full reading", slot, 0)
	taken("there with a full reading", booking.Slot{Clinic: "b", Start: now}, 7)
	if !a.ReadAt("b").Equal(now) {
		t.Errorf("read at %s", a.ReadAt("b"))
	}
}

// Many add, take away, read and replace at once; the race detector watches, and
// the sum is right at the end.
func TestHammerAvailability(t *testing.T) { // rule B10
	t.Parallel()
	a := booking.NewAvailability()
	kept, churned := booking.Slot{Clinic: "kept", Start: now}, booking.Slot{Clinic: "churned", Start: now}
	var all sync.WaitGroup
	const people, each = 16, 500
	for range people {
		all.Go(func() {
			for range each {
				a.Add(kept, 1)
				a.Add(churned, 1)
				if a.Taken(churned) < 0 || a.ReadAt("b").After(now) {
					t.Error("less than nothing is taken")
				}
				a.Add(churned, -1)
			}
		})
	}
	all.Wait()
	if got := a.Taken(kept); got != people*each {
		t.Errorf("%d taken, want %d", got, people*each)
	}
	if got := a.Taken(churned); got != 0 {
		t.Errorf("%d taken, want none", got)
	}
	for range 4 {
		all.Go(func() {
			a.Replace(int(booking.ClinicBucket("kept"))/(booking.Buckets/booking.Parts), map[booking.Slot]int{kept: 3}, now)
		})
		all.Go(func() { _ = a.Taken(kept) })
	}
	all.Wait()
	if got := a.Taken(kept); got != 3 {
		t.Errorf("%d taken after the readings, want 3", got)
	}
}
