package drill

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"naru/internal/gate"
)

const tokenSigns = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// tokens shows tickets and sessions that were never given, at a time when the
// real ones work: only what they are can refuse them.
func (s *suite) tokens(ctx context.Context) error {
	ticket, unproven, proven := s.mine[0], s.mine[1], s.mine[2]
	if err := s.admitted(ctx, unproven); err != nil {
		return err
	}
	if err := s.proven(ctx, proven); err != nil {
		return err
	}
	s.onlyOnce(ticket, "thousands of edited tickets were shown beside it")
	s.mayNot(unproven, s.main, "it never proved")
	s.try("edited tickets", "a ticket whose turn it is, changed at every position: each bit, letter case, other signs, left out, doubled, swapped", func(t *Trick) {
		s.edits(ctx, t, ticket, ticketCookie+s.main, enterKnock(s.main))
		t.needs(ticket.enter(ctx, s.main).status == 303, "the ticket as it is did not work")
	})
	s.try("edited sessions", "a proven session, changed in the same ways, at a step behind the proof", func(t *Trick) {
		s.edits(ctx, t, proven, sessionCookie+s.main, s.region())
		t.needs(proven.do(ctx, s.region()).status == 200, "the session as it is did not work")
	})
	s.try("forged tokens", "tickets and sessions made up, without or with another signature, of the one purpose shown for the other, much too long", func(t *Trick) {
		s.forged(ctx, t, ticket, proven)
	})
	return s.strangeTokens(ctx, ticket, proven)
}

// edits shows every edited text of a cookie at one address.
func (s *suite) edits(ctx context.Context, t *Trick, d *device, name string, k knock) {
	value := d.jar.value(name)
	for i := range len(value) {
		for n, edited := range editsAt(value, i) {
			if s.small && (i+n)%5 != 0 {
				continue
			}
			tried := d.copied()
			tried.jar = *tried.jar.copyWith(name, func(string) string { return edited })
			if a := tried.probe(ctx, t, k); a.status == 200 {
				t.opens("position %d as %q was answered 200", i, edited[i:min(i+3, len(edited))])
			}
		}
	}
}

// editsAt are the texts that differ from a token at one position: in each of the
// six bits its sign stands for, in case, by signs of other classes, by being left
// out, doubled, or swapped with the next.
func editsAt(token string, i int) []string {
	with := func(sign string) string { return token[:i] + sign + token[i+1:] }
	var all []string
	add := func(edited string) {
		if edited != token && strings.TrimSpace(edited) == edited {
			all = append(all, edited)
		}
	}
	if at := strings.IndexByte(tokenSigns, token[i]); at >= 0 {
		for bit := range 6 {
			add(with(string(tokenSigns[at^1<<bit])))
		}
	}
	add(with(string(token[i] ^ 0x20)))
	for _, sign := range []string{"A", "0", "+", "/", "=", ".", "%41", "*", "é"} {
		add(with(sign))
	}
	add(with(""))
	add(with(token[i:i+1] + token[i:i+1]))
	if i+1 < len(token) {
		add(token[:i] + token[i+1:i+2] + token[i:i+1] + token[i+2:])
	}
	return all
}

// forged makes tokens without the key.
func (s *suite) forged(ctx context.Context, t *Trick, ticket, proven *device) {
	tk, ses := ticket.jar.value(ticketCookie+s.main), proven.session(s.main)
	var other [gate.MasterSize]byte
	_, _ = rand.Read(other[:]) // never fails
	theirs := gate.NewKeys(other[:], s.main, 1)
	sealed := theirs.SealTicket(gate.Ticket{Campaign: s.main, Epoch: 1, ID: ticket.ticket(s.main).ID, Kind: gate.Lobby})
	live := gate.Session{Campaign: s.main, Epoch: 1, Ticket: proven.ticket(s.main).ID, Browser: gate.BrowserHash(proven.browser()), Proven: true, Person: "p", Expires: time.Now().Add(time.Hour)}
	body, sum := tk[:strings.LastIndex(tk, ".")+1], tk[strings.LastIndex(tk, ".")+1:]
	zero := base64.RawURLEncoding.EncodeToString(make([]byte, 32))
	for _, text := range []string{
		sealed, theirs.SealSession(live), body + zero, body, body + sum[:20], body + sum + sum, body + "." + sum, strings.Replace(tk, "NT1", "NS1", 1),
		strings.Replace(tk, "NT1", "nt1", 1), strings.Replace(tk, "NT1", "NT0", 1), strings.Replace(ses, "NS1", "NT1", 1), ses, tk + "\x00",
		ses[:strings.LastIndex(ses, ".")+1] + sum, "", "null", "undefined", "true", "1", "{}", "NT1.", "NT1..", "NS1.x.y", "eyJhbGciOiJub25lIn0.e30.",
		strings.Repeat("A", 98), strings.Repeat("A", 9000), strings.Repeat("NT1.", 3000),
		base64.RawURLEncoding.EncodeToString([]byte(tk)), strings.ToUpper(tk), `"` + tk, "' OR 1=1 --", "../../keys/gate.key", "%00",
	} {
		s.show(ctx, t, ticket, ticketCookie, text, enterKnock(s.main))
		for _, k := range s.behind() {
			s.show(ctx, t, proven, sessionCookie, text, k, tk, ses)
		}
	}
	for _, twice := range []string{ticketCookie, sessionCookie} { // a second cookie of the name, put in front
		d := proven.copied()
		d.jar.cookies = append([]cookie{{twice + s.main, sealed}}, d.jar.cookies...)
		d.probe(ctx, t, map[string]knock{ticketCookie: enterKnock(s.main), sessionCookie: s.region()}[twice])
	}
}

