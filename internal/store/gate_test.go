package store_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"naru/internal/fault"
	"naru/internal/gate"
)

func TestSameClaimSameTicketFromAnywhereAndAfterRestart(t *testing.T) {
	onBoth(t, testSameClaimSameTicketFromAnywhereAndAfterRestart)
}

func testSameClaimSameTicketFromAnywhereAndAfterRestart(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.lead(1)
	phone := h.citizen(1)
	must(t, phone.join())
	laptop := phone.onOtherDevice("laptop")
	laptop.claim.Name = " " + laptop.claim.Name // typed differently, the same person
	must(t, laptop.join())
	h.restart()
	again := phone.onOtherDevice("after the restart")
	must(t, again.join())
	if phone.ticket != laptop.ticket && phone.ticket != again.ticket {
		t.Fatal("the same claim got different tickets")
	}
	if phone.ticket != again.ticket {
		t.Fatal("the ticket changed with the restart")
	}
	other := h.citizen(2)
	must(t, other.join())
	if other.ticket == phone.ticket {
		t.Fatal("two people share a ticket")
	}
}

func TestTheDatabaseDecidesLobbyOrLate(t *testing.T) { onBoth(t, testTheDatabaseDecidesLobbyOrLate) }

func testTheDatabaseDecidesLobbyOrLate(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	early := h.citizen(0)
	h.clock.Add(-time.Hour)
	wantCode(t, early.join(), fault.NotOpen)
	h.clock.Add(time.Hour)
	h.lead(1)
	for n := range 20 {
		must(t, h.citizen(n).join())
	}
	h.clock.Add(opening.Sub(h.clock.Now()) - time.Minute)
	h.lead(1) // the phase is closed; the roll is not there yet
	late := h.citizen(50)
	must(t, late.join())
	h.lead(2)
	v, err := h.View(campaignID)
	must(t, err)
	if v.Board.L != 20 || v.Board.Phase != gate.HeldDraw || v.Seed == nil {
		t.Fatalf("board %+v", v.Board)
	}
	st, err := h.Standing(campaignID, late.ticket)
	must(t, err)
	if st.Place != 20 {
		t.Errorf("the first late place is %d, want 20", st.Place)
	}
	f, err := h.Roll(campaignID)
	must(t, err)
	roll, err := gate.ReadRoll(f)
	must(t, err)
	_ = f.Close()
	for _, found := range gate.VerifyDraw(v.Draw, roll, gate.Noted{}) {
		if found.Status == gate.Wrong {
			t.Errorf("the published draw does not verify: %+v", found)
		}
	}
}

func TestPlacesSurviveRestartAndAheadNeverGrows(t *testing.T) {
	onBoth(t, testPlacesSurviveRestartAndAheadNeverGrows)
}

func testPlacesSurviveRestartAndAheadNeverGrows(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.lead(1)
	people := make([]*citizen, 30)
	for n := range people {
		people[n] = h.citizen(n)
		must(t, people[n].join())
	}
	h.openGate()
	before := map[int]standing{}
	for n, c := range people {
		st, err := h.Standing(campaignID, c.ticket)
		must(t, err)
		before[n] = standing{st.Place, st.Ahead}
	}
	h.restart()
	h.serve(5)
	for n, c := range people {
		st, err := h.Standing(campaignID, c.ticket)
		must(t, err)
		if st.Place != before[n].place || st.Ahead > before[n].ahead {
			t.Errorf("person %d: place %d ahead %d, before the restart %+v", n, st.Place, st.Ahead, before[n])
		}
	}
}

type standing struct{ place, ahead uint64 }

func TestEnterBeforeTheTurnWaitsAndKeepsThePlace(t *testing.T) {
	onBoth(t, testEnterBeforeTheTurnWaitsAndKeepsThePlace)
}

func testEnterBeforeTheTurnWaitsAndKeepsThePlace(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.lead(1)
	first := h.citizen(1)
	must(t, first.join())
	wantCode(t, first.enter(), fault.NotOpen)
	h.openGate()
	last := h.citizen(2)
	must(t, last.join()) // behind everybody who has been called
	wantCode(t, last.enter(), fault.Wait)
	h.serve(2)
	must(t, last.enter())
	must(t, last.enter()) // again: the same session
	h.sound()
}

// A stranger who knows the name, birth date and number of somebody and enters
// first does not stop them: the first proof wins (rules G25, G26).
func TestStrangerWithMyClaimDoesNotStopMe(t *testing.T) {
	onBoth(t, testStrangerWithMyClaimDoesNotStopMe)
}

