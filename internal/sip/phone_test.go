package sip_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"naru/internal/fault"
	"naru/internal/sip"
	"naru/internal/visit"
)

// register is a double of the entry register.
type register struct {
	called func(ctx context.Context, number string) (visit.FacilityID, error)
	record func(visit.Call) error

	mu    sync.Mutex
	calls []visit.Call
}

func (r *register) Called(ctx context.Context, number string) (visit.FacilityID, error) {
	if r.called != nil {
		return r.called(ctx, number)
	}
	if number != "82801234567" {
		return "", fault.New(fault.NotFound, "visit.number_unknown")
	}
	return "facility-1", nil
}

func (r *register) RecordCall(_ context.Context, c visit.Call) error {
	if r.record != nil {
		if err := r.record(c); err != nil {
			return err
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls = append(r.calls, c)
	return nil
}

func (r *register) all() []visit.Call {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]visit.Call(nil), r.calls...)
}

var monday = time.Date(2021, 12, 13, 12, 0, 0, 0, time.UTC)

// listens runs an endpoint on this machine; 127.0.0.1 is a listed carrier's, unless
// trunks say otherwise.
func listens(t *testing.T, r *register, change ...func(*sip.Options)) *sip.Endpoint {
	t.Helper()
	o := sip.Options{
		Listen: netip.MustParseAddrPort("127.0.0.1:0"), CountryCode: "82", Zero: "0", Register: r,
		Trunks: sip.Trunks{{Name: "carrier", Addresses: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}},
		Now:    func() time.Time { return monday }, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
	for _, c := range change {
		c(&o)
	}
	e, err := sip.New(o)
	if err != nil {
		t.Fatal(err)
	}
	e.Hasten()
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- e.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
	})
	return e
}

// phone is the other side, by hand: what it sends is text.
type phone struct {
	t       *testing.T
	line    net.Conn
	sound   *net.UDPConn
	in      chan gosip.Message
	heard   chan []byte
	id      string
	called  string
	headers []string
	body    string
	toTag   string
	cseq    int
}

var phones atomicCounter

func dials(t *testing.T, e *sip.Endpoint, network string) *phone {
	t.Helper()
	line, err := net.Dial(network, e.Addr().String())
	must(t, err)
	sound, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	must(t, err)
	p := &phone{
		t: t, line: line, sound: sound, in: make(chan gosip.Message, 64), heard: make(chan []byte, 1024),
		id: fmt.Sprintf("call-%d@test", phones.next()), called: "0801234567", cseq: 1,
		headers: []string{`P-Asserted-Identity: "name" <sip:01000001234@carrier.example>`},
	}
	p.body = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n" +
		fmt.Sprintf("m=audio %d RTP/AVP 8 0\r\n", sound.LocalAddr().(*net.UDPAddr).Port)
	go p.listen()
	go p.hear()
	t.Cleanup(func() { must(t, line.Close()); must(t, sound.Close()) })
	return p
}

func (p *phone) listen() {
	buf := make([]byte, 65536)
	stream := gosip.NewParser().NewSIPStream()
	for {
		n, err := p.line.Read(buf)
		if err != nil {
			return
		}
		if _, tcp := p.line.(*net.TCPConn); tcp {
			_ = stream.ParseSIPStream(buf[:n], func(m gosip.Message) { p.in <- m })
			continue
		}
		if m, err := gosip.ParseMessage(append([]byte(nil), buf[:n]...)); err == nil {
			p.in <- m
		}
	}
}

func (p *phone) hear() {
	for {
		buf := make([]byte, 2048)
		n, err := p.sound.Read(buf)
		if err != nil {
			close(p.heard)
			return
		}
		p.heard <- buf[:n]
	}
}

// says sends a request. The branch names the transaction.
func (p *phone) says(method, branch string) {
	p.t.Helper()
	network := strings.ToUpper(p.line.LocalAddr().Network())
	local := p.line.LocalAddr().String()
	to := ""
	if p.toTag != "" {
		to = ";tag=" + p.toTag
	}
	body, more := "", ""
	if (method == "INVITE" || method == "ACK") && p.body != "" {
		body, more = p.body, "Content-Type: application/sdp\r\n"
	}
	if method == "INVITE" && len(p.headers) > 0 {
		more += strings.Join(p.headers, "\r\n") + "\r\n"
	}
	_, err := fmt.Fprintf(p.line, "%s sip:%s@naru.example SIP/2.0\r\nVia: SIP/2.0/%s %s;branch=z9hG4bK%s%s\r\nMax-Forwards: 70\r\n"+
		"From: <sip:01000001234@carrier.example>;tag=me\r\nTo: <sip:%s@naru.example>%s\r\nCall-ID: %s\r\nCSeq: %d %s\r\n"+
		"Contact: <sip:me@%s>\r\n%sContent-Length: %d\r\n\r\n%s",
		method, p.called, network, local, branch, p.id, p.called, to, p.id, p.cseq, method, local, more, len(body), body)
	must(p.t, err)
}

// hears waits for an answer with the code; others before it are passed over.
func (p *phone) hears(code int) *gosip.Response {
	p.t.Helper()
	enough := time.After(10 * time.Second)
	seen := []int{}
	for {
		select {
		case m := <-p.in:
			res, ok := m.(*gosip.Response)
			if !ok {
				continue
			}
			if res.StatusCode == code {
				return res
			}
			if seen = append(seen, res.StatusCode); res.StatusCode >= 200 && code >= 200 {
				p.t.Fatalf("answered %d %s, want %d", res.StatusCode, res.Reason, code)
			}
		case <-enough:
			p.t.Fatalf("no %d; there were %v", code, seen)
		}
	}
}

// answered rings until it is answered, and acknowledges that.
func (p *phone) answered() *gosip.Response {
	p.t.Helper()
	p.says("INVITE", "invite")
	res := p.hears(200)
	p.toTag, _ = res.To().Params.Get("tag")
	p.says("ACK", "ack")
	return res
}

// rungOff waits for the BYE and agrees.
func (p *phone) rungOff() *gosip.Request {
	p.t.Helper()
	enough := time.After(10 * time.Second)
	for {
		select {
		case m := <-p.in:
			if req, ok := m.(*gosip.Request); ok && req.Method == gosip.BYE {
				_, err := p.line.Write([]byte(gosip.NewResponseFromRequest(req, 200, "OK", nil).String()))
				must(p.t, err)
				return req
			}
		case <-enough:
			p.t.Fatal("nobody rang off")
		}
	}
}

// sentence is the sound of a whole call.
func (p *phone) sentence(packets int) (sound []byte, payload byte) {
	p.t.Helper()
	enough := time.After(10 * time.Second)
	for range packets {
		select {
		case b := <-p.heard:
			if len(b) != 172 || b[0] != 0x80 {
				p.t.Fatalf("no RTP: % x", b[:min(len(b), 12)])
			}
			payload = b[1] & 0x7f
			sound = append(sound, b[12:]...)
		case <-enough:
			p.t.Fatalf("heard %d bytes", len(sound))
		}
	}
	return sound, payload
}

type atomicCounter struct {
	mu sync.Mutex
	n  int
}

func (c *atomicCounter) next() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
	return c.n
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
