package store_test

import (
	"context"
	"testing"
	"time"

	"naru/internal/fault"
	"naru/internal/gate"
)

const (
	capLine   = "  cap: 2000 "
	withLanes = "  lanes:\n    - { lane: phone, share_percent: 20, times_percent: 10, release: \"2021-07-12 12:00\" }\n" + capLine
)

// call joins and enters by the telephone.
func (c *citizen) call() (number uint64, err error) {
	ctx := context.Background()
	c.ticket, number, err = c.h.JoinLane(ctx, campaignID, gate.Phone, c.claim)
	return number, err
}

func (c *citizen) enterByPhone() error {
	e, err := c.h.EnterLane(context.Background(), campaignID, gate.Phone, c.ticket, c.browser)
	if err == nil {
		c.session = e.Session
	}
	return err
}

// A web line that fills every seat it has leaves a caller's wait as it is with nobody
// on the web.
func TestAFullWebLeavesThePhonesWaitAlone(t *testing.T) {
	onBoth(t, testAFullWebLeavesThePhonesWaitAlone)
}

func testAFullWebLeavesThePhonesWaitAlone(t *testing.T) {
	t.Parallel()
	waited := func(crowd int) (seconds int) {
		h := newHouseEdited(t, capLine, withLanes)
		h.lead(1)
		must(t, h.SetCap(context.Background(), campaignID, 20)) // 16 for the web, 4 for the telephone
		people := make([]*citizen, crowd)
		for n := range people {
			people[n] = h.citizen(n)
			must(t, people[n].join())
		}
		h.openGate()
		h.serve(10)
		in := 0
		for _, c := range people {
			if c.enter() == nil {
				in++
			}
		}
		if want := min(crowd, gate.UnprovenBudget(16)); in != want {
			t.Fatalf("%d of the web are in, want %d", in, want)
		}
		for n := range 3 { // a quarter of the four seats of the telephone is not for the unproven
			c := h.citizen(1000 + n)
			_, err := c.call()
			must(t, err)
			for ; c.enterByPhone() != nil; seconds++ {
				if seconds > 60 {
					t.Fatalf("caller %d is not let in", n)
				}
				h.serve(1)
			}
		}
		h.sound()
		return seconds
	}
	if quiet, full := waited(0), waited(200); full != quiet {
		t.Errorf("callers waited %d s beside a full web and %d s beside an empty one", full, quiet)
	}
}

// Who has a ticket of the web and calls keeps the one ticket and its place; the
// first proof has the session, and there is one.
func TestACallerKeepsTheOneTicket(t *testing.T) { onBoth(t, testACallerKeepsTheOneTicket) }

func testACallerKeepsTheOneTicket(t *testing.T) {
	t.Parallel()
	h := newHouseEdited(t, capLine, withLanes)
	h.lead(1)
	atHome := h.citizen(1)
	must(t, atHome.join())
	h.openGate()
	before, err := h.Standing(campaignID, atHome.ticket)
	must(t, err)
	agent := atHome.onOtherDevice("agent")
	first, err := agent.call()
	must(t, err)
	again, err := agent.call()
	must(t, err)
	if first != again || agent.ticket != atHome.ticket {
		t.Errorf("numbers %d and %d, tickets alike %v", first, again, agent.ticket == atHome.ticket)
	}
	after, err := h.Standing(campaignID, atHome.ticket)
	must(t, err)
	if after.Place != before.Place {
		t.Errorf("the place was %d and is %d", before.Place, after.Place)
	}
	h.serve(2)
	must(t, agent.enterByPhone())
	must(t, agent.prove())
	if agent.ses().Lane != gate.Phone {
		t.Errorf("the session is of the lane %q", agent.ses().Lane)
	}
	must(t, atHome.enter()) // the owner may prove and take over, no more
	wantCode(t, func() error { _, err := atHome.hold("k", h.anyClinic(), h.firstTime(h.anyClinic()).Start); return err }(), fault.Unauthenticated)
	if r := h.sound(); r.Admitted != 1 {
		t.Errorf("%d tickets were admitted", r.Admitted)
	}
}

// Times that are kept for callers are not on the web until they are released.
func TestKeptTimesAreTheCallers(t *testing.T) { onBoth(t, testKeptTimesAreTheCallers) }

func testKeptTimesAreTheCallers(t *testing.T) {
	t.Parallel()
	h := newHouseEdited(t, capLine, withLanes)
	h.lead(1)
	h.openGate()
	p, err := h.Campaign(campaignID)
	must(t, err)
	clinicID, kept := "", time.Time{}
	for _, k := range h.Directory().Clinics() {
		seen := map[time.Time]bool{}
		web, _, err := h.Times(p, gate.Web, string(k.ID))
		must(t, err)
		for _, one := range web {
			seen[one.Start] = true
		}
		phone, _, err := h.Times(p, gate.Phone, string(k.ID))
		must(t, err)
		for _, one := range phone {
			if !seen[one.Start] {
				clinicID, kept = string(k.ID), one.Start
			}
		}
	}
	if clinicID == "" {
		t.Fatal("no time is kept")
	}
	onWeb := h.citizen(1).admit()
	_, err = onWeb.hold("web", clinicID, kept)
	wantCode(t, err, fault.Invalid)
	caller := h.citizen(2)
	_, err = caller.call()
	must(t, err)
	h.serve(2)
	must(t, caller.enterByPhone())
	must(t, caller.prove())
	r, err := caller.hold("phone", clinicID, kept)
	must(t, err)
	_, err = caller.confirm("phone-confirm", r.HoldID)
	must(t, err)
	h.clock.Add(opening.Add(12 * time.Hour).Sub(h.clock.Now()))
	h.lead(1)
	released, _, err := h.Times(p, gate.Web, clinicID)
	must(t, err)
	found := false
	for _, one := range released {
		found = found || one.Start.Equal(kept)
	}
	if !found {
		t.Error("the time is not on the web after its release")
	}
	h.sound()
}

// A campaign without the lane has nobody in it.
func TestThereIsNoLaneThatWasNotPublished(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.lead(1)
	_, err := h.citizen(1).call()
	wantCode(t, err, fault.NotFound)
	c := h.citizen(2)
	must(t, c.join())
	h.openGate()
	wantCode(t, c.enterByPhone(), fault.NotFound)
}

// When only people are left who come again, and more than a tenth have, they are let
// in by place all the same: nobody waits for the other in a circle.
func TestManyWhoComeAgainAreLetIn(t *testing.T) { onBoth(t, testManyWhoComeAgainAreLetIn) }

func testManyWhoComeAgainAreLetIn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.lead(1)
	const crowd = 40
	people := make([]*citizen, crowd)
	for n := range people {
		people[n] = h.citizen(n)
		must(t, people[n].join())
	}
	h.openGate()
	h.serve(5)
	for round := range 3 {
		must(t, h.SetCap(context.Background(), campaignID, crowd*2))
		h.serve(1)
		for n, c := range people {
			if err := c.enter(); err != nil {
				t.Fatalf("round %d, person %d: %v", round, n, err)
			}
		}
		h.clock.Add(gate.UnprovenFor + time.Second) // all lapse
		h.lead(1)
	}
	// Few seats now: those who come again take turns, and one who is new goes first.
	must(t, h.SetCap(context.Background(), campaignID, 4)) // three for the unproven
	h.serve(1)
	in := 0
	for range 20 {
		for _, c := range people {
			if c.enter() == nil {
				in++
			}
		}
		h.serve(1)
		if in >= 3 {
			break
		}
	}
	if in < 3 {
		t.Errorf("%d of three seats are taken by those who come again", in)
	}
	h.sound()
}
