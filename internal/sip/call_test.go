package sip_test

import (
	"bytes"
	"context"
	"errors"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/icholy/digest"

	"naru/internal/fault"
	"naru/internal/sip"
	"naru/internal/visit"
)

var stranger = func(o *sip.Options) { o.Trunks = nil }

func TestACallIsAVisit(t *testing.T) {
	t.Parallel()
	for _, network := range []string{"udp", "tcp"} {
		t.Run(network, func(t *testing.T) {
			t.Parallel()
			r := &register{}
			p := dials(t, listens(t, r), network)
			res := p.answered()
			sound, payload := p.sentence(5)
			if payload != 8 || !bytes.Equal(sound, sip.ALaw(bytes.Repeat([]byte{sip.SaysRegistered}, 800))) {
				t.Errorf("payload %d, sound % x", payload, sound[:8])
			}
			if !strings.Contains(string(res.Body()), "RTP/AVP 8\r\n") {
				t.Errorf("answer: %s", res.Body())
			}
			bye := p.rungOff()
			if tag, _ := bye.From().Params.Get("tag"); tag != p.toTag || bye.CallID().Value() != p.id {
				t.Errorf("BYE of another call: %s", bye)
			}
			calls := r.all()
			if len(calls) != 1 || calls[0].Facility != "facility-1" || calls[0].Caller != (visit.Caller{Number: "821000001234", Proven: true}) || !calls[0].At.Equal(monday) {
				t.Errorf("recorded %+v", calls)
			}
		})
	}
}

func TestTheSentenceIsHeardOnlyAfterTheRecord(t *testing.T) {
	t.Parallel()
	let := make(chan struct{})
	r := &register{record: func(visit.Call) error { <-let; return nil }}
	p := dials(t, listens(t, r), "udp")
	p.answered()
	select {
	case <-p.heard:
		t.Error("said before it was true")
	default:
	}
	close(let)
	p.sentence(5)
	p.rungOff()
}

func TestWhatIsNotRecordedIsNotClaimed(t *testing.T) {
	t.Parallel()
	var tries atomic.Int32
	r := &register{record: func(visit.Call) error {
		tries.Add(1)
		return fault.Wrap(fault.UnknownOutcome, "problem.unknown", errors.New("away"))
	}}
	p := dials(t, listens(t, r), "udp")
	p.body = strings.ReplaceAll(p.body, "8 0", "0")
	p.answered()
	if sound, _ := p.sentence(5); sound[0] != sip.SaysLater {
		t.Errorf("heard %x", sound[0])
	}
	p.rungOff()
	if n := tries.Load(); n != 2 {
		t.Errorf("tried %d times", n)
	}
}

func TestAWithheldNumberIsToldSo(t *testing.T) {
	t.Parallel()
	r := &register{}
	p := dials(t, listens(t, r), "udp")
	p.body = strings.ReplaceAll(p.body, "8 0", "0")
	p.headers = append(p.headers, "Privacy: id")
	p.answered()
	if sound, _ := p.sentence(5); sound[0] != sip.SaysWithheld {
		t.Errorf("heard %x", sound[0])
	}
	p.rungOff()
	if calls := r.all(); len(calls) != 0 {
		t.Errorf("recorded %+v", calls)
	}
}

func TestAStrangersNumberIsNotProven(t *testing.T) {
	t.Parallel()
	r := &register{}
	p := dials(t, listens(t, r, stranger), "udp")
	p.headers = []string{"P-Asserted-Identity: <sip:01099999999@carrier.example>"}
	p.body = strings.Replace(p.body, "c=IN IP4 127.0.0.1", "c=IN IP4 192.0.2.7", 1) // sound comes to where the call came from all the same
	p.answered()
	p.sentence(5)
	p.rungOff()
	if calls := r.all(); len(calls) != 1 || calls[0].Caller != (visit.Caller{Number: "821000001234"}) {
		t.Errorf("recorded %+v", calls)
	}
}

// A retransmitted INVITE is one call, and so is one that comes by another way or again
// after the call.
func TestACallIsRecordedOnce(t *testing.T) {
	t.Parallel()
	r := &register{}
	e := listens(t, r)
	p := dials(t, e, "udp")
	p.says("INVITE", "invite")
	p.says("INVITE", "invite")
	first := p.hears(200)
	p.says("INVITE", "invite")
	p.says("INVITE", "another")
	p.hears(482)
	p.says("ACK", "another")
	second := p.hears(200) // the answer is repeated until it is acknowledged
	p.toTag, _ = first.To().Params.Get("tag")
	if tag, _ := second.To().Params.Get("tag"); tag != p.toTag {
		t.Errorf("two answers: %s and %s", p.toTag, tag)
	}
	p.says("ACK", "ack")
	p.says("ACK", "ack2")
	p.rungOff()
	for e.Live() > 0 && t.Context().Err() == nil {
		dials(t, e, "udp").pings()
	}
	p.toTag = ""
	p.says("INVITE", "again")
	p.hears(482)
	p.says("ACK", "again")
	if calls := r.all(); len(calls) != 1 {
		t.Errorf("recorded %+v", calls)
	}
}

func TestACallIsRecordedOnlyWhenTheAnswerWasHeard(t *testing.T) {
	t.Parallel()
	r := &register{}
	p := dials(t, listens(t, r), "udp")
	p.says("INVITE", "invite")
	p.hears(200)
	p.toTag = "guessed"
	p.says("ACK", "ack")
	p.says("BYE", "bye")
	p.hears(481)
	if calls := r.all(); len(calls) != 0 {
		t.Errorf("recorded %+v", calls)
	}
}

