package sip

import (
	"context"
	"net/netip"
	"strings"
	"sync"
	"time"

	gosip "github.com/emiago/sipgo/sip"
)

// call is one call from its INVITE to its BYE.
type call struct {
	invite *gosip.Request // with our tag in To, so that all answers carry it
	tx     gosip.ServerTransaction
	trunk  *Trunk // nil for a stranger
	source netip.AddrPort
	dialog string // key of Endpoint.dialogs
	id     string // Call-ID and the caller's tag

	acked     chan struct{} // the other side has heard that the call is answered
	ended     chan struct{} // it hung up
	cancelled chan struct{} // it hung up before the answer
	once      [3]sync.Once
	answer    []byte // session description of the ACK; read after acked
}

func (c *call) ack(body []byte) {
	c.once[0].Do(func() { c.answer = body; close(c.acked) })
}

// hangUp ends the call. Only a side that has heard the answer knows our tag.
func (c *call) hangUp() {
	c.ack(nil)
	c.once[1].Do(func() { close(c.ended) })
}

func (c *call) cancel() { c.once[2].Do(func() { close(c.cancelled) }) }

// dialogKey names a dialog by the Call-ID and the tags of callee and caller.
func dialogKey(callID, ours, theirs string) string {
	return strings.Join([]string{callID, ours, theirs}, "\x00")
}

// dialogOf is the call that a request within a dialog belongs to, nil for none.
func (e *Endpoint) dialogOf(req *gosip.Request) *call {
	if req.CallID() == nil || req.From() == nil || req.To() == nil || req.CSeq() == nil {
		return nil
	}
	ours, _ := req.To().Params.Get("tag")
	theirs, _ := req.From().Params.Get("tag")
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.dialogs[dialogKey(req.CallID().Value(), ours, theirs)]
}

func (e *Endpoint) ack(req *gosip.Request) {
	if c := e.dialogOf(req); c != nil && req.CSeq().SeqNo == c.invite.CSeq().SeqNo {
		c.ack(req.Body())
	}
}

func (e *Endpoint) bye(req *gosip.Request, tx gosip.ServerTransaction) {
	c := e.dialogOf(req)
	if c == nil {
		reply(tx, req, 481, "Call/Transaction Does Not Exist")
		return
	}
	reply(tx, req, 200, "OK")
	c.hangUp()
}

// untilAcked repeats the answer until the other side has heard it (RFC 3261, 13.3.1.4).
func (c *call) untilAcked(ctx context.Context, answer *gosip.Response) bool {
	wait := gosip.T1
	again, enough := time.NewTimer(wait), time.NewTimer(64*gosip.T1)
	defer again.Stop()
	defer enough.Stop()
	for {
		select {
		case <-c.acked:
			return true
		case <-enough.C:
			return false
		case <-ctx.Done():
			return false
		case <-again.C:
			_ = c.tx.Respond(answer) // lost like the one before, at worst
			wait = min(2*wait, gosip.T2)
			again.Reset(wait)
		}
	}
}

// bid says goodbye: a BYE in the dialog, to where the call came from. An address in a
// header is only believed when it is the same carrier's: otherwise anybody could have
// us send to anybody.
func (e *Endpoint) bid(c *call) {
	target := *c.invite.Contact().Address.Clone()
	target.Headers = nil
	req := gosip.NewRequest(gosip.BYE, target)
	from, to := c.invite.To().AsFrom(), c.invite.From().AsTo()
	hops, number := gosip.MaxForwardsHeader(70), &gosip.CSeqHeader{SeqNo: 1, MethodName: gosip.BYE}
	for _, h := range c.invite.GetHeaders("Record-Route") {
		req.AppendHeader(gosip.NewHeader("Route", h.Value()))
	}
	for _, h := range []gosip.Header{&from, &to, gosip.HeaderClone(c.invite.CallID()), number, &hops} {
		req.AppendHeader(h)
	}
	req.SetBody(nil)
	req.SetTransport(c.invite.Transport())
	req.SetDestination(c.next().String())
	if c.invite.Transport() == "UDP" {
		req.Laddr = gosip.Addr{IP: e.o.Listen.Addr().AsSlice(), Port: int(e.o.Listen.Port())}
	}
	ctx, cancel := context.WithTimeout(e.work, byePatience)
	defer cancel()
	_, _ = e.client.Do(ctx, req, withVia) // the call is over whatever is answered
}

// next is where requests in the dialog go.
func (c *call) next() netip.AddrPort {
	hop := c.invite.Contact().Address
	if r := c.invite.RecordRoute(); r != nil {
		hop = r.Address
	}
	a, err := netip.ParseAddr(strings.Trim(hop.Host, "[]"))
	if err != nil || c.trunk == nil || c.invite.Transport() != "UDP" || (Trunks{*c.trunk}).of(a) == nil {
		return c.source
	}
	port := uint16(gosip.DefaultUdpPort)
	if hop.Port > 0 && hop.Port < 1<<16 {
		port = uint16(hop.Port)
	}
	return netip.AddrPortFrom(a, port)
}
