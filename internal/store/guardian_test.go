package store_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"naru/internal/booking"
	"naru/internal/fault"
	"naru/internal/gate"
	"naru/internal/person"
	"naru/internal/store"
)

// newFamilyHouse is a house whose campaign lets guardians book.
func newFamilyHouse(t *testing.T) *house {
	t.Helper()
	h := newHouseEdited(t, "guardian: false", "guardian: true")
	h.lead(1)
	return h
}

// stand is a guardian at a browser of their own, with the ticket of the person they
// book for.
type stand struct {
	*citizen // the subject, on the guardian's browser
	who      store.Stand
}

// guards puts son n in front of the mother's booking.
func (h *house) guards(n int, mother *citizen) *stand {
	h.t.Helper()
	son := h.citizen(n)
	son.claim.Name, son.claim.Born.Year = "가상아들", 1990
	s := &stand{mother.onOtherDevice(son.cookie), store.Stand{
		Guardian: son.claim, Subject: mother.claim, Relation: person.Child, Consent: "동의합니다",
	}}
	must(h.t, s.join())
	return s
}

// proves reads the code from the guardian's own phone.
func (s *stand) proves() error {
	ctx := context.Background()
	ses := s.ses()
	if err := s.h.SendGuardianCode(ctx, ses, s.who, "ko"); err != nil {
		return err
	}
	phone := &citizen{h: s.h, claim: s.who.Guardian}
	token, err := s.h.ProveGuardian(ctx, ses, s.who, phone.code())
	if err == nil {
		s.session = token
	}
	return err
}

// books goes from the turn to the reservation.
func (s *stand) books(k string) (booking.Reservation, error) {
	clinicID := s.h.anyClinic()
	r, err := s.hold(k, clinicID, s.h.freeTime(clinicID).Start)
	if err != nil {
		return r, err
	}
	return s.confirm(k+"-c", r.HoldID)
}

// lookedUp is somebody who has proved themself by a code and looks up.
func (c *citizen) lookedUp() string {
	c.h.t.Helper()
	must(c.h.t, c.h.LookUpSendCode(context.Background(), c.claim, c.browser, "ko"))
	token, err := c.h.LookUpProve(context.Background(), c.claim, c.browser, c.code())
	must(c.h.t, err)
	return token
}

// A son books for his mother: one ticket, the mother's; two messages, at two phones;
// she sees who booked, takes it over, and he can do nothing any more.
func TestASonBooksForHisMother(t *testing.T) { onBoth(t, testASonBooksForHisMother) }

func testASonBooksForHisMother(t *testing.T) {
	t.Parallel()
	h := newFamilyHouse(t)
	mother := h.citizen(1)
	must(t, mother.join())
	son := h.guards(1001, mother)
	if son.ticket != mother.ticket {
		t.Fatal("mother and son have two tickets")
	}
	h.openGate()
	h.serve(2)
	must(t, son.enter())
	must(t, son.proves())
	r, err := son.books("son")
	must(t, err)
	got := map[string]string{}
	queued, err := h.Queued(t.Context(), 10)
	must(t, err)
	for _, m := range queued {
		got[m.To] = m.Kind
	}
	if got[mother.claim.Mobile] != "booked_for_you" || got[son.who.Guardian.Mobile] != "booked_by_you" || len(got) != 2 {
		t.Errorf("told: %v", got)
	}
	self := &citizen{h: h, at: campaignID, claim: son.who.Guardian, cookie: son.cookie, browser: son.browser}
	h.clock.Add(person.CodeEvery)
	his := self.lookedUp()
	wards, err := h.Wards(t.Context(), his, self.browser)
	must(t, err)
	if len(wards) != 1 || wards[0].Name != mother.claim.Name || wards[0].Reservation.Number != r.Number {
		t.Fatalf("he sees %+v", wards)
	}
	if own, _, err := h.Reservations(t.Context(), his, self.browser); err != nil || len(own) != 0 {
		t.Errorf("it is among his own: %+v, %v", own, err)
	}
	hers := mother.lookedUp()
	by, err := h.BookedFor(t.Context(), hers, mother.browser)
	must(t, err)
	if b := by[r.Number]; b.Kind != booking.ByGuardian || b.How != string(person.Child) {
		t.Errorf("she sees that it was booked by %+v", b)
	}
	must(t, h.TakeOver(t.Context(), hers, mother.browser, r.Number))
	_, err = h.CancelWard(t.Context(), his, self.browser, r.Number, key("his"), "ko")
	wantCode(t, err, fault.Forbidden)
	if wards, err = h.Wards(t.Context(), his, self.browser); err != nil || len(wards) != 0 {
		t.Errorf("after she took it over he sees %+v, %v", wards, err)
	}
	_, err = h.Cancel(t.Context(), hers, mother.browser, r.Number, key("hers"), "ko")
	must(t, err)
	h.sound()
}

