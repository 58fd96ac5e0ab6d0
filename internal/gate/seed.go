package gate

import "crypto/sha256"

// Commit is the commitment to the draw's secret that is published with the
// campaign, before anybody joins.
func Commit(secret [32]byte) [32]byte { return sha256.Sum256(secret[:]) }

// SeedParts is everything the seed of a draw is made of. Secret and Beacon are
// empty when they never came (rule G13).
type SeedParts struct {
	Campaign   CampaignID
	Epoch      uint32
	Commitment [32]byte
	Root       [32]byte
	L          uint64
	Secret     []byte
	Round      uint64
	Beacon     []byte
}

// Seed is the seed of the draw (rule G8): SHA-256 of the length-prefixed parts
// in the order of the package comment.
func Seed(p SeedParts) [32]byte {
	b := appendPart(nil, []byte("naru/draw/1"))
	b = appendPart(b, []byte(p.Campaign))
	b = appendUint(b, uint64(p.Epoch))
	b = appendPart(b, p.Commitment[:])
	b = appendPart(b, p.Root[:])
	b = appendUint(b, p.L)
	b = appendPart(b, p.Secret)
	b = appendUint(b, p.Round)
	b = appendPart(b, p.Beacon)
	return sha256.Sum256(b)
}
