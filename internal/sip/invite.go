package sip

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"net/netip"
	"strings"

	"github.com/emiago/sipgo"
	gosip "github.com/emiago/sipgo/sip"
	"github.com/google/uuid"

	"naru/internal/fault"
	"naru/internal/visit"
)

// refusal is a final answer that is not yes.
type refusal struct {
	code    int
	reason  string
	headers []gosip.Header
}

var (
	badRequest  = &refusal{code: 400, reason: "Bad Request"}
	unknown     = &refusal{code: 404, reason: "Not Found"}
	noDialog    = &refusal{code: 481, reason: "Call/Transaction Does Not Exist"}
	merged      = &refusal{code: 482, reason: "Loop Detected"}
	unsuitable  = &refusal{code: 488, reason: "Not Acceptable Here"}
	unavailable = &refusal{503, "Service Unavailable", []gosip.Header{gosip.NewHeader("Retry-After", retryAfter)}}
)

func allow() gosip.Header { return gosip.NewHeader("Allow", "INVITE, ACK, CANCEL, BYE, OPTIONS") }

// reply answers; an answer that is lost is repeated by the library, or asked for again.
func reply(tx gosip.ServerTransaction, req *gosip.Request, code int, reason string, headers ...gosip.Header) {
	res := gosip.NewResponseFromRequest(req, code, reason, nil)
	for _, h := range headers {
		res.AppendHeader(h)
	}
	_ = tx.Respond(res)
}

// invite takes a call through to its end. One line is logged of each.
func (e *Endpoint) invite(req *gosip.Request, tx gosip.ServerTransaction) {
	c, no := e.open(req, tx)
	if no == nil {
		defer e.close(c)
		if !tx.OnCancel(func(*gosip.Request) { c.cancel() }) {
			c.cancel()
		}
		no = e.answer(c)
	}
	if no != nil {
		reply(tx, req, no.code, no.reason, no.headers...)
		e.o.Log.Info("call refused", "status", no.code, "trunk", trunkName(e.o.Trunks.of(sourceOf(req).Addr())))
	}
}

func trunkName(t *Trunk) string {
	if t == nil {
		return ""
	}
	return t.Name
}

// sourceOf is where a message came from, which its headers cannot say.
func sourceOf(req *gosip.Request) netip.AddrPort {
	a, _ := netip.ParseAddrPort(req.Source())
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}

// open judges a new call by itself, and enters it.
func (e *Endpoint) open(req *gosip.Request, tx gosip.ServerTransaction) (*call, *refusal) {
	if !wellFormed(req) {
		return nil, badRequest
	}
	if _, within := req.To().Params.Get("tag"); within {
		if e.dialogOf(req) != nil {
			return nil, unsuitable // a call of seconds is not changed
		}
		return nil, noDialog
	}
	if hs := req.GetHeaders("Require"); len(hs) > 0 {
		return nil, &refusal{420, "Bad Extension", []gosip.Header{gosip.NewHeader("Unsupported", clip(hs[0].Value()))}}
	}
	c := &call{
		invite: req.Clone(), tx: tx, source: sourceOf(req),
		acked: make(chan struct{}), ended: make(chan struct{}), cancelled: make(chan struct{}),
	}
	if c.trunk = e.o.Trunks.of(c.source.Addr()); c.trunk != nil && c.trunk.User != "" && !e.authorized(req, c.trunk) {
		challenge := e.challenge(c.trunk, e.nonce(req, e.o.Now()))
		return nil, &refusal{401, "Unauthorized", []gosip.Header{gosip.NewHeader("WWW-Authenticate", challenge.String())}}
	}
	tag, theirs := uuid.NewString(), ""
	theirs, _ = req.From().Params.Get("tag")
	c.invite.To().Params.Add("tag", tag)
	c.id = req.CallID().Value() + "\x00" + theirs
	c.dialog = dialogKey(req.CallID().Value(), tag, theirs)
	return c, e.enter(c)
}

// wellFormed says that all is there that a call needs, and within bounds.
func wellFormed(req *gosip.Request) bool {
	if req.From() == nil || req.To() == nil || req.CallID() == nil || req.CSeq() == nil || req.Contact() == nil || req.Via() == nil {
		return false
	}
	tag, ok := req.From().Params.Get("tag")
	id := req.CallID().Value()
	return ok && tag != "" && len(tag) <= maxIdentity && id != "" && len(id) <= maxIdentity &&
		req.CSeq().MethodName == gosip.INVITE && sourceOf(req).IsValid() && !strings.ContainsAny(id+tag, "\x00\r\n")
}

func clip(s string) string { return s[:min(len(s), maxIdentity)] }

// enter takes a call among the live ones, within bounds (rule V26). The same call by
// another way is turned away (RFC 3261, 8.2.2.2).
func (e *Endpoint) enter(c *call) *refusal {
	e.mu.Lock()
	defer e.mu.Unlock()
	if _, twice := e.live[c.id]; twice || e.past.has(c.id, e.o.Now()) {
		return merged
	}
	if e.closing || len(e.live) >= maxCalls || c.trunk == nil && e.strangers >= maxStrangers {
		return unavailable
	}
	if c.trunk == nil {
		e.strangers++
	}
	e.live[c.id] = struct{}{}
	e.dialogs[c.dialog] = c
	e.busy.Add(1)
	return nil
}