// Until she takes it over the guardian may cancel what he booked, and both are told.
func TestAGuardianCancelsWhatTheyBooked(t *testing.T) {
	onBoth(t, testAGuardianCancelsWhatTheyBooked)
}

func testAGuardianCancelsWhatTheyBooked(t *testing.T) {
	t.Parallel()
	h := newFamilyHouse(t)
	h.openGate()
	mother := h.citizen(1)
	son := h.guards(1001, mother)
	h.serve(2)
	must(t, son.enter())
	must(t, son.proves())
	r, err := son.books("son")
	must(t, err)
	h.emptyOutbox()
	h.clock.Add(person.CodeEvery)
	self := &citizen{h: h, at: campaignID, claim: son.who.Guardian, cookie: son.cookie, browser: son.browser}
	his := self.lookedUp()
	stranger := h.citizen(7)
	must(t, stranger.join())
	h.serve(2)
	must(t, stranger.enter())
	must(t, stranger.prove())
	_, err = h.CancelWard(t.Context(), stranger.lookedUpLater(), stranger.browser, r.Number, key("no"), "ko")
	wantCode(t, err, fault.NotFound)
	h.emptyOutbox()
	_, err = h.CancelWard(t.Context(), his, self.browser, r.Number, key("his"), "ko")
	must(t, err)
	told := h.told()
	if told["cancelled_for_you"] != 1 || told["cancelled_by_you"] != 1 {
		t.Errorf("told: %v", told)
	}
	h.sound()
}

// What a guardian booked they may move, both doses too, until the person takes it over;
// both are told, and nobody else's number is found (rules B83, B84).
func TestAGuardianChangesWhatTheyBooked(t *testing.T) {
	onBoth(t, testAGuardianChangesWhatTheyBooked)
}

func testAGuardianChangesWhatTheyBooked(t *testing.T) {
	t.Parallel()
	h := newFamilyHouse(t)
	h.openGate()
	mother := h.citizen(1)
	son := h.guards(1001, mother)
	h.serve(2)
	must(t, son.enter())
	must(t, son.proves())
	r, err := son.books("son")
	must(t, err)
	h.clock.Add(person.CodeEvery)
	self := &citizen{h: h, at: campaignID, claim: son.who.Guardian, cookie: son.cookie, browser: son.browser}
	his := self.lookedUp()
	h.emptyOutbox()
	change := func(k string, dose int, start time.Time) error {
		_, err := h.ChangeWard(t.Context(), his, self.browser, r.Number, dose, start, key(k), "ko")
		return err
	}
	later := r.Doses[0].Start.Add(24 * time.Hour)
	must(t, change("both", booking.BothDoses, later))
	must(t, change("both", booking.BothDoses, later))
	if told := h.told(); told["changed_for_you"] != 1 || told["changed_by_you"] != 1 || told["changed"] != 0 {
		t.Errorf("told: %v", told)
	}
	h.emptyOutbox()
	hers := mother.lookedUpLater()
	_, err = h.ChangeWard(t.Context(), hers, mother.browser, r.Number, 1, later.Add(time.Hour), key("she"), "ko")
	wantCode(t, err, fault.NotFound) // it is her own, not a ward's
	must(t, h.TakeOver(t.Context(), hers, mother.browser, r.Number))
	wantCode(t, change("after", 1, later.Add(time.Hour)), fault.Forbidden)
	h.sound()
}

// lookedUpLater waits until another code may be sent.
func (c *citizen) lookedUpLater() string {
	c.h.clock.Add(person.CodeEvery)
	return c.lookedUp()
}

