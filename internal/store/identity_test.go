package store_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"naru/internal/fault"
	"naru/internal/gate"
	"naru/internal/identity"
	"naru/internal/store"
)

// lamp is how a node sees its providers: all alike.
type lamp struct {
	mu    sync.Mutex
	light identity.Light
}

func (l *lamp) be(light identity.Light) { l.mu.Lock(); defer l.mu.Unlock(); l.light = light }

func (l *lamp) lights() map[identity.ID]identity.Light {
	l.mu.Lock()
	defer l.mu.Unlock()
	return map[identity.ID]identity.Light{"code": l.light, "mock-a": l.light, "mock-b": l.light}
}

// Slow providers lower the serving step, dead ones stop it, and when they are
// back it goes on: nobody's place is touched (rule I6).
func TestLightsLowerAdmission(t *testing.T) { onBoth(t, testLightsLowerAdmission) }

func testLightsLowerAdmission(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var l lamp
	h.lights = l.lights
	h.restart()
	h.lead(1)
	var wg sync.WaitGroup
	for n := range 1800 {
		wg.Go(func() { _ = h.citizen(n).join() }) // who is missing shows in the steps
	}
	wg.Wait()
	h.openGate()
	steps := map[identity.Light]uint64{}
	for _, light := range []identity.Light{identity.Smooth, identity.Slow, identity.Down, identity.Smooth} {
		l.be(light)
		h.serve(2)
		before := h.serving()
		h.serve(2)
		steps[light] = h.serving() - before
	}
	if steps[identity.Smooth] == 0 || steps[identity.Slow]*2 != steps[identity.Smooth] || steps[identity.Down] != 0 {
		t.Errorf("places called in two seconds, by light: %v", steps)
	}
	h.sound()
}

func (h *house) serving() uint64 {
	h.t.Helper()
	v, err := h.View(campaignID)
	must(h.t, err)
	return v.Board.Serving
}

// The leader goes by what every node sees, and no longer by what a node saw that
// has gone.
func TestTheLeaderKnowsTheLightsOfAllNodes(t *testing.T) {
	onPostgresOnly(t, testTheLeaderKnowsTheLightsOfAllNodes)
}

func testTheLeaderKnowsTheLightsOfAllNodes(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var mine, theirs lamp
	h.lights = mine.lights
	h.restart()
	other := &house{t: t, dir: t.TempDir(), db: h.db, clock: h.clock, a: h.a, lights: theirs.lights}
	copyKeys(t, h.dir, other.dir)
	other.open()
	h.lead(1)
	theirs.be(identity.Down)
	h.clock.Add(time.Second)
	other.lead(1)
	h.lead(1)
	if got := h.ProofShare(); got != 0.5 {
		t.Errorf("share %v while one of two nodes sees nobody", got)
	}
	must(t, other.Close())
	for range 12 {
		h.clock.Add(time.Second)
		h.lead(1)
	}
	if got := h.ProofShare(); got != 1 {
		t.Errorf("share %v after the other node has gone", got)
	}
}

// proveAs proves with a provider that names the human.
func (c *citizen) proveAs(human string) error {
	token, err := c.h.ProveAs(context.Background(), c.ses(), c.claim, human)
	if err == nil {
		c.session = token
	}
	return err
}

func (c *citizen) enters() *citizen {
	c.h.t.Helper()
	must(c.h.t, c.join())
	c.h.serve(2)
	must(c.h.t, c.enter())
	return c
}

// One human who joins with two phones has two places, and is one person: the
// second proof takes over, the first session is over everywhere, and books
// nothing (rules I9, G26).
func TestOneHumanWithTwoClaimsHasOneSession(t *testing.T) {
	onBoth(t, testOneHumanWithTwoClaimsHasOneSession)
}

func testOneHumanWithTwoClaimsHasOneSession(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.openGate()
	old, fresh := h.citizen(1).enters(), h.citizen(2).enters()
	must(t, old.proveAs("ci-1"))
	first := old.ses()
	must(t, fresh.proveAs("ci-1"))
	if first.Person != fresh.ses().Person {
		t.Fatal("one human is two people")
	}
	_, err := h.Draft(t.Context(), first)
	wantCode(t, err, fault.Conflict)
	clinicID := h.anyClinic()
	_, err = old.hold("old", clinicID, h.firstTime(clinicID).Start)
	wantCode(t, err, fault.Conflict)
	r, err := fresh.hold("fresh", clinicID, h.firstTime(clinicID).Start)
	must(t, err)
	booked, err := fresh.confirm("confirm", r.HoldID)
	must(t, err)
	who, err := h.Person(t.Context(), fresh.ses())
	must(t, err)
	if who.Mobile != fresh.claim.Mobile {
		t.Errorf("messages go to %s, the phone that was proven last is %s", who.Mobile, fresh.claim.Mobile)
	}
	for _, c := range []*citizen{old, fresh} { // with the number, under either claim
		if _, err := h.LookUp(t.Context(), c.claim, booked.Number, c.browser); err != nil {
			t.Errorf("the reservation is not found with the claim of %s: %v", c.cookie, err)
		}
	}
	h.serve(1)
	must(t, old.enter()) // the place of the first claim is kept; it leads to the same person
	must(t, old.proveAs("ci-1"))
	_, err = old.hold("again", clinicID, h.freeTime(clinicID).Start)
	if err == nil {
		t.Error("one human holds a second place")
	}
	h.sound()
}

