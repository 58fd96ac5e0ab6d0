package store_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"naru/internal/booking"
	"naru/internal/fault"
	"naru/internal/gate"
	"naru/internal/person"
	"naru/internal/staff"
	"naru/internal/store"
)

// agent lets a call-centre agent in.
func (h *house) agent(name string) staff.Caller {
	h.t.Helper()
	_, admin := h.signedIn()
	_, link, err := h.Invite(h.t.Context(), admin, name, []staff.Grant{{Role: staff.Agent}})
	must(h.t, err)
	_, c, err := h.EnterByLink(h.t.Context(), link)
	must(h.t, err)
	return c
}

// callIn is a call in which the agent has called the number back.
func (h *house) callIn(a staff.Caller, claim person.Claim) (gate.Session, error) {
	cookie := "call " + a.Session
	token, err := h.LetIn(h.t.Context(), a, store.CallRequest{Campaign: campaignID, Claim: claim, Check: person.VouchCalledBack, Cookie: cookie})
	if err != nil {
		return gate.Session{}, err
	}
	return h.Session(campaignID, token, cookie)
}

// bookByPhone is a call from the first word to the reservation.
func (h *house) bookByPhone(a staff.Caller, claim person.Claim, clinicID string, start time.Time, k string) (booking.Reservation, error) {
	ses, err := h.callIn(a, claim)
	if err != nil {
		return booking.Reservation{}, err
	}
	held, err := h.HoldForCaller(h.t.Context(), a, ses, store.HoldRequest{Key: key(k), Clinic: clinicID, Start: start})
	if err != nil {
		return held, err
	}
	return h.ConfirmForCaller(h.t.Context(), a, ses, clinicID, store.ConfirmRequest{Key: key(k + "-c"), Hold: held.HoldID, Lang: "ko"})
}

// lets waits until the phone lane lets somebody in.
func (h *house) lets(a staff.Caller, claim person.Claim) gate.Session {
	h.t.Helper()
	for range 20 {
		ses, err := h.callIn(a, claim)
		if fault.CodeOf(err) == fault.Wait {
			h.serve(1)
			continue
		}
		must(h.t, err)
		return ses
	}
	h.t.Fatal("the phone lane lets nobody in")
	return gate.Session{}
}

// The web is full to the last seat: a caller is booked all the same, is told, and the
// audit says who did it and how the agent was satisfied.
func TestAnAgentBooksWhileTheWebIsFull(t *testing.T) {
	onBoth(t, testAnAgentBooksWhileTheWebIsFull)
}

func testAnAgentBooksWhileTheWebIsFull(t *testing.T) {
	t.Parallel()
	h := newHouseEdited(t, capLine, withLanes)
	h.lead(1)
	must(t, h.SetCap(t.Context(), campaignID, 20))
	for n := range 60 {
		must(t, h.citizen(n).join())
	}
	a := h.agent("가 상담원")
	h.openGate()
	h.serve(5)
	caller := h.citizen(100)
	seen, err := h.FindCaller(t.Context(), a, caller.claim)
	must(t, err)
	if seen.Known || len(seen.Reservations) > 0 {
		t.Fatalf("somebody new is known: %+v", seen)
	}
	h.lets(a, caller.claim)
	clinicID := h.anyClinic()
	r, err := h.bookByPhone(a, caller.claim, clinicID, h.freeTime(clinicID).Start, "call")
	must(t, err)
	if got := h.told()["booked"]; got != 1 {
		t.Errorf("%d messages say that it is booked", got)
	}
	seen, err = h.FindNumber(t.Context(), a, r.Number)
	must(t, err)
	by := seen.BookedBy[r.Number]
	if seen.Claim != caller.claim || by.Kind != booking.ByAgent || by.How != string(person.VouchCalledBack) || by.ID != string(a.ID) {
		t.Errorf("found %+v, booked by %+v", seen.Claim, by)
	}
	audit := strings.Join(h.audited(staff.BookForCaller), ",")
	if !strings.HasSuffix(audit, "asked,done,asked,done,asked,done") {
		t.Errorf("the audit says %q", audit)
	}
	h.sound()
}

