package gate

import "crypto/ed25519"

// RollStatement is what the signature of the roll says: after it, neither the
// people in the lobby nor the beacon and the commitment that order them can be
// exchanged (rule G7).
type RollStatement struct {
	Campaign   CampaignID
	Epoch      uint32
	Commitment [32]byte
	Beacon     Beacon
	L          uint64
	Root       [32]byte
	Private    bool
}

// SignRoll signs the statement with Ed25519.
func (k *Keys) SignRoll(s RollStatement) []byte { return ed25519.Sign(k.roll, s.bytes()) }

// VerifyRoll tells whether the signature is by the holder of the public key.
func VerifyRoll(public []byte, s RollStatement, signature []byte) bool {
	return len(public) == ed25519.PublicKeySize && ed25519.Verify(public, s.bytes(), signature)
}

func (s RollStatement) bytes() []byte {
	b := appendPart(nil, []byte("naru/roll/1"))
	b = appendPart(b, []byte(s.Campaign))
	b = appendUint(b, uint64(s.Epoch))
	b = appendPart(b, s.Commitment[:])
	b = appendPart(b, []byte(s.Beacon.Name))
	b = appendUint(b, s.Beacon.Round)
	b = appendUint(b, s.L)
	b = appendPart(b, s.Root[:])
	if s.Private {
		b = appendPart(b, []byte("private"))
	}
	return b
}
