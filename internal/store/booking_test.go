package store_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"naru/internal/booking"
	"naru/internal/fault"
	"naru/internal/store"
)

func TestFromLobbyToReservation(t *testing.T) { onBoth(t, testFromLobbyToReservation) }

func testFromLobbyToReservation(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.lead(1)
	c := h.citizen(1)
	must(t, c.join())
	wantCode(t, c.enter(), fault.NotOpen)
	h.openGate()
	must(t, c.enter())
	must(t, c.prove())
	clinicID := h.anyClinic()
	at := h.firstTime(clinicID)
	r, err := c.hold("hold-1", clinicID, at.Start)
	must(t, err)
	if len(r.Doses) != 2 || !r.Doses[0].Start.Equal(at.Start) || r.Doses[1].Start.Sub(at.Start) < 28*24*time.Hour-12*time.Hour {
		t.Fatalf("held %+v", r)
	}
	booked, err := c.confirm("confirm-1", r.HoldID)
	must(t, err)
	if booked.State != booking.Booked || booked.Number != r.Number {
		t.Fatalf("booked %+v", booked)
	}
	if got := h.sound(); got.Booked != 1 || got.Admitted != 1 {
		t.Fatalf("report %+v", got)
	}
}

func TestReplayAfterRestartGivesTheSameAnswer(t *testing.T) {
	onBoth(t, testReplayAfterRestartGivesTheSameAnswer)
}

func testReplayAfterRestartGivesTheSameAnswer(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.openGate()
	c := h.citizen(1).admit()
	clinicID := h.anyClinic()
	at := h.firstTime(clinicID)
	first, err := c.hold("hold-1", clinicID, at.Start)
	must(t, err)
	h.restart()
	again, err := c.hold("hold-1", clinicID, at.Start)
	must(t, err)
	if again.HoldID != first.HoldID || again.Number != first.Number {
		t.Fatalf("the same key led to %+v, then to %+v", first, again)
	}
	booked, err := c.confirm("confirm-1", first.HoldID)
	must(t, err)
	h.restart()
	replay, err := c.confirm("confirm-1", first.HoldID)
	must(t, err)
	if replay.Number != booked.Number || replay.State != booking.Booked {
		t.Fatalf("replay %+v, want %+v", replay, booked)
	}
	_, err = c.hold("confirm-1", clinicID, at.Start)
	wantCode(t, err, fault.KeyReused)
	_, err = c.hold("hold-2", clinicID, at.Start)
	wantCode(t, err, fault.Expired) // the seat was given back with the booking
	h.sound()
}

func TestSweeperFreesWhatWasNotConfirmed(t *testing.T) {
	onBoth(t, testSweeperFreesWhatWasNotConfirmed)
}

func testSweeperFreesWhatWasNotConfirmed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.openGate()
	c := h.citizen(1).admit()
	clinicID := h.anyClinic()
	at := h.firstTime(clinicID)
	r, err := c.hold("hold-1", clinicID, at.Start)
	must(t, err)
	if left := h.firstTime(clinicID).Left; left != at.Left-1 {
		t.Fatalf("left %d after the hold, want %d", left, at.Left-1)
	}
	h.clock.Add(booking.HoldLife)
	_, err = c.confirm("confirm-1", r.HoldID)
	wantCode(t, err, fault.Expired)
	h.clock.Add(booking.SweepGrace)
	must(t, h.Sweep(context.Background()))
	if left := h.firstTime(clinicID).Left; left != at.Left {
		t.Fatalf("left %d after the sweep, want %d", left, at.Left)
	}
	_, err = c.hold("hold-2", clinicID, at.Start)
	must(t, err)
	h.sound()
}

// A crowd that took its places in one second lets them go in one second: one sweep
// brings all of them back.
func TestOneSweepFreesACrowd(t *testing.T) { onBoth(t, testOneSweepFreesACrowd) } // rule B7

