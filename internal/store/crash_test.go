package store_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"naru/internal/booking"
	"naru/internal/clinic"
	"naru/internal/fault"
	"naru/internal/store"
)

// tinyFiles are one region and two clinics that take one person per slot.
func tinyFiles(t testing.TB) clinic.Files {
	t.Helper()
	list := clinic.RegionsHeader + `
4100000000,sido,,경기도,,,37.53000,127.15000
4183000000,sigungu,4100000000,경기도,양평군,,37.51800,127.57900
`
	regions, faults, err := clinic.ParseRegions(strings.NewReader(list), 3)
	must(t, err)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	var clinics []clinic.Clinic
	for n := range 2 {
		k := clinic.Clinic{
			ID: clinic.ID(fmt.Sprintf("tiny-%d", n)), Name: fmt.Sprintf("가상의원%d", n), Kind: clinic.Practice,
			RegionCode: "4183000000", SigunguCode: "4183000000", Lat: 37.5, Lon: 127.5,
			Capacity: clinic.Capacity{PerHour: 2}, Doctors: 1,
		}
		for day := time.Monday; day <= time.Friday; day++ {
			k.Hours[day] = clinic.Day{Open: 9 * 60, Close: 18 * 60}
		}
		clinics = append(clinics, k)
	}
	files, err := clinic.Build(regions, clinics, nil)
	must(t, err)
	return files
}

func newTinyHouse(t testing.TB) *house {
	t.Helper()
	h := newHouseOf(t, t.TempDir(), tinyFiles(t))
	h.openGate()
	return h
}

// left is how many first doses all clinics can still give.
func (h *house) left() int {
	h.t.Helper()
	left := 0
	for _, k := range h.Directory().Clinics() {
		for _, at := range h.times(string(k.ID)) {
			left += at.Left
		}
	}
	return left
}

// crashCase is one request of a person, of several steps. The crash comes after
// each number of steps in turn; then the person repeats the request.
type crashCase struct {
	name  string
	steps []string // the acts of the request when nothing goes wrong
	begin func(*citizen) *request
}

// request is one person's request: do makes it, and makes it again.
type request struct {
	do    func() error
	check func(t *testing.T) // after the repeat
	codes []fault.Code       // answers that are right; empty: it must be done
}

var crashCases = []crashCase{
	{"prove", []string{"proof", "prove"}, beginProve},
	{"hold", []string{"reserve", "take"}, beginHold},
	{"choose another time", []string{"reserve", "free", "take"}, beginReplace},
	{"choose the same time again", []string{"reserve", "free", "take"}, beginSameAgain},
	{"hold a full time", []string{"reserve", "take", "release", "free"}, beginFull},
	{"confirm", []string{"confirm"}, beginConfirm},
	{"release", []string{"release", "free"}, beginRelease},
	{"cancel", []string{"cancel", "free"}, beginCancel},
	{"change", []string{"move", "take", "settle", "free"}, beginChange},
	{"change after one that was left", []string{"move", "free", "take", "settle", "free"}, beginChangeAnew},
	{"change to a full time", []string{"move", "take", "drop", "free"}, beginChangeFull},
	{"cancel what was changed", []string{"cancel", "free"}, beginCancelChanged},
	{"sweep", []string{"expire", "free", "freed"}, beginSweep},
}

// TestCrashBetweenEachTwoSteps stops every request after each of its steps,
// opens the files again, and repeats it with the same key: nothing that must
// never be is there at any moment, and the answer is the one an undisturbed
// person gets (rules B2, B5, B7, B9, B11, B13).
func TestCrashBetweenEachTwoSteps(t *testing.T) { onBoth(t, testCrashBetweenEachTwoSteps) }

func testCrashBetweenEachTwoSteps(t *testing.T) {
	t.Parallel()
	for _, k := range crashCases {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			h := newTinyHouse(t)
			for after := 0; after <= len(k.steps); after++ {
				h.crash(t, k, after)
			}
			h.clock.Add(time.Hour)
			must(t, h.Sweep(context.Background()))
			h.restart()
			r := h.sound()
			if free := h.left(); r.Pending != 0 || free != h.capacity()-r.Booked {
				t.Errorf("at the end %d pending, %d free of %d with %d booked", r.Pending, free, h.capacity(), r.Booked)
			}
		})
	}
}

