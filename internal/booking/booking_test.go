package booking_test

import (
	"testing"
	"time"

	"naru/internal/booking"
	"naru/internal/fault"
)

var (
	now    = time.Date(2021, 7, 12, 3, 0, 0, 0, time.UTC)
	states = []booking.State{
		booking.Pending, booking.Booked, booking.Expired, booking.Released, booking.Cancelled,
		booking.Moving, booking.Moved, booking.Overtaken, booking.Used, booking.Missed,
	}
)

func wantCode(t *testing.T, what string, err error, want fault.Code) {
	t.Helper()
	if fault.CodeOf(err) != want {
		t.Errorf("%s: %v, want %q", what, err, want)
	}
}

func TestMayReserve(t *testing.T) { // rules B1, B2
	t.Parallel()
	pending, booked := booking.Reservation{State: booking.Pending}, booking.Reservation{State: booking.Booked}
	wantCode(t, "nothing yet", booking.MayReserve(nil), "")
	wantCode(t, "a hold", booking.MayReserve([]booking.Reservation{pending}), "")
	wantCode(t, "a reservation", booking.MayReserve([]booking.Reservation{booked}), fault.Conflict)
	wantCode(t, "a hold and a reservation", booking.MayReserve([]booking.Reservation{pending, booked}), fault.Conflict)
}

func TestWhatIsLive(t *testing.T) { // rule B1
	t.Parallel()
	for _, s := range states {
		if got, want := s.Live(), s == booking.Pending || s == booking.Booked; got != want {
			t.Errorf("%s is live: %v", s, got)
		}
		if got, want := s.Ended(), s != booking.Pending && s != booking.Booked && s != booking.Moving && s != booking.Used && s != booking.Missed; got != want {
			t.Errorf("%s has ended: %v", s, got)
		}
	}
}

func TestMayConfirm(t *testing.T) { // rules B4, B5
	t.Parallel()
	end := now.Add(booking.HoldLife)
	confirm := func(what string, s booking.State, at time.Time, want fault.Code) {
		t.Helper()
		wantCode(t, what, booking.Reservation{State: s, Expires: end}.MayConfirm(at), want)
	}
	confirm("at once", booking.Pending, now, "")
	confirm("in the last moment", booking.Pending, end.Add(-time.Nanosecond), "")
	confirm("at the end", booking.Pending, end, fault.Expired)
	confirm("booked already", booking.Booked, now, fault.Conflict)
	confirm("booked already, long ago", booking.Booked, end.Add(time.Hour), fault.Conflict)
	for _, s := range []booking.State{booking.Expired, booking.Released, booking.Cancelled, booking.Moving, booking.Moved, booking.Overtaken, ""} {
		confirm("state "+string(s), s, now, fault.Expired)
	}
}

func TestMayExtend(t *testing.T) { // rule B6
	t.Parallel()
	r := booking.Reservation{State: booking.Pending, Expires: now.Add(booking.HoldLife)}
	for n := range booking.HoldExtends {
		at := r.Expires.Add(-time.Second) // in the last second, each time
		end, err := r.MayExtend(at)
		if err != nil || !end.Equal(at.Add(booking.HoldExtension)) || !end.After(r.Expires) {
			t.Fatalf("extension %d gives %s, %v", n+1, end, err)
		}
		r.Expires, r.Extends = end, r.Extends+1
	}
	_, err := r.MayExtend(now)
	wantCode(t, "once more", err, fault.TooMany)
	r.Extends = 0
	_, err = r.MayExtend(r.Expires)
	wantCode(t, "at the end", err, fault.Expired)
	r.State = booking.Booked
	_, err = r.MayExtend(now)
	wantCode(t, "booked", err, fault.Conflict)
}

func TestSwept(t *testing.T) { // rule B7
	t.Parallel()
	end := now.Add(booking.HoldLife)
	for _, s := range states {
		r := booking.Reservation{State: s, Expires: end}
		for at, due := range map[time.Time]bool{
			end: false, end.Add(booking.SweepGrace - time.Nanosecond): false,
			end.Add(booking.SweepGrace): true, end.Add(time.Hour): true,
		} {
			if got := r.Swept(at); got != (due && (s == booking.Pending || s == booking.Moving)) {
				t.Errorf("%s, %s after its end: swept %v", s, at.Sub(end), got)
			}
		}
		if s == booking.Pending && r.Swept(end) && r.MayConfirm(end) == nil {
			t.Error("a hold can be swept and confirmed at the same moment")
		}
	}
}

func TestMayCancel(t *testing.T) { // rule B9
	t.Parallel()
	first, second := now.Add(24*time.Hour), now.Add(29*24*time.Hour)
	one := []booking.Dose{{Number: 1, Start: first}}
	two := append(one, booking.Dose{Number: 2, Start: second}) //nolint:gocritic // another list on purpose
	cancel := func(what string, s booking.State, doses []booking.Dose, at time.Time, want fault.Code) {
		t.Helper()
		wantCode(t, what, booking.Reservation{State: s, Doses: doses}.MayCancel(at), want)
	}
	cancel("long before", booking.Booked, one, now, "")
	cancel("just in time", booking.Booked, one, first.Add(-booking.CancelUntil-time.Nanosecond), "")
	cancel("half an hour before", booking.Booked, one, first.Add(-booking.CancelUntil), fault.Expired)
	cancel("after the dose", booking.Booked, one, first.Add(time.Hour), fault.Expired)
	cancel("after the first of two", booking.Booked, two, first.Add(time.Hour), "")
	cancel("half an hour before the last of two", booking.Booked, two, second.Add(-booking.CancelUntil), fault.Expired)
	for _, s := range []booking.State{booking.Pending, booking.Expired, booking.Released, booking.Cancelled} {
		cancel("state "+string(s), s, one, now, fault.Conflict)
	}
}

func TestMayHoldAgain(t *testing.T) { // rule B17
	t.Parallel()
	if err := booking.MayHoldAgain(booking.MaxHolds - 1); err != nil {
		t.Error(err)
	}
	if err := booking.MayHoldAgain(booking.MaxHolds); fault.CodeOf(err) != fault.TooMany {
		t.Errorf("after %d holds: %v", booking.MaxHolds, err)
	}
}