// The mother has booked herself: the son is refused, and her booking stands unchanged.
func TestAGuardianNeverAltersHerOwnBooking(t *testing.T) {
	onBoth(t, testAGuardianNeverAltersHerOwnBooking)
}

func testAGuardianNeverAltersHerOwnBooking(t *testing.T) {
	t.Parallel()
	h := newFamilyHouse(t)
	h.openGate()
	o := h.owner(1, h.anyClinic())
	son := h.guards(1001, o.citizen)
	h.serve(2)
	must(t, son.enter())
	err := son.proves()
	wantCode(t, err, fault.Conflict)
	if got := fault.Of(err).Message; got != "guardian.subject_booked" {
		t.Errorf("refused with %q", got)
	}
	all, _, err := h.Reservations(t.Context(), o.token, o.browser)
	must(t, err)
	if len(all) != 1 || all[0].State != booking.Booked || !all[0].Doses[0].Start.Equal(o.booked.Doses[0].Start) {
		t.Errorf("her booking is %+v", all)
	}
	h.sound()
}

// A campaign that does not let guardians in refuses them, also when their page is old.
func TestACampaignForbidsGuardians(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.lead(1)
	h.openGate()
	son := h.guards(1001, h.citizen(1))
	h.serve(2)
	must(t, son.enter())
	wantCode(t, son.proves(), fault.NotEligible)
}

// Five people, not six; one of the five again is none more.
func TestAGuardianHasFivePeople(t *testing.T) { onBoth(t, testAGuardianHasFivePeople) }

func testAGuardianHasFivePeople(t *testing.T) {
	t.Parallel()
	h := newFamilyHouse(t)
	h.openGate()
	for n := range person.MaxSubjects + 1 {
		son := h.guards(1001, h.citizen(n))
		h.serve(2)
		must(t, son.enter())
		err := son.proves()
		if n == person.MaxSubjects {
			wantCode(t, err, fault.TooMany)
			break
		}
		must(t, err)
		_, err = son.books("one" + string(rune('a'+n)))
		must(t, err)
		h.clock.Add(person.CodeWindow)
		h.lead(1)
	}
	again := h.guards(1001, h.citizen(0))
	again.cookie, again.browser = "at work", gate.BrowserHash("at work") // the one that booked is told so at once
	must(t, again.enter())
	must(t, again.proves()) // to see what he booked
	h.sound()
}

// Mother and son at once: one has the session, there is one booking, and what she
// begins he cannot take from her.
func TestRaceOfMotherAndSon(t *testing.T) { onBoth(t, testRaceOfMotherAndSon) }

func testRaceOfMotherAndSon(t *testing.T) {
	t.Parallel()
	h := newFamilyHouse(t)
	mother := h.citizen(1)
	must(t, mother.join())
	son := h.guards(1001, mother)
	h.openGate()
	h.serve(2)
	must(t, mother.enter())
	must(t, son.enter())
	ctx := t.Context()
	must(t, h.SendCode(ctx, mother.ses(), mother.claim, "ko"))
	hers := mother.code()
	must(t, h.SendGuardianCode(ctx, son.ses(), son.who, "ko"))
	his := (&citizen{h: h, claim: son.who.Guardian}).code()
	motherSes, sonSes := mother.ses(), son.ses()
	var wg sync.WaitGroup
	var motherErr, sonErr error
	wg.Go(func() {
		var token string
		if token, motherErr = h.Prove(ctx, motherSes, mother.claim, hers); motherErr == nil {
			mother.session = token
		}
	})
	wg.Go(func() {
		var token string
		if token, sonErr = h.ProveGuardian(ctx, sonSes, son.who, his); sonErr == nil {
			son.session = token
		}
	})
	wg.Wait()
	if (motherErr == nil) == (sonErr == nil) {
		t.Fatalf("mother: %v, son: %v", motherErr, sonErr)
	}
	winner := mother
	if sonErr == nil {
		winner = son.citizen
	}
	clinicID := h.anyClinic()
	r, err := winner.hold("winner", clinicID, h.freeTime(clinicID).Start)
	must(t, err)
	_, err = winner.confirm("winner-c", r.HoldID)
	must(t, err)
	h.sound()
}