func (h *house) capacity() int {
	h.t.Helper()
	all := 0
	for _, k := range h.Directory().Clinics() {
		for _, at := range h.times(string(k.ID)) {
			all += at.Capacity
		}
	}
	return all
}

func (h *house) crash(t *testing.T, k crashCase, after int) {
	t.Helper()
	c := h.citizen(after)
	r := k.begin(c)
	var ran []string
	left := after
	h.BeforeAct(func(name string) error {
		if left--; left < 0 {
			return store.ErrStopped
		}
		ran = append(ran, name)
		return nil
	})
	_ = r.do() // nobody hears the answer: the process ends
	if want := k.steps[:after]; strings.Join(ran, " ") != strings.Join(want, " ") {
		t.Fatalf("the steps were %v, want %v", ran, want)
	}
	h.restart()
	h.sound()
	must(t, h.Sweep(context.Background()))
	h.sound()
	for range 2 { // a person may press again and again
		err := r.do()
		if want := append(r.codes, ""); !contains(want, fault.CodeOf(err)) || len(r.codes) > 0 && err == nil {
			t.Fatalf("stopped after %v, the repeat answers %v", ran, err)
		}
		h.sound()
	}
	r.check(t)
}

func contains(all []fault.Code, code fault.Code) bool {
	for _, c := range all {
		if c == code {
			return true
		}
	}
	return false
}

// anyTime is a time with a place, anywhere.
func (h *house) anyTime() (clinicID string, start time.Time) {
	h.t.Helper()
	for _, k := range h.Directory().Clinics() {
		for _, at := range h.times(string(k.ID)) {
			if at.Left > 0 {
				return string(k.ID), at.Start
			}
		}
	}
	h.t.Fatal("no place is left")
	return "", time.Time{}
}

func beginProve(c *citizen) *request {
	h := c.h
	must(h.t, c.join())
	h.serve(3)
	must(h.t, c.enter())
	ses := c.ses()
	must(h.t, h.SendCode(context.Background(), ses, c.claim, "ko"))
	code := c.code()
	return &request{
		do: func() error {
			token, err := h.Prove(context.Background(), ses, c.claim, code)
			if err == nil {
				c.session = token
			}
			return err
		},
		check: func(t *testing.T) {
			clinicID, start := h.anyTime()
			_, err := c.hold("hold after proof", clinicID, start)
			must(t, err)
		},
	}
}

func beginHold(c *citizen) *request {
	c.h.serve(1)
	c.admit()
	clinicID, start := c.h.anyTime()
	var last booking.Reservation
	return &request{
		do: func() (err error) {
			r, err := c.hold("hold", clinicID, start)
			if err == nil && last.HoldID != "" && last.HoldID != r.HoldID {
				return fmt.Errorf("the same key led to two holds")
			}
			last = r
			return err
		},
		check: func(t *testing.T) { c.mustConfirm(t, last) },
	}
}

func (c *citizen) mustConfirm(t *testing.T, held booking.Reservation) {
	t.Helper()
	booked, err := c.confirm("confirm", held.HoldID)
	must(t, err)
	if booked.State != booking.Booked || booked.Number != held.Number || len(booked.Doses) != 2 {
		t.Fatalf("held %+v, booked %+v", held, booked)
	}
}

func beginReplace(c *citizen) *request {
	c.h.serve(1)
	c.admit()
	clinicID, start := c.h.anyTime()
	_, err := c.hold("first choice", clinicID, start)
	must(c.h.t, err)
	clinicID, start = c.h.anyTime()
	var last booking.Reservation
	return &request{
		do: func() (err error) {
			last, err = c.hold("second choice", clinicID, start)
			return err
		},
		check: func(t *testing.T) { c.mustConfirm(t, last) },
	}
}

