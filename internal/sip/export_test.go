package sip

import (
	"bytes"
	"net/netip"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"naru/internal/visit"
)

// What each sentence is filled with where only its kind matters.
const (
	SaysRegistered = 0x11
	SaysWithheld   = 0x22
	SaysLater      = 0x33
)

// Hasten makes the sentences a tenth of a second long, each of one byte, and the end
// short. Before Run.
func (e *Endpoint) Hasten() {
	e.goodbye = 300 * time.Millisecond
	for sentence, b := range map[*[]byte]byte{
		&e.sounds.registered: SaysRegistered, &e.sounds.withheld: SaysWithheld, &e.sounds.later: SaysLater,
	} {
		*sentence = bytes.Repeat([]byte{b}, 5*packetBytes)
	}
}

// Live is how many calls there are.
func (e *Endpoint) Live() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.live)
}

// Gauge is the bound on messages.
type Gauge = gauge

func NewGauge(ts Trunks, now func() time.Time) *Gauge { return newGauge(ts, now) }

func (g *Gauge) Admit(from netip.Addr) bool { return g.admit(from) }

func (g *Gauge) Sources() int { return len(g.sources) }

func CallerOf(req *gosip.Request, listed bool) (visit.Caller, bool) {
	return numbering{"82", "0"}.callerOf(req, listed)
}

func ParseSDP(body []byte) (to netip.AddrPort, payload uint8, answer []byte, err error) {
	m, err := parseSDP(body)
	if err != nil {
		return to, 0, nil, err
	}
	return m.to, m.payload, m.answer(netip.MustParseAddrPort("192.0.2.1:4000"), 1), nil
}

func ALaw(ulaw []byte) []byte { return encode(ulaw, pcma) }

func Sentences() [][]byte {
	return [][]byte{sentences.registered, sentences.withheld, sentences.later}
}