func (e *Endpoint) close(c *call) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if c.trunk == nil {
		e.strangers--
	}
	delete(e.live, c.id)
	delete(e.dialogs, c.dialog)
	e.busy.Done()
}

// answer is the call in steps (docs/rules/call.md): find the facility, agree on the
// sound, answer, wait until the other side has heard so, record, say so, hang up.
func (e *Endpoint) answer(c *call) *refusal {
	reply(c.tx, c.invite, 100, "Trying")
	facility, no := e.called(c)
	if no != nil {
		return no
	}
	var m media
	if body := c.invite.Body(); len(body) > 0 { // without an offer we make one (RFC 3261, 13.2.1)
		var err error
		if m, err = parseSDP(body); err != nil || !e.hears(&m, c) {
			return unsuitable
		}
	}
	reply(c.tx, c.invite, 180, "Ringing")
	res := gosip.NewSDPResponseFromRequest(c.invite, m.answer(e.sound(), session()))
	res.AppendHeader(e.contact(c))
	res.AppendHeader(allow())
	select {
	case <-c.cancelled:
		return nil // the library has said so
	default:
	}
	if err := c.tx.Respond(res); err != nil {
		// A CANCEL was quicker. The library would now repeat our yes; it is told no again.
		reply(c.tx, c.invite, 487, "Request Terminated")
		return nil
	}
	if !c.untilAcked(e.work, res) {
		e.o.Log.Info("call not acknowledged", "trunk", trunkName(c.trunk))
		e.bid(c)
		return nil
	}
	e.mu.Lock()
	e.past.add(c.id)
	e.mu.Unlock()
	e.speak(c, m, e.record(c, facility))
	return nil
}

// called is the facility of the number.
func (e *Endpoint) called(c *call) (visit.FacilityID, *refusal) {
	number, ok := e.n.number(c.invite.Recipient.User)
	if !ok {
		return "", unknown
	}
	ctx, cancel := context.WithTimeout(e.work, patience)
	defer cancel()
	facility, err := e.o.Register.Called(ctx, number)
	switch {
	case fault.CodeOf(err) == fault.NotFound:
		return "", unknown
	case err != nil:
		e.o.Log.Error("the register did not say whose number was called", "error", err)
		return "", unavailable
	}
	return facility, nil
}

// record enters the visit of an answered call, and says which sentence is true now.
func (e *Endpoint) record(c *call, facility visit.FacilityID) (sentence []byte) {
	caller, known := e.n.callerOf(c.invite, c.trunk != nil)
	if !known {
		e.o.Log.Info("call without a number", "facility", facility, "trunk", trunkName(c.trunk))
		return e.sounds.withheld
	}
	visited := visit.Call{ID: c.id, Facility: facility, Caller: caller, At: e.o.Now()}
	ctx, cancel := context.WithTimeout(e.work, patience)
	defer cancel()
	err := e.o.Register.RecordCall(ctx, visited)
	if fault.CodeOf(err) == fault.UnknownOutcome {
		err = e.o.Register.RecordCall(ctx, visited)
	}
	if err != nil {
		e.o.Log.Error("the visit of a call is not recorded", "facility", facility, "error", err)
		return e.sounds.later
	}
	e.o.Log.Info("call recorded", "facility", facility, "trunk", trunkName(c.trunk), "proven", caller.Proven)
	return e.sounds.registered
}

// speak plays a sentence and hangs up, unless the caller has.
func (e *Endpoint) speak(c *call, m media, sentence []byte) {
	if len(m.lines) == 0 { // the answer to our offer came with the ACK
		var err error
		if m, err = parseSDP(c.answer); err != nil || !e.hears(&m, c) {
			e.bid(c)
			return
		}
	}
	if err := play(e.work, e.rtp, m.to, m.payload, sentence, c.ended); err != nil {
		e.o.Log.Info("a sentence was not heard", "error", err)
	}
	select {
	case <-c.ended:
	default:
		e.bid(c)
	}
}

// hears says whether we can reach where the sound shall go. A stranger's goes to where
// the call came from, whatever is asked: else anybody could aim us at anybody.
func (e *Endpoint) hears(m *media, c *call) bool {
	if c.trunk == nil {
		m.to = netip.AddrPortFrom(c.source.Addr(), m.to.Port())
	}
	return m.to.Addr().Is4() == e.sound().Addr().Is4()
}

// sound is where our sound comes from.
func (e *Endpoint) sound() netip.AddrPort {
	at := e.rtp.LocalAddr().(interface{ AddrPort() netip.AddrPort }).AddrPort() //nolint:forcetypeassert // a UDP address
	return netip.AddrPortFrom(e.o.Public, at.Port())
}

func (e *Endpoint) contact(c *call) gosip.Header {
	at := gosip.Uri{Scheme: "sip", Host: host(e.o.Public), Port: int(e.o.Listen.Port())}
	if c.invite.Transport() == "TCP" {
		at.UriParams = gosip.NewParams()
		at.UriParams.Add("transport", "tcp")
	}
	return &gosip.ContactHeader{Address: at}
}

func session() uint64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails: see crypto/rand
	return binary.BigEndian.Uint64(b[:]) >> 1
}

func withVia(c *sipgo.Client, req *gosip.Request) error { return sipgo.ClientRequestAddVia(c, req) }