func beginFull(c *citizen) *request {
	h := c.h
	h.serve(1)
	other := h.citizen(5000 + int(c.claim.Mobile[len(c.claim.Mobile)-1])).admit()
	c.admit()
	clinicID, start := h.anyTime()
	r, err := other.hold("hold", clinicID, start)
	must(h.t, err)
	other.mustBook(r)
	return &request{
		do:    func() error { _, err := c.hold("hold", clinicID, start); return err },
		codes: []fault.Code{fault.Full, fault.Expired},
		check: func(t *testing.T) {
			clinicID, start := h.anyTime()
			r, err := c.hold("another time", clinicID, start)
			must(t, err)
			c.mustConfirm(t, r)
		},
	}
}

func (c *citizen) mustBook(held booking.Reservation) {
	c.h.t.Helper()
	_, err := c.confirm("confirm", held.HoldID)
	must(c.h.t, err)
}

func beginConfirm(c *citizen) *request {
	c.h.serve(1)
	c.admit()
	clinicID, start := c.h.anyTime()
	held, err := c.hold("hold", clinicID, start)
	must(c.h.t, err)
	var last booking.Reservation
	return &request{
		do: func() (err error) {
			last, err = c.confirm("confirm", held.HoldID)
			return err
		},
		check: func(t *testing.T) {
			state, err := store.StateOf(context.Background(), c.h.dir, c.h.db, held.Number)
			must(t, err)
			if state != booking.Booked || last.Number != held.Number {
				t.Errorf("%s is %q, answered %+v", held.Number, state, last)
			}
		},
	}
}

func beginRelease(c *citizen) *request {
	c.h.serve(1)
	c.admit()
	clinicID, start := c.h.anyTime()
	held, err := c.hold("hold", clinicID, start)
	must(c.h.t, err)
	return &request{
		do: func() error { return c.h.Release(context.Background(), c.ses(), held.HoldID) },
		check: func(t *testing.T) {
			_, err := c.confirm("confirm", held.HoldID)
			wantCode(t, err, fault.Expired)
		},
	}
}

func beginCancel(c *citizen) *request {
	h := c.h
	h.serve(1)
	c.admit()
	clinicID, start := h.anyTime()
	held, err := c.hold("hold", clinicID, start)
	must(h.t, err)
	c.mustBook(held)
	token, err := h.LookUp(context.Background(), c.claim, held.Number, c.browser)
	must(h.t, err)
	var last booking.Reservation
	return &request{
		do: func() (err error) {
			last, err = h.Cancel(context.Background(), token, c.browser, held.Number, key("cancel"), "ko")
			return err
		},
		check: func(t *testing.T) {
			if last.State != booking.Cancelled {
				t.Errorf("answered %+v", last)
			}
		},
	}
}

func beginSweep(c *citizen) *request {
	h := c.h
	h.serve(1)
	c.admit()
	clinicID, start := h.anyTime()
	held, err := c.hold("hold", clinicID, start)
	must(h.t, err)
	h.clock.Add(booking.HoldLife + booking.SweepGrace)
	return &request{
		do: func() error { return h.Sweep(context.Background()) },
		check: func(t *testing.T) {
			_, err := c.confirm("confirm", held.HoldID)
			wantCode(t, err, fault.Expired)
			if r := h.sound(); r.Pending != 0 || h.left() != h.capacity() {
				t.Errorf("%d pending, %d of %d free after the sweep", r.Pending, h.left(), h.capacity())
			}
		},
	}
}

// A second step that comes late finds its first step given back and swept. Its
// place must be given back too, whenever it came (rule B7).
func TestLateSecondStepLeavesNoPlaceBehind(t *testing.T) {
	onBoth(t, testLateSecondStepLeavesNoPlaceBehind)
}

func testLateSecondStepLeavesNoPlaceBehind(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	h := newTinyHouse(t)
	c := h.citizen(1).admit()
	clinicID, start := h.anyTime()
	late := true
	h.BeforeAct(func(name string) error {
		if name == "take" && late {
			late = false
			other, err := c.hold("second choice", clinicID, start)
			must(t, err)
			must(t, h.Release(ctx, c.ses(), other.HoldID))
			must(t, h.Sweep(ctx))
		}
		return nil
	})
	_, _ = c.hold("first choice", clinicID, start)
	h.clock.Add(booking.HoldLife + booking.SweepGrace)
	must(t, h.Sweep(ctx))
	if h.sound(); h.left() != h.capacity() {
		t.Errorf("%d of %d places are free", h.left(), h.capacity())
	}
}
