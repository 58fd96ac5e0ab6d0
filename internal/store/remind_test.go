package store_test

import (
	"fmt"
	"testing"
	"time"

	"naru/internal/message"
)

// toDay moves the clock to an hour of so many days before a dose.
func (o *owner) toDay(dose, before, hour int) {
	start := o.start(dose, 0).In(o.h.a.Zone)
	day := time.Date(start.Year(), start.Month(), start.Day()-before, hour, 0, 0, 0, o.h.a.Zone)
	o.h.clock.Add(day.Sub(o.h.clock.Now()))
	o.lookUp()
}

// waiting counts what is to be sent, by kind and phone.
func (h *house) waiting() map[string]int {
	h.t.Helper()
	all := map[string]int{}
	queued, err := h.Queued(h.t.Context(), 1000)
	must(h.t, err)
	for _, m := range queued {
		all[m.Kind+" "+m.To]++
	}
	return all
}

// looked looks at everything that waits once more, as the postman does before it sends.
func (h *house) looked(still func(kind message.Kind, to string) bool) {
	h.t.Helper()
	queued, err := h.Queued(h.t.Context(), 1000)
	must(h.t, err)
	for _, m := range queued {
		got, err := h.StillTrue(h.t.Context(), m)
		must(h.t, err)
		if got != still(message.Kind(m.Kind), m.To) {
			h.t.Errorf("%s to %s is still true: %v", m.Kind, m.To, got)
		}
	}
}

// Reminders come on the day before and on the day, once, whoever writes them and
// however often (rule M9).
func TestReminders(t *testing.T) { onBoth(t, testReminders) }

func testReminders(t *testing.T) {
	t.Parallel()
	h := newTinyHouse(t)
	ctx := t.Context()
	o := h.owner(1, h.anyClinic())
	queued, err := h.Queued(ctx, 1000)
	must(t, err)
	must(t, h.Delivered(ctx, queued, nil))
	expect := func(what string, want map[string]int) {
		t.Helper()
		for _, node := range h.nodes() {
			must(t, node.Remind(ctx))
			must(t, node.Remind(ctx))
		}
		if got := h.waiting(); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	o.toDay(1, 1, 9)
	expect("an hour too early", map[string]int{})
	before, same := "day_before "+o.claim.Mobile, "same_day "+o.claim.Mobile
	o.toDay(1, 1, 10)
	expect("the day before", map[string]int{before: 1})
	o.toDay(1, 0, 8)
	expect("on the day", map[string]int{before: 1, same: 1})
	h.looked(func(message.Kind, string) bool { return true })
	o.toDay(1, -1, 10)
	expect("the day after", map[string]int{before: 1, same: 1})
	o.toDay(2, 1, 10)
	expect("before the second dose", map[string]int{before: 2, same: 1})
}

// What was cancelled or moved is not reminded of, whether the reminder was written
// before or would be after (rule M9).
func TestRemindersOfWhatChanged(t *testing.T) { onBoth(t, testRemindersOfWhatChanged) }

func testRemindersOfWhatChanged(t *testing.T) {
	t.Parallel()
	h := newTinyHouse(t)
	ctx := t.Context()
	stays, gone := h.owner(1, h.anyClinic()), h.owner(2, h.anyClinic())
	gone.toDay(1, 1, 10)
	must(t, h.Remind(ctx))
	_, err := gone.cancelOn(h, "cancel")
	must(t, err)
	h.looked(func(kind message.Kind, to string) bool { return !kind.Reminds() || to == stays.claim.Mobile })
	if got := h.waiting(); got["day_before "+gone.claim.Mobile] != 0 || got["day_before "+stays.claim.Mobile] != 1 {
		t.Errorf("after cancelling: %v", got)
	}
	stays.toDay(1, 0, 8)
	must(t, h.Remind(ctx))
	if got := h.waiting(); got["same_day "+stays.claim.Mobile] != 1 || got["same_day "+gone.claim.Mobile] != 0 {
		t.Errorf("on the day: %v", got)
	}
	_, err = stays.change("change", 1, stays.start(1, time.Hour))
	must(t, err)
	h.looked(func(kind message.Kind, _ string) bool { return !kind.Reminds() })
}
