package gate

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"sync"

	"github.com/cloudflare/circl/sign/bls"
)

// QuicknetBeacon is the chain "quicknet" of drand, run by the League of Entropy,
// a round every three seconds. The value of a round is its signature, 48
// bytes: nobody has it before a threshold of the members has signed, and anybody
// can check it against the chain's key. drand's own "randomness" is its SHA-256.
const QuicknetBeacon = "drand-quicknet"

// quicknetKey is the public key of chain
// 52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971.
const quicknetKey = "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c" +
	"8c4b450b6a0a6c3ac6a5776a2d1064510d1fec758c921cc22b0e17e63aaf4bcb" +
	"5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a"

// quicknetSize is the length of a compressed point of BLS12-381's G1.
const quicknetSize = 48

var quicknet = sync.OnceValue(func() *bls.PublicKey[bls.KeyG2SigG1] {
	raw, err := hex.DecodeString(quicknetKey)
	key := new(bls.PublicKey[bls.KeyG2SigG1])
	if err != nil || key.UnmarshalBinary(raw) != nil {
		panic("gate: the key of drand's quicknet cannot be read")
	}
	return key
})

// verifyQuicknet checks a BLS signature on G1 (RFC 9380, the scheme
// bls-unchained-g1-rfc9380 of drand) over SHA-256(round as 8 bytes big-endian).
func verifyQuicknet(round uint64, value []byte) bool {
	message := sha256.Sum256(binary.BigEndian.AppendUint64(nil, round))
	return len(value) == quicknetSize && bls.Verify(quicknet(), message[:], value)
}