func testOneSweepFreesACrowd(t *testing.T) {
	t.Parallel()
	const people = 1200
	h := newHouseOf(t, t.TempDir(), severalClinics(t, 1, people))
	h.openGate()
	at := h.firstTime("k-0")
	var wg sync.WaitGroup
	for _, ses := range h.crowd(0, people) {
		wg.Go(func() {
			_, err := h.Hold(t.Context(), ses, store.HoldRequest{Key: key("hold"), Clinic: "k-0", Start: at.Start})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if left := h.firstTime("k-0").Left; left != at.Left-people {
		t.Fatalf("left %d with %d held, of %d", left, people, at.Left)
	}
	h.clock.Add(booking.HoldLife + booking.SweepGrace)
	must(t, h.Sweep(t.Context()))
	if left := h.firstTime("k-0").Left; left != at.Left {
		t.Errorf("left %d after the sweep, want %d", left, at.Left)
	}
	if r := h.soundSeated(); r.Pending != 0 {
		t.Errorf("%d still pending", r.Pending)
	}
}

func TestAnotherChoiceGivesTheFirstBack(t *testing.T) { onBoth(t, testAnotherChoiceGivesTheFirstBack) }

func testAnotherChoiceGivesTheFirstBack(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.openGate()
	c := h.citizen(1).admit()
	clinicID := h.anyClinic()
	at := h.firstTime(clinicID)
	for i, k := range []string{"hold-1", "hold-2", "hold-3"} {
		r, err := c.hold(k, clinicID, at.Start)
		must(t, err)
		if i == 2 {
			must(t, h.Release(context.Background(), c.ses(), r.HoldID))
		}
	}
	if left := h.firstTime(clinicID).Left; left != at.Left {
		t.Fatalf("left %d, want %d", left, at.Left)
	}
	h.sound()
}

// Somebody who goes back a page and presses "choose again" after booking keeps
// the reservation and its places.
func TestABookedReservationIsNotReleased(t *testing.T) {
	onBoth(t, testABookedReservationIsNotReleased)
}

func testABookedReservationIsNotReleased(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.openGate()
	c := h.citizen(1).admit()
	clinicID := h.anyClinic()
	r, err := c.hold("hold-1", clinicID, h.firstTime(clinicID).Start)
	must(t, err)
	_, err = c.confirm("confirm-1", r.HoldID)
	must(t, err)
	wantCode(t, h.Release(context.Background(), c.ses(), r.HoldID), fault.Expired)
	if got := h.sound(); got.Booked != 1 {
		t.Fatalf("report %+v", got)
	}
}

func TestBadChoicesAreRefused(t *testing.T) { onBoth(t, testBadChoicesAreRefused) }

func testBadChoicesAreRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.openGate()
	c := h.citizen(1).admit()
	clinicID := h.anyClinic()
	at := h.firstTime(clinicID)
	refuse := func(what string, code fault.Code, clinicID string, start time.Time) {
		t.Helper()
		_, err := c.hold("key-"+what, clinicID, start)
		if fault.CodeOf(err) != code {
			t.Errorf("%s: error %v, want code %q", what, err, code)
		}
	}
	refuse("unknown clinic", fault.NotFound, "nowhere", at.Start)
	refuse("a time nobody offers", fault.Invalid, clinicID, at.Start.Add(7*time.Minute))
	refuse("a day before the shots", fault.Invalid, clinicID, at.Start.AddDate(0, 0, -7))
	refuse("a day after the shots", fault.Invalid, clinicID, at.Start.AddDate(0, 0, 70))
	young := h.citizen(2)
	young.claim.Born.Year = 1990
	young.admit()
	c = young
	refuse("somebody the rules refuse", fault.NotEligible, clinicID, at.Start)
	h.sound()
}

func TestCancelFreesAndIsToldOnce(t *testing.T) { onBoth(t, testCancelFreesAndIsToldOnce) }

func testCancelFreesAndIsToldOnce(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	h := newHouse(t)
	h.openGate()
	c := h.citizen(1).admit()
	clinicID := h.anyClinic()
	at := h.firstTime(clinicID)
	r, err := c.hold("hold-1", clinicID, at.Start)
	must(t, err)
	_, err = c.confirm("confirm-1", r.HoldID)
	must(t, err)

	stranger := h.citizen(2)
	_, err = h.LookUp(ctx, stranger.claim, r.Number, stranger.browser)
	wantCode(t, err, fault.NotFound)
	token, err := h.LookUp(ctx, c.claim, r.Number, c.browser)
	must(t, err)
	_, _, err = h.Reservations(ctx, token, stranger.browser)
	wantCode(t, err, fault.Unauthenticated)
	for range 2 {
		got, err := h.Cancel(ctx, token, c.browser, r.Number, key("cancel-1"), "ko")
		must(t, err)
		if got.State != booking.Cancelled {
			t.Fatalf("cancelled %+v", got)
		}
	}
	if left := h.firstTime(clinicID).Left; left != at.Left {
		t.Fatalf("left %d after cancelling, want %d", left, at.Left)
	}
	all, who, err := h.Reservations(ctx, token, c.browser)
	must(t, err)
	if len(all) != 1 || all[0].State != booking.Cancelled || who != c.claim {
		t.Fatalf("look-up shows %+v of %+v", all, who)
	}
	told := map[string]int{}
	queued, err := h.Queued(ctx, 100)
	must(t, err)
	for _, m := range queued {
		told[m.Kind]++
	}
	if told["booked"] != 1 || told["cancelled"] != 1 {
		t.Errorf("messages %v, want one booked and one cancelled", told)
	}
	h.sound()
}

// Strangers learn nothing from the look-up: no such person, no reservation and
// a wrong number are answered alike, and guessing is bounded (rule P12).
func TestLookUpTellsNothingToStrangers(t *testing.T) { onBoth(t, testLookUpTellsNothingToStrangers) }

func testLookUpTellsNothingToStrangers(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	h := newHouse(t)
	h.openGate()
	owner, proven, nobody := h.citizen(1).admit(), h.citizen(2).admit(), h.citizen(3)
	clinicID := h.anyClinic()
	r, err := owner.hold("hold-1", clinicID, h.firstTime(clinicID).Start)
	must(t, err)
	_, err = owner.confirm("confirm-1", r.HoldID)
	must(t, err)
	var answers []string
	for _, c := range []*citizen{owner, proven, nobody} {
		_, err := h.LookUp(ctx, c.claim, "000000000000", c.browser)
		answers = append(answers, err.Error())
	}
	_, err = h.LookUp(ctx, nobody.claim, r.Number, nobody.browser)
	for _, a := range append(answers, err.Error()) {
		if a != answers[0] {
			t.Errorf("the answers differ: %q", answers)
		}
	}
	for range 10 {
		_, err = h.LookUp(ctx, owner.claim, "000000000000", nobody.browser)
		wantCode(t, err, fault.NotFound)
	}
	_, err = h.LookUp(ctx, owner.claim, r.Number, nobody.browser)
	wantCode(t, err, fault.TooMany)
	token, err := h.LookUp(ctx, owner.claim, r.Number, owner.browser)
	must(t, err) // a stranger's guesses do not lock the owner out
	h.clock.Add(time.Minute)
	for _, c := range []*citizen{owner, nobody} { // a lost number: known and unknown are answered alike
		must(t, h.LookUpSendCode(ctx, c.claim, c.browser, "ko"))
		wantCode(t, h.LookUpSendCode(ctx, c.claim, c.browser, "ko"), fault.TooMany)
		_, err = h.LookUpProve(ctx, c.claim, c.browser, "000000")
		wantCode(t, err, fault.Invalid)
	}
	h.clock.Add(14*time.Minute - time.Second)
	_, _, err = h.Reservations(ctx, token, owner.browser)
	must(t, err)
	h.clock.Add(time.Second)
	_, _, err = h.Reservations(ctx, token, owner.browser)
	wantCode(t, err, fault.Expired)
}

// A refused step and a restart lose nothing of what was chosen (rule B12).
func TestChoiceSurvivesRefusalAndRestart(t *testing.T) {
	onBoth(t, testChoiceSurvivesRefusalAndRestart)
}

func testChoiceSurvivesRefusalAndRestart(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	h := newTinyHouse(t)
	other, c := h.citizen(1).admit(), h.citizen(2).admit()
	clinicID, start := h.anyTime()
	_, err := other.hold("hold", clinicID, start)
	must(t, err)
	must(t, h.SaveDraft(ctx, c.ses(), booking.Draft{Region: "4183000000"}))
	_, err = c.hold("hold", clinicID, start)
	wantCode(t, err, fault.Full)
	h.restart()
	d, err := h.Draft(ctx, c.ses())
	must(t, err)
	if d.Region != "4183000000" || d.Clinic != clinicID || !d.Start.Equal(start) {
		t.Errorf("the draft is %+v", d)
	}
}