// behind are steps behind the proof.
func (s *suite) behind() []knock {
	at := "/c/" + s.main
	return []knock{
		{method: "GET", target: at + "/book"},
		{method: "GET", target: at + "/eligible"},
		s.region(),
		{method: "GET", target: at + "/clinics?region=11110"},
		{method: "GET", target: at + "/times"},
		{method: "POST", target: at + "/hold", body: everyField},
		{method: "GET", target: at + "/confirm"},
		{method: "POST", target: at + "/confirm", body: everyField},
		{method: "POST", target: at + "/release", body: everyField},
		{method: "GET", target: at + "/done"},
		{method: "GET", target: at + "/done.ics"},
		{method: "POST", target: at + "/extend", body: everyField},
		{method: "POST", target: at + "/prove/send"},
		{method: "POST", target: at + "/prove", body: form("code", "000000")},
		{method: "GET", target: at + "/prove"},
	}
}

// show presents a text as a cookie, unless it is the real one.
func (s *suite) show(ctx context.Context, t *Trick, d *device, name, text string, k knock, real ...string) {
	for _, r := range real {
		if text == r && name == sessionCookie {
			return
		}
	}
	tried := d.copied()
	tried.jar = *tried.jar.copyWith(name+s.main, func(string) string { return text })
	tried.probe(ctx, t, k)
}

func (d *device) browser() string { return d.jar.value("__Host-naru-browser") }

// strangeTokens are signed rightly, for another time, epoch or campaign: by keys
// the server itself would have used.
func (s *suite) strangeTokens(ctx context.Context, ticket, proven *device) error {
	abroad, err := s.attacker(ctx, s.later)
	if err != nil {
		return err
	}
	here := gate.NewKeys(s.master, s.main, 1)
	real, err := here.OpenSession(proven.session(s.main), proven.browser(), time.Now())
	if err != nil {
		return fmt.Errorf("open an attacker's own session: %w", err)
	}
	s.try("expired tokens", "the real session with an end that has passed by a second to a year, signed with the right key", func(t *Trick) {
		for _, ago := range []time.Duration{0, time.Second, time.Minute, time.Hour, 365 * 24 * time.Hour} {
			old := real
			old.Expires = time.Now().Add(-ago).Truncate(time.Second)
			for _, k := range s.behind() {
				s.show(ctx, t, proven, sessionCookie, here.SealSession(old), k)
			}
		}
		t.needs(proven.do(ctx, s.region()).status == 200, "the session as it is did not work")
	})
	s.try("tokens of another epoch", "ticket and session of epochs 0, 2, 3 and 4294967295, signed with those epochs' keys", func(t *Trick) {
		for _, epoch := range []uint32{0, 2, 3, 1<<32 - 1} {
			s.showSigned(ctx, t, gate.NewKeys(s.master, s.main, epoch), s.main, epoch, ticket, proven, real)
		}
	})
	s.try("tokens of another campaign", "ticket and session of the campaign that is in its lobby, given by the server and signed with its key, shown here; and these there", func(t *Trick) {
		s.show(ctx, t, ticket, ticketCookie, abroad.jar.value(ticketCookie+s.later), enterKnock(s.main))
		s.showSigned(ctx, t, gate.NewKeys(s.master, s.later, 1), s.later, 1, ticket, proven, real)
		there := abroad.copied()
		there.jar.take(ticketCookie + s.later + "=" + ticket.jar.value(ticketCookie+s.main))
		there.probe(ctx, t, enterKnock(s.later))
		guest := proven.copied()
		guest.jar.take(sessionCookie + s.later + "=" + proven.session(s.main))
		for _, k := range s.behind() {
			k.target = strings.Replace(k.target, s.main, s.later, 1)
			guest.copied().probe(ctx, t, k)
		}
	})
	return nil
}

func (s *suite) showSigned(ctx context.Context, t *Trick, keys *gate.Keys, campaign string, epoch uint32, ticket, proven *device, ses gate.Session) {
	sealed := keys.SealTicket(gate.Ticket{Campaign: campaign, Epoch: epoch, ID: ticket.ticket(s.main).ID, Kind: gate.Lobby})
	s.show(ctx, t, ticket, ticketCookie, sealed, enterKnock(s.main))
	s.show(ctx, t, ticket, ticketCookie, sealed, knock{method: "GET", target: "/c/" + s.main + "/wait"})
	ses.Campaign, ses.Epoch = campaign, epoch
	for _, k := range s.behind() {
		s.show(ctx, t, proven, sessionCookie, keys.SealSession(ses), k)
	}
}