// Who waits on the web and calls has one place and one booking, and keeps the ticket.
func TestACallerWithAWebTicketLosesNothing(t *testing.T) {
	onBoth(t, testACallerWithAWebTicketLosesNothing)
}

func testACallerWithAWebTicketLosesNothing(t *testing.T) {
	t.Parallel()
	h := newHouseEdited(t, capLine, withLanes)
	h.lead(1)
	atHome := h.citizen(1)
	must(t, atHome.join())
	a := h.agent("가 상담원")
	h.openGate()
	before, err := h.Standing(campaignID, atHome.ticket)
	must(t, err)
	seen, err := h.CallerTicket(t.Context(), campaignID, atHome.claim)
	must(t, err)
	if seen.Ticket.ID != before.Ticket.ID || seen.Place != before.Place {
		t.Errorf("the agent sees place %d, the page shows %d", seen.Place, before.Place)
	}
	_, err = h.CallerTicket(t.Context(), campaignID, h.citizen(2).claim)
	wantCode(t, err, fault.NotFound)
	h.lets(a, atHome.claim)
	clinicID := h.anyClinic()
	_, err = h.bookByPhone(a, atHome.claim, clinicID, h.freeTime(clinicID).Start, "call")
	must(t, err)
	after, err := h.Standing(campaignID, atHome.ticket)
	must(t, err)
	if after.Place != before.Place {
		t.Errorf("the place was %d and is %d", before.Place, after.Place)
	}
	_, err = h.bookByPhone(a, atHome.claim, clinicID, h.freeTime(clinicID).Start, "again")
	wantCode(t, err, fault.Conflict)
	if r := h.sound(); r.Admitted != 1 {
		t.Errorf("%d tickets were admitted", r.Admitted)
	}
}

// A person who may not book on the web may not by telephone.
func TestTheSameRulesByTelephone(t *testing.T) {
	t.Parallel()
	h := newHouseEdited(t, capLine, withLanes)
	h.lead(1)
	a := h.agent("가 상담원")
	h.openGate()
	young := h.citizen(1).claim
	young.Born.Year = 2001
	h.lets(a, young)
	clinicID := h.anyClinic()
	_, err := h.bookByPhone(a, young, clinicID, h.freeTime(clinicID).Start, "call")
	wantCode(t, err, fault.NotEligible)
}

// A code that the caller reads out stands for the proof too, and a wrong one does not.
func TestACallerReadsTheCodeOut(t *testing.T) {
	t.Parallel()
	h := newHouseEdited(t, capLine, withLanes)
	h.lead(1)
	a := h.agent("가 상담원")
	h.openGate()
	c := h.citizen(1)
	cookie := "call " + a.Session
	ask := store.CallRequest{Campaign: campaignID, Claim: c.claim, Check: person.VouchCode, Cookie: cookie}
	must(t, h.SendCallerCode(t.Context(), a, c.claim, gate.BrowserHash(cookie), "ko"))
	code := c.code()
	ask.Code = "000000"
	if ask.Code == code {
		ask.Code = "000001"
	}
	var err error
	for range 20 {
		if _, err = h.LetIn(t.Context(), a, ask); fault.CodeOf(err) != fault.Wait {
			break
		}
		h.serve(1)
	}
	wantCode(t, err, fault.Invalid)
	ask.Code = code
	_, err = h.LetIn(t.Context(), a, ask)
	must(t, err)
}

// An agent moves and cancels at the caller's word; both are written down with the
// person.
func TestAnAgentChangesAndCancels(t *testing.T) { onBoth(t, testAnAgentChangesAndCancels) }

