package gate

import (
	"crypto/sha256"
	"encoding/binary"
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
}

// Independent tells whether a draw made with the named beacon can be verified.
// A beacon this version does not know is not independent.
func Independent(name string) bool { return independent[name] }

// DevelopmentBeaconValue is SHA-256("naru/development-beacon/1" ‖ round as 8
// bytes big-endian).
func DevelopmentBeaconValue(round uint64) [32]byte {
	return sha256.Sum256(binary.BigEndian.AppendUint64([]byte("naru/development-beacon/1"), round))
}
