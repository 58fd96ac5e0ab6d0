package audit

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"time"
)

// Head is the newest entry of a chain at a moment: whoever knows its hash knows of
// every entry before it.
type Head struct {
	Chain string
	Seq   int64
	At    time.Time // when it was signed, whole seconds
	Hash  Hash
}

// Signed is a head with its Ed25519 signature (RFC 8032).
type Signed struct {
	Head
	Key       ed25519.PublicKey
	Signature []byte
}

// Sign signs a head (rule S15).
func Sign(key ed25519.PrivateKey, h Head) Signed {
	h.At = h.At.UTC().Truncate(time.Second)
	public, _ := key.Public().(ed25519.PublicKey) // is of no other type
	return Signed{h, public, ed25519.Sign(key, h.said())}
}

// By says whether the holder of the key has signed this head.
func (s Signed) By(key ed25519.PublicKey) bool { return ed25519.Verify(key, s.said(), s.Signature) }

// said is what is signed: SHA-256 over length-prefixed fields.
func (h Head) said() []byte {
	sum := sha256.New()
	for _, text := range []string{"naru/audit/head/1", h.Chain, number(h.Seq), number(h.At.Unix()), string(h.Hash[:])} {
		field(sum, text)
	}
	return sum.Sum(nil)
}

// line is a signed head as it is written down outside.
type line struct {
	Format    string `json:"format"`
	Chain     string `json:"chain"`
	Seq       int64  `json:"seq"`
	At        int64  `json:"at"` // unix seconds
	Hash      string `json:"hash"`
	Key       string `json:"key"`
	Signature string `json:"signature"`
}

const format = "naru/audit/head/1"

// MarshalJSON writes the head as one object; bytes are hexadecimal.
func (s Signed) MarshalJSON() ([]byte, error) {
	return json.Marshal(line{
		format, s.Chain, s.Seq, s.At.Unix(), hex.EncodeToString(s.Hash[:]), hex.EncodeToString(s.Key), hex.EncodeToString(s.Signature),
	})
}

// UnmarshalJSON reads what MarshalJSON wrote, and nothing else.
func (s *Signed) UnmarshalJSON(text []byte) error {
	var l line
	if err := json.Unmarshal(text, &l); err != nil {
		return err
	}
	hash, err := hex.DecodeString(l.Hash)
	key, kerr := hex.DecodeString(l.Key)
	signature, serr := hex.DecodeString(l.Signature)
	if err := errors.Join(err, kerr, serr); err != nil {
		return err
	}
	if l.Format != format || l.Chain == "" || l.Seq < 1 || len(hash) != len(Hash{}) || len(key) != ed25519.PublicKeySize || len(signature) != ed25519.SignatureSize {
		return errors.New("that is no signed head")
	}
	*s = Signed{Head{l.Chain, l.Seq, time.Unix(l.At, 0).UTC(), Hash(hash)}, key, signature}
	return nil
}