func testAnAgentChangesAndCancels(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.lead(1)
	h.openGate()
	a := h.agent("가 상담원")
	clinicID := h.anyClinic()
	o := h.owner(1, clinicID)
	to := time.Time{}
	for _, one := range h.times(clinicID) {
		if one.Start.After(o.booked.Doses[0].Start) && one.Left > 0 {
			to = one.Start
			break
		}
	}
	moved, err := h.ChangeForCaller(t.Context(), a, o.claim, person.VouchCalledBack,
		store.ChangeRequest{Number: o.booked.Number, Dose: 1, Start: to, Key: key("move"), Lang: "ko"})
	must(t, err)
	if !moved.Doses[0].Start.Equal(to) {
		t.Errorf("moved to %v, want %v", moved.Doses[0].Start, to)
	}
	_, err = h.CancelForCaller(t.Context(), a, h.citizen(2).claim, person.VouchCalledBack, o.booked.Number, key("other"), "ko")
	wantCode(t, err, fault.NotFound)
	_, err = h.CancelForCaller(t.Context(), a, o.claim, person.VouchCalledBack, o.booked.Number, key("cancel"), "ko")
	must(t, err)
	if got := strings.Join(h.audited(staff.ChangeForCaller), ","); got != "asked,done,asked,done" {
		t.Errorf("the audit says %q", got)
	}
	auditor := a
	auditor.Grants = []staff.Grant{{Role: staff.Auditor}}
	_, err = h.CancelForCaller(t.Context(), auditor, o.claim, person.VouchCalledBack, o.booked.Number, key("no"), "ko")
	wantCode(t, err, fault.Forbidden)
	h.sound()
}

// An agent who looks people up and books nobody is stopped, and the one beside is not.
func TestSearchesAreBounded(t *testing.T) { onBoth(t, testSearchesAreBounded) }

func testSearchesAreBounded(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	a, other := h.agent("가 상담원"), h.agent("나 상담원")
	for n := range staff.MaxSearches {
		_, err := h.FindCaller(t.Context(), a, h.citizen(n).claim)
		must(t, err)
	}
	_, err := h.FindCaller(t.Context(), a, h.citizen(1).claim)
	wantCode(t, err, fault.TooMany)
	_, err = h.SeeCaller(t.Context(), a, h.citizen(1).claim) // who was found is still seen
	must(t, err)
	_, err = h.FindCaller(t.Context(), other, h.citizen(1).claim)
	must(t, err)
	h.clock.Add(staff.SearchWindow)
	_, err = h.FindCaller(t.Context(), a, h.citizen(1).claim)
	must(t, err)
}

// Of many agents who take a promised call at once one gets it.
func TestHammerOneAgentTakesACall(t *testing.T) { onBoth(t, testHammerOneAgentTakesACall) }

func testHammerOneAgentTakesACall(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	first := h.agent("가 상담원")
	c, err := h.Promise(t.Context(), first, staff.Callback{
		Name: "가상사람", Phone: "01000000001", About: staff.AboutBook, Due: h.clock.Now().Add(time.Hour),
	})
	must(t, err)
	agents := make([]staff.Caller, 8)
	for i := range agents {
		agents[i] = first
		agents[i].ID = staff.NewID()
	}
	errs := make([]error, len(agents))
	var wg sync.WaitGroup
	for i, a := range agents {
		wg.Go(func() { errs[i] = h.TakeCallback(context.Background(), a, c.ID) })
	}
	wg.Wait()
	winner := slices.IndexFunc(errs, func(err error) bool { return err == nil })
	for i, err := range errs {
		if i != winner && fault.CodeOf(err) != fault.Conflict {
			t.Errorf("agent %d: %v", i, err)
		}
	}
	if winner < 0 {
		t.Fatal("nobody got it")
	}
	wantCode(t, h.EndCallback(t.Context(), agents[(winner+1)%8], c.ID, true), fault.Conflict)
	must(t, h.EndCallback(t.Context(), agents[winner], c.ID, false))
	all, err := h.Callbacks(t.Context(), first)
	must(t, err)
	if len(all) != 1 || all[0].Tries != 1 || all[0].State != staff.CallOpen || all[0].Phone != "01000000001" {
		t.Fatalf("after a try the list is %+v", all)
	}
	must(t, h.TakeCallback(t.Context(), agents[0], c.ID))
	must(t, h.EndCallback(t.Context(), agents[0], c.ID, true))
	if all, err = h.Callbacks(t.Context(), first); err != nil || len(all) != 0 {
		t.Errorf("after it was reached the list is %+v, %v", all, err)
	}
	wantCode(t, h.TakeCallback(t.Context(), first, c.ID), fault.Conflict)
}
