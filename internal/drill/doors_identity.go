package drill

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"naru/internal/gate"
)

// identities mixes browsers and people.
func (s *suite) identities(ctx context.Context) error {
	if err := s.oneIdentity(ctx); err != nil {
		return err
	}
	return s.oneBrowser(ctx)
}

// oneIdentity enters one claim from many browsers at once: one place, one session,
// and after the first proof one browser.
func (s *suite) oneIdentity(ctx context.Context) error {
	first := s.crowd[0]
	s.onlyOnce(first, fmt.Sprintf("%d browsers had it", len(s.crowd)))
	var err error
	s.try("many cookies, one identity", fmt.Sprintf("one claim joined and entered from %d browsers at once; then one proves", len(s.crowd)), func(t *Trick) {
		for _, d := range s.crowd {
			if d.ticket(s.main).ID != first.ticket(s.main).ID {
				t.opens("the claim has two tickets")
			}
		}
		if err = s.admitted(ctx, first); err != nil {
			return
		}
		s.enterAll(ctx, t, s.crowd)
		if ids := s.sessionIDs(s.crowd); len(ids) != 1 {
			t.opens("%d sessions for one claim", len(ids))
		}
		winner := s.crowd[len(s.crowd)-1]
		t.needs(winner.prove(ctx, s.main, 60*time.Second), "the owner could not prove")
		for _, d := range s.crowd[:len(s.crowd)-1] {
			s.over(ctx, t, d)
		}
		t.needs(winner.do(ctx, s.region()).status == 200, "the browser that proved was put out")
	})
	return err
}

// enterAll enters from several browsers at the same moment, three times each.
func (s *suite) enterAll(ctx context.Context, t *Trick, all []*device) {
	var together sync.WaitGroup
	for _, d := range all {
		together.Go(func() {
			for range 3 {
				t.saw(enterKnock(s.main), d.enter(ctx, s.main), "")
			}
		})
	}
	together.Wait()
}

// sessionIDs are the different sessions that browsers hold.
func (s *suite) sessionIDs(all []*device) map[[16]byte]bool {
	keys, ids := gate.NewKeys(s.master, s.main, 1), map[[16]byte]bool{}
	for _, d := range all {
		if ses, err := keys.OpenSession(d.session(s.main), d.browser(), time.Now()); err == nil {
			ids[ses.ID] = true
		}
	}
	return ids
}

// oneBrowser holds several people's tickets, claims and sessions in one browser and
// exchanges them: nobody may be proven under another's place.
func (s *suite) oneBrowser(ctx context.Context) error {
	near, far := s.mine[3], s.mine[4]
	far.jar.take("__Host-naru-browser=" + near.browser()) // before it has a session
	s.mayNot(near, s.main, "it was only ever proven with another's claim")
	for _, d := range []*device{near, far} {
		if err := s.admitted(ctx, d); err != nil {
			return err
		}
	}
	s.try("one cookie, many identities", "two people's tickets, claims and sessions in one browser, in every combination; a code of the one for the place of the other", func(t *Trick) {
		var code string
		far.do(ctx, knock{method: "POST", target: "/c/" + s.main + "/prove/send"})
		for range 40 {
			if all := far.codes(ctx); len(all) > 0 {
				code = all[0]
				break
			}
			rest(ctx, 250*time.Millisecond)
		}
		t.needs(code != "", "no code came")
		prove := knock{method: "POST", target: "/c/" + s.main + "/prove", body: form("code", code)}
		for mix := 1; mix < 7; mix++ { // 0 and 7 are the two people as they are
			d := near.copied()
			for bit, name := range []string{ticketCookie, sessionCookie, "__Host-naru-claim-"} {
				if mix&(1<<bit) != 0 {
					d.jar.take(name + s.main + "=" + far.jar.value(name+s.main))
				}
			}
			if sameHolder := d.session(s.main) == far.session(s.main) && d.jar.value("__Host-naru-claim-") == far.jar.value("__Host-naru-claim-"); sameHolder {
				continue // session and claim are one person's: the ticket is not asked for
			}
			s.proveMixed(ctx, t, d, prove)
		}
		t.needs(far.do(ctx, prove).status == 303, "the code did not work for its owner")
		s.over(ctx, t, near)
	})
	return nil
}

// proveMixed tries a proof with exchanged cookies, and what is behind it.
func (s *suite) proveMixed(ctx context.Context, t *Trick, d *device, prove knock) {
	for _, k := range append([]knock{prove}, s.behind()...) {
		if !strings.HasSuffix(k.target, "/prove/send") { // a code more would end the one that is tried
			s.behindProof(ctx, t, d.copied(), k)
		}
	}
}
