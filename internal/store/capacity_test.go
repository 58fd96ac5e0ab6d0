package store_test

import (
	"fmt"
	"testing"

	"naru/internal/booking"
	"naru/internal/fault"
)

// What is imported live is used at the next hold: more places at once, fewer
// without taking any from those who have one (rule B18).
func TestCapacityFollowsTheDirectory(t *testing.T) { onBoth(t, testCapacityFollowsTheDirectory) }

func testCapacityFollowsTheDirectory(t *testing.T) {
	t.Parallel()
	h := newHouseOf(t, t.TempDir(), clinicsOf(t, 2, 4))
	h.openGate()
	at := h.firstTime("one").Start
	crowd := make([]*citizen, 7)
	var holds []booking.HoldID
	for n := range crowd {
		crowd[n] = h.citizen(n).admit()
	}
	take := func(n int, want fault.Code) {
		t.Helper()
		held, err := crowd[n].hold(fmt.Sprintf("hold-%d", len(holds)), "one", at)
		wantCode(t, err, want)
		holds = append(holds, held.HoldID)
	}
	take(0, "")
	take(1, "")
	take(2, fault.Full)
	must(t, h.ImportDirectory(t.Context(), clinicsOf(t, 4, 4)))
	if left := h.firstTime("one").Left; left != 2 {
		t.Errorf("the list says %d places are left, want the 2 that were added", left)
	}
	take(3, "")
	take(4, "")
	take(5, fault.Full)
	must(t, h.ImportDirectory(t.Context(), clinicsOf(t, 3, 4)))
	if left := h.firstTime("one").Left; left != 0 {
		t.Errorf("the list says %d places are left, want none", left)
	}
	take(6, fault.Full)
	must(t, h.Release(t.Context(), crowd[0].ses(), holds[0])) // three are held now, of three
	take(6, fault.Full)
	must(t, h.Release(t.Context(), crowd[1].ses(), holds[1]))
	take(6, "")
	if r := h.sound(); r.Pending != 3 {
		t.Errorf("%d holds, want 3", r.Pending)
	}
}