func testStrangerWithMyClaimDoesNotStopMe(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.openGate()
	me := h.citizen(1)
	stranger := me.onOtherDevice("stranger")
	must(t, stranger.join())
	h.serve(2)
	must(t, stranger.enter())
	must(t, stranger.h.SendCode(context.Background(), stranger.ses(), stranger.claim, "ko"))
	must(t, me.join())
	if me.ticket != stranger.ticket {
		t.Fatal("the same claim got two tickets")
	}
	must(t, me.enter())
	h.clock.Add(21 * time.Second)
	must(t, me.prove())
	wantCode(t, h.SendCode(context.Background(), stranger.ses(), stranger.claim, "ko"), fault.Conflict)
	guess := func() error {
		_, err := h.Prove(context.Background(), stranger.ses(), stranger.claim, "000000")
		return err
	}
	if err := guess(); err == nil {
		t.Fatal("a guessed code was taken")
	}
	clinicID := h.anyClinic()
	r, err := me.hold("hold", clinicID, h.firstTime(clinicID).Start)
	must(t, err)
	_, err = stranger.hold("hold", clinicID, h.firstTime(clinicID).Start)
	wantCode(t, err, fault.Unauthenticated)
	_, err = me.confirm("confirm", r.HoldID)
	must(t, err)
	h.sound()
}

// The owner of a proven session takes it over on a second device by proving
// again; the first device's session is over.
func TestOwnerMovesToAnotherDevice(t *testing.T) { onBoth(t, testOwnerMovesToAnotherDevice) }

func testOwnerMovesToAnotherDevice(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.openGate()
	old := h.citizen(1).admit()
	before := old.ses()
	fresh := old.onOtherDevice("second device")
	must(t, fresh.join())
	h.clock.Add(30 * time.Second)
	must(t, fresh.enter())
	must(t, fresh.prove())
	clinicID := h.anyClinic()
	_, err := h.Draft(context.Background(), before)
	wantCode(t, err, fault.Conflict)
	_, err = fresh.hold("hold", clinicID, h.firstTime(clinicID).Start)
	must(t, err)
	h.sound()
}

// Nobody is sent back: a session that lapsed is opened again at its place, and
// the record shows no jump.
func TestLapsedSessionReentersAtItsPlace(t *testing.T) {
	onBoth(t, testLapsedSessionReentersAtItsPlace)
}

func testLapsedSessionReentersAtItsPlace(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.openGate()
	c := h.citizen(1)
	must(t, c.join())
	h.serve(2)
	for range 1 + gate.MaxReentries {
		must(t, c.enter())
		h.clock.Add(gate.UnprovenFor + time.Second)
		h.lead(1)
	}
	h.sound()
}

// A stranger who enters with somebody's claim and lets it lapse, again and
// again, does not send the owner to the slow line (rule G23).
func TestStrangersLapsesDoNotSlowTheOwner(t *testing.T) {
	onBoth(t, testStrangersLapsesDoNotSlowTheOwner)
}

func testStrangersLapsesDoNotSlowTheOwner(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	h := newHouse(t)
	h.openGate()
	owner := h.citizen(1)
	stranger := owner.onOtherDevice("stranger")
	must(t, stranger.join())
	h.serve(2)
	for range 1 + gate.MaxReentries {
		must(t, stranger.enter())
		h.clock.Add(gate.UnprovenFor + time.Second)
		h.lead(1)
	}
	must(t, h.SetCap(ctx, campaignID, 2))
	first := h.citizen(2)
	must(t, first.join())
	h.serve(2)
	must(t, first.enter())
	waiting := h.citizen(3)
	must(t, waiting.join())
	h.serve(2)
	wantCode(t, waiting.enter(), fault.Wait) // a turn waits, so the slow line stands
	must(t, first.prove())
	h.serve(1)
	wantCode(t, stranger.enter(), fault.Wait)
	must(t, owner.join())
	must(t, owner.enter())
	h.sound()
}

// The cap holds against a crowd that enters at once, and every free seat goes
// to somebody.
func TestCapHoldsAgainstACrowd(t *testing.T) { onBoth(t, testCapHoldsAgainstACrowd) }

func testCapHoldsAgainstACrowd(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.lead(1)
	const crowd, seats = 200, 40
	must(t, h.SetCap(context.Background(), campaignID, seats))
	people := make([]*citizen, crowd)
	for n := range people {
		people[n] = h.citizen(n)
		must(t, people[n].join())
	}
	h.openGate()
	h.serve(30)
	var wg sync.WaitGroup
	entered := make([]bool, crowd)
	for n, c := range people {
		wg.Go(func() { entered[n] = c.enter() == nil })
	}
	wg.Wait()
	in := 0
	for _, ok := range entered {
		if ok {
			in++
		}
	}
	if want := gate.UnprovenBudget(seats); in == 0 || in > want {
		t.Errorf("%d sessions opened, want 1 to %d", in, want)
	}
	h.sound()
}