// A code first and a named proof later, and the other way round, lead to the same
// person; another human with the same claim is refused.
func TestCodeAndIdentifierLeadToOnePerson(t *testing.T) {
	onBoth(t, testCodeAndIdentifierLeadToOnePerson)
}

func testCodeAndIdentifierLeadToOnePerson(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.openGate()
	me := h.citizen(1).enters()
	must(t, me.prove())
	before := me.ses().Person
	again := me.onOtherDevice("second").enters()
	must(t, again.proveAs("ci-1"))
	if again.ses().Person != before {
		t.Error("the identifier led to another person than the code")
	}
	other := me.onOtherDevice("other").enters()
	wantCode(t, other.proveAs("ci-2"), fault.Conflict)
	// The second claim of the same human, by its phone so far and with nothing booked.
	second := h.citizen(2).enters()
	must(t, second.prove())
	wantCode(t, second.onOtherDevice("third").enters().proveAs("ci-1"), fault.Conflict) // it has a session that lives
	h.clock.Add(time.Hour)
	h.lead(1)
	late := second.onOtherDevice("fourth").enters()
	must(t, late.proveAs("ci-1"))
	if late.ses().Person != before {
		t.Error("two people were not made one")
	}
	code := late.onOtherDevice("fifth").enters() // and by code too the claim leads there now
	h.clock.Add(time.Minute)
	must(t, code.prove())
	if code.ses().Person != before {
		t.Error("a code leads to another person")
	}
	h.sound()
}

// Many proofs of one human at once, with two claims, make one person.
func TestProofsAtOnceMakeOnePerson(t *testing.T) { onBoth(t, testProofsAtOnceMakeOnePerson) }

func testProofsAtOnceMakeOnePerson(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.openGate()
	var all []*citizen
	for n := range 6 {
		all = append(all, h.citizen(n).enters())
	}
	var wg sync.WaitGroup
	for _, c := range all {
		wg.Go(func() { _ = c.proveAs("ci-1") }) // who comes last wins
	}
	wg.Wait()
	live := 0
	people := map[string]bool{}
	for _, c := range all {
		if ses := c.ses(); ses.Proven {
			people[ses.Person] = true
			if _, err := h.Draft(t.Context(), ses); err == nil {
				live++
			}
		}
	}
	if len(people) != 1 || live != 1 {
		t.Errorf("%d people, %d live sessions", len(people), live)
	}
	h.sound()
}

// Who proved before the opening is proven at the turn, in that browser; a stranger
// with the same claim, and the owner elsewhere, must prove (rule I8).
func TestEarlyProofIsGoodAtTheTurn(t *testing.T) { onBoth(t, testEarlyProofIsGoodAtTheTurn) }

func testEarlyProofIsGoodAtTheTurn(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	h := newHouse(t)
	h.lead(1)
	me, human := h.citizen(1), h.citizen(2)
	for _, c := range []*citizen{me, human} {
		must(t, c.join())
	}
	stranger := me.onOtherDevice("stranger")
	must(t, stranger.join())
	must(t, h.SendEarlyCode(ctx, me.opened(), me.browser, me.claim, "ko"))
	code := me.code()
	if err := h.ProveEarly(ctx, stranger.opened(), stranger.browser, me.claim, code); err == nil {
		t.Fatal("a code was taken in another browser")
	}
	must(t, h.ProveEarly(ctx, me.opened(), me.browser, me.claim, code))
	must(t, h.ProveEarly(ctx, me.opened(), me.browser, me.claim, code)) // again: the same
	must(t, h.ProveEarlyAs(ctx, human.opened(), human.browser, human.claim, "ci-2"))
	wantCode(t, h.ProveEarlyAs(ctx, human.opened(), stranger.browser, human.claim, "ci-3"), fault.Conflict)
	for c, want := range map[*citizen]bool{me: true, stranger: false, human: true} {
		got, err := h.EarlyProof(ctx, c.opened(), c.browser)
		must(t, err)
		if got.Made != want || !got.Taken {
			t.Errorf("%s: %+v", c.cookie, got)
		}
	}
	h.restart()
	h.openGate()
	wantCode(t, h.ProveEarlyAs(ctx, human.opened(), human.browser, human.claim, "ci-2"), fault.Conflict) // too late for that
	must(t, stranger.enter())
	must(t, me.enter())
	must(t, human.enter())
	if !me.ses().Proven || !human.ses().Proven || stranger.ses().Proven {
		t.Fatalf("proven: me %v, by a provider %v, the stranger %v", me.ses().Proven, human.ses().Proven, stranger.ses().Proven)
	}
	wantCode(t, h.SendCode(ctx, stranger.ses(), stranger.claim, "ko"), fault.Conflict)
	must(t, me.enter()) // again, and from elsewhere
	elsewhere := me.onOtherDevice("elsewhere").enters()
	if elsewhere.ses().Proven {
		t.Error("another browser of the owner need not prove")
	}
	clinicID := h.anyClinic()
	_, err := me.hold("hold", clinicID, h.firstTime(clinicID).Start)
	must(t, err)
	h.clock.Add(time.Minute)
	must(t, elsewhere.prove()) // the owner has moved
	must(t, me.enter())
	if me.ses().Proven {
		t.Error("the early proof took the session back from a proof made since")
	}
	h.sound()
}

