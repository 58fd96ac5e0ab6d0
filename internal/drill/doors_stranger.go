package drill

import (
	"context"
	"fmt"
	"time"
)

// strangers is somebody who knows a person's name, birth date and number, joined
// first, and comes first everywhere. The person must lose nothing.
func (s *suite) strangers(ctx context.Context) error {
	stranger, victim := s.stranger, s.victim
	rest(ctx, time.Until(s.st.opens))
	if err := s.called(ctx, stranger); err != nil {
		return err
	}
	var err error
	s.try("a stranger with my data", "joins first under my name, enters first, guesses codes from ten browsers, has my phone flooded with them, tries every step before and after my proof and the look-up", func(t *Trick) {
		if stranger.ticket(s.main) != victim.ticket(s.main) {
			t.harms("the person has another place than the stranger who joined first")
		}
		if err = s.admitted(ctx, stranger); err != nil {
			return
		}
		browsers := s.besiege(ctx, t)
		s.guess(ctx, t, append(browsers, stranger), 6)
		s.ownerProves(ctx, t)
		for _, d := range append(browsers, stranger) {
			s.over(ctx, t, d)
		}
		late := again(ctx, stranger, s.main)
		late.enter(ctx, s.main)
		s.guess(ctx, t, []*device{late}, 3)
		t.needs(victim.do(ctx, s.region()).status == 200, "the person was put out")
		s.lookUps(ctx, t, late)
	})
	return err
}

// besiege takes ten more browsers into the person's session and has a code sent
// from each, twice as many as one browser may ask for.
func (s *suite) besiege(ctx context.Context, t *Trick) []*device {
	var all []*device
	for range 10 {
		d := again(ctx, s.stranger, s.main)
		t.saw(enterKnock(s.main), d.enter(ctx, s.main), "") // to prove is everybody's right who makes the claim
		for range 2 {
			k := knock{method: "POST", target: "/c/" + s.main + "/prove/send"}
			t.saw(k, d.do(ctx, k), "")
		}
		all = append(all, d)
	}
	return all
}

// guess types codes nobody was sent.
func (s *suite) guess(ctx context.Context, t *Trick, all []*device, each int) {
	for i, d := range all {
		for n := range each {
			k := knock{method: "POST", target: "/c/" + s.main + "/prove", body: form("code", fmt.Sprintf("%06d", (i*each+n)*7919%1_000_000))}
			a := d.do(ctx, k)
			what := opened(a)
			if a.status != 303 {
				what = "" // the same page with the reason
			}
			t.saw(k, a, what)
		}
	}
}

// ownerProves is the person at last: at the same place, with their own phone.
func (s *suite) ownerProves(ctx context.Context, t *Trick) {
	began := time.Now()
	if err := s.admitted(ctx, s.victim); err != nil {
		t.harms("the person did not get in: %v", err)
		return
	}
	if !s.victim.prove(ctx, s.main, 100*time.Second) {
		t.harms("the person could not prove who they are")
		return
	}
	t.notes("the person proved %.0f s after coming", time.Since(began).Seconds())
}

// lookUps asks for the person's reservations without number and code.
func (s *suite) lookUps(ctx context.Context, t *Trick, d *device) {
	who := []string{"name", d.who.name, "born", d.who.born, "mobile", d.who.mobile}
	for n := range 12 {
		number := fmt.Sprintf("%04d-%04d-%04d", n*37, n*91, n)
		d.probe(ctx, t, knock{method: "POST", target: "/lookup", body: form(append(who, "number", number)...)})
	}
	d.do(ctx, knock{method: "POST", target: "/lookup/send", body: form(who...)})
	for n := range 6 {
		d.probe(ctx, t, knock{method: "POST", target: "/lookup/code", body: form("code", fmt.Sprintf("%06d", n*104729%1_000_000))})
	}
	d.probe(ctx, t, knock{method: "GET", target: "/lookup/list"})
	d.probe(ctx, t, knock{method: "GET", target: "/lookup/calendar/1"})
	d.probe(ctx, t, knock{method: "POST", target: "/lookup/cancel", body: form("nth", "1", "number", "0", "sure", "yes")})
}
