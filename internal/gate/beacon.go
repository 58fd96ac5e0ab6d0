package gate

import (
	"crypto/sha256"
	"encoding/binary"
	"time"

	"naru/internal/fault"
)

// Beacon names a public source of randomness and the round that will be used.
// Both are published with the campaign; the round lies after the lobby's close.
type Beacon struct {
	Name  string `json:"name"`
	Round uint64 `json:"round"`
}

// DevelopmentBeacon is the name of the beacon of demos and drills. Anybody can
// compute its values beforehand, so a draw made with it is NOT VERIFIABLE.
const DevelopmentBeacon = "naru-development"

// independent tells, for each beacon this version knows, whether its value
// could not have been known by the operator before the round.
var independent = map[string]bool{
	DevelopmentBeacon: false,
	QuicknetBeacon:    true,
}

// timetable says when the rounds of a beacon come: the first at genesis (Unix
// seconds), one each period of seconds.
type timetable struct{ genesis, period int64 }

var timetables = map[string]timetable{
	DevelopmentBeacon: {genesis: 1, period: 1}, // the round is the second
	QuicknetBeacon:    {genesis: 1692803367, period: 3},
}

// Independent tells whether a draw made with the named beacon can be verified.
// A beacon this version does not know is not independent.
func Independent(name string) bool { return independent[name] }

// KnownBeacon tells whether this version can say when a round of the beacon
// comes and check its value.
func KnownBeacon(name string) bool { _, known := timetables[name]; return known }

// Due is the instant from which the round's value is public; ok is false for a
// beacon this version does not know and for a round that is none.
func (b Beacon) Due() (due time.Time, ok bool) {
	t, known := timetables[b.Name]
	if !known || b.Round == 0 || b.Round > 1<<40 {
		return time.Time{}, false
	}
	return time.Unix(t.genesis+int64(b.Round-1)*t.period, 0).UTC(), true //nolint:gosec // bounded above
}

// RoundAt is the first round of a known beacon that is due not before at; 0
// when the beacon is not known.
func RoundAt(name string, at time.Time) uint64 {
	t, known := timetables[name]
	if !known {
		return 0
	}
	since := max(0, at.Unix()-t.genesis)
	return uint64((since+t.period-1)/t.period) + 1 //nolint:gosec // not negative
}

// Checks tells whether value is that of the round. known is false when this
// version cannot tell from the value alone.
func (b Beacon) Checks(value []byte) (ok, known bool) {
	switch b.Name {
	case DevelopmentBeacon:
		want := DevelopmentBeaconValue(b.Round)
		return string(value) == string(want[:]), true
	case QuicknetBeacon:
		return verifyQuicknet(b.Round, value), true
	}
	return false, false
}

// SupplyFacts decide whether a value that somebody brings for the campaign's
// round is taken (rule G31).
type SupplyFacts struct {
	Now    time.Time
	Phase  Phase
	Rolled bool   // the root of the roll is published
	Beacon Beacon // of the campaign
	Round  uint64 // for which the value is said to be
	Value  []byte
	Given  []byte // the value that was taken before, if any
}

// Supply takes the value once: after the roll was published and the round was
// due, for the round of the campaign, and only if it can be checked and is right.
// It is nil or a fault; the same value again is nil.
func Supply(f SupplyFacts) *fault.Error {
	due, known := f.Beacon.Due()
	right, _ := f.Beacon.Checks(f.Value)
	switch {
	case !known || !Independent(f.Beacon.Name):
		return fault.New(fault.Conflict, "gate.beacon_own")
	case f.Round != f.Beacon.Round:
		return fault.New(fault.Invalid, "gate.beacon_round").With("Round", f.Beacon.Round)
	case !right:
		return fault.New(fault.Invalid, "gate.beacon_bad").With("Round", f.Beacon.Round)
	case string(f.Given) == string(f.Value):
		return nil
	case f.Phase == HeldDraw || f.Phase == Open || f.Phase == Ended:
		return fault.New(fault.Conflict, "gate.draw_held")
	case f.Phase != Closed || !f.Rolled:
		return fault.New(fault.Conflict, "gate.draw_not_closed")
	case f.Now.Before(due):
		return fault.New(fault.NotOpen, "gate.beacon_not_due").With("Due", due)
	case len(f.Given) > 0:
		return fault.New(fault.Conflict, "gate.beacon_given")
	}
	return nil
}

// DevelopmentBeaconValue is SHA-256("naru/development-beacon/1" ‖ round as 8
// bytes big-endian).
func DevelopmentBeaconValue(round uint64) [32]byte {
	return sha256.Sum256(binary.BigEndian.AppendUint64([]byte("naru/development-beacon/1"), round))
}