func TestHangingUpEarlyIsStillAVisit(t *testing.T) {
	t.Parallel()
	r := &register{}
	e := listens(t, r)
	p := dials(t, e, "udp")
	p.says("INVITE", "invite")
	p.toTag, _ = p.hears(200).To().Params.Get("tag")
	p.cseq = 2
	p.says("BYE", "bye") // overtook the ACK
	p.hears(200)
	for len(r.all()) == 0 && t.Context().Err() == nil {
		dials(t, e, "udp").pings()
	}
}

// pings passes a little time: a question and its answer.
func (p *phone) pings() {
	p.says("OPTIONS", "options")
	p.hears(200)
}

func TestACancelledCallIsNoVisit(t *testing.T) {
	t.Parallel()
	let := make(chan struct{})
	r := &register{called: func(context.Context, string) (visit.FacilityID, error) { <-let; return "facility-1", nil }}
	p := dials(t, listens(t, r), "udp")
	p.says("INVITE", "invite")
	p.hears(100)
	p.says("CANCEL", "invite")
	p.hears(200) // for the CANCEL
	p.hears(487)
	p.says("ACK", "invite")
	close(let)
	p.toTag = "any"
	p.pings()
	if calls := r.all(); len(calls) != 0 {
		t.Errorf("recorded %+v", calls)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*phone)
		want   int
	}{
		"nobody's number":          {func(p *phone) { p.called = "0809999999" }, 404},
		"no number":                {func(p *phone) { p.called = "help" }, 404},
		"no form of sound of ours": {func(p *phone) { p.body = strings.ReplaceAll(p.body, "8 0", "18") }, 488},
		"no description":           {func(p *phone) { p.body = "v=1\r\n" }, 488},
		"sound to a group":         {func(p *phone) { p.body = strings.Replace(p.body, "c=IN IP4 127.0.0.1", "c=IN IP4 224.0.0.1", 1) }, 488},
		"sound to a name":          {func(p *phone) { p.body = strings.Replace(p.body, "c=IN IP4 127.0.0.1", "c=IN IP4 a.example", 1) }, 488},
		"held":                     {func(p *phone) { p.body += "a=inactive\r\n" }, 488},
		"an extension":             {func(p *phone) { p.headers = append(p.headers, "Require: 100rel") }, 420},
		"no such dialog":           {func(p *phone) { p.toTag = "none" }, 481},
		"no end of a Call-ID":      {func(p *phone) { p.id = strings.Repeat("a", 300) }, 400},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &register{}
			e := listens(t, r)
			p := dials(t, e, "udp")
			c.change(p)
			p.says("INVITE", "invite")
			p.hears(c.want)
			p.says("ACK", "invite")
			p.toTag = "none"
			for e.Live() > 0 && t.Context().Err() == nil {
				p.pings()
			}
			if len(r.all()) != 0 {
				t.Errorf("recorded %+v", r.all())
			}
		})
	}
}

func TestARegisterThatIsAwayTurnsCallsAway(t *testing.T) {
	t.Parallel()
	r := &register{called: func(context.Context, string) (visit.FacilityID, error) {
		return "", fault.New(fault.Unavailable, "problem.unavailable")
	}}
	p := dials(t, listens(t, r), "udp")
	p.says("INVITE", "invite")
	if res := p.hears(503); res.GetHeader("Retry-After") == nil {
		t.Error("not told when to call again")
	}
}

func TestACallWithoutAnOfferIsOffered(t *testing.T) {
	t.Parallel()
	r := &register{}
	p := dials(t, listens(t, r), "udp")
	answer := p.body
	p.body = ""
	p.says("INVITE", "invite")
	res := p.hears(200)
	if !strings.Contains(string(res.Body()), "RTP/AVP 0 8\r\n") {
		t.Errorf("offer: %s", res.Body())
	}
	p.toTag, _ = res.To().Params.Get("tag")
	p.body = answer
	p.says("ACK", "ack")
	p.sentence(5)
	p.rungOff()
	if len(r.all()) != 1 {
		t.Errorf("recorded %+v", r.all())
	}
}

func TestACarrierThatCanAnswersAChallenge(t *testing.T) {
	t.Parallel()
	for _, algorithm := range []string{"SHA-256", "MD5"} {
		t.Run(algorithm, func(t *testing.T) {
			t.Parallel()
			r := &register{}
			e := listens(t, r, func(o *sip.Options) {
				o.Trunks = sip.Trunks{{
					Name: "carrier", Addresses: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
					User: "naru", Password: "a long password", Algorithm: algorithm,
				}}
			})
			p := dials(t, e, "udp")
			answers := func(password, called string) {
				p.headers = p.headers[:1]
				p.says("INVITE", "challenge"+password+called)
				challenge, err := digest.ParseChallenge(p.hears(401).GetHeader("WWW-Authenticate").Value())
				must(t, err)
				p.says("ACK", "challenge"+password+called)
				creds, err := digest.Digest(challenge, digest.Options{Method: "INVITE", URI: "sip:" + called + "@naru.example", Username: "naru", Password: password})
				must(t, err)
				p.headers = append(p.headers, "Authorization: "+creds.String())
				p.cseq++
			}
			answers("another password", p.called)
			p.says("INVITE", "wrong")
			p.hears(401)
			answers("a long password", "0801111111")
			p.says("INVITE", "elsewhere")
			p.hears(401)
			answers("a long password", p.called)
			right := p.headers
			p.answered()
			p.rungOff()
			if calls := r.all(); len(calls) != 1 || !calls[0].Caller.Proven {
				t.Errorf("recorded %+v", calls)
			}
			thief := dials(t, e, "udp")
			thief.headers = right
			thief.says("INVITE", "overheard")
			thief.hears(401)
		})
	}
}