// opened is the citizen's ticket as the server reads it.
func (c *citizen) opened() gate.Ticket {
	c.h.t.Helper()
	st, err := c.h.Standing(campaignID, c.ticket)
	must(c.h.t, err)
	return st.Ticket
}

// An answer is taken once, in the browser that asked, and a newer question
// replaces an older one (rule I5).
func TestAnAnswerBelongsToItsQuestion(t *testing.T) { onBoth(t, testAnAnswerBelongsToItsQuestion) }

func testAnAnswerBelongsToItsQuestion(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	h := newHouse(t)
	h.openGate()
	me := h.citizen(1).enters()
	begin := func() (store.Way, store.Secrets) {
		state, secrets, err := h.BeginAttempt(ctx, store.Way{Campaign: campaignID, Ticket: me.ses().Ticket, Provider: "mock-a"}, me.claim, me.browser)
		must(t, err)
		if _, err := h.OpenWay(state, h.citizen(2).browser); fault.CodeOf(err) != fault.Unauthenticated {
			t.Fatalf("another browser opens the state: %v", err)
		}
		way, err := h.OpenWay(state, me.browser)
		must(t, err)
		return way, secrets
	}
	old, _ := begin()
	way, want := begin()
	_, err := h.TakeAttempt(ctx, old, me.claim, me.browser)
	wantCode(t, err, fault.Conflict)
	h.restart()
	got, err := h.TakeAttempt(ctx, way, me.claim, me.browser)
	must(t, err)
	if got != want {
		t.Error("the secrets are others")
	}
	_, err = h.TakeAttempt(ctx, way, me.claim, me.browser)
	wantCode(t, err, fault.Conflict)
	_, err = h.OpenWay("x", me.browser)
	wantCode(t, err, fault.Unauthenticated)
	for range identity.Tries {
		must(t, h.MissAttempt(ctx, way, me.claim, me.browser))
	}
	_, _, err = h.BeginAttempt(ctx, way, me.claim, me.browser)
	wantCode(t, err, fault.TooMany)
	other := way
	other.Provider = "mock-b" // attempts count per browser and provider
	_, _, err = h.BeginAttempt(ctx, other, me.claim, me.browser)
	must(t, err)
	h.clock.Add(identity.TryWindow + time.Second)
	must(t, h.Forget(ctx))
	_, _, err = h.BeginAttempt(ctx, way, me.claim, me.browser)
	must(t, err)
}

// A provider that fails gives back the time it has cost, up to a bound; a proven
// session, and one that was replaced, get nothing (rule I7).
func TestAFailingProviderGivesTheTimeBack(t *testing.T) {
	onBoth(t, testAFailingProviderGivesTheTimeBack)
}

func testAFailingProviderGivesTheTimeBack(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	h := newHouse(t)
	h.openGate()
	me := h.citizen(1).enters()
	opened := h.clock.Now()
	for range 3 {
		h.clock.Add(gate.UnprovenFor - 30*time.Second)
		token, err := h.Spare(ctx, me.ses())
		must(t, err)
		if token == "" {
			t.Fatalf("no time was given back after %v", h.clock.Now().Sub(opened))
		}
		me.session = token
		h.lead(1)
	}
	if left := me.ses().Expires.Sub(opened); left > gate.SpareMost {
		t.Errorf("the session lasts %v", left)
	}
	before := me.ses()
	must(t, me.proveAs("ci-1"))
	for _, ses := range []gate.Session{before, me.ses()} {
		if token, err := h.Spare(ctx, ses); err != nil || token != "" {
			t.Errorf("time was given to a session that is over or proven: %q %v", token, err)
		}
	}
	h.sound()
}
