package credential

import (
	"crypto/sha256"
	"encoding/hex"
	"time"
)

// Usage says what a key may sign.
type Usage uint8

// The usages. A key of the EU's lists without any restriction has the first
// three: an exemption and a card are another trust.
const (
	UseVaccination Usage = 1 << iota
	UseTest
	UseRecovery
	UseExemption
	UseCard // SMART Health Cards
	UseHC1  = UseVaccination | UseTest | UseRecovery
)

// usageOf is what a kind needs.
func usageOf(k Kind) Usage {
	return map[Kind]Usage{KindVaccination: UseVaccination, KindTest: UseTest, KindRecovery: UseRecovery, KindExemption: UseExemption}[k]
}

// Key is one public key of the trust list: *ecdsa.PublicKey, *rsa.PublicKey or
// ed25519.PublicKey.
type Key struct {
	Kid    []byte
	Public any
	Usage  Usage
	Issuer string // country of an HC1 key; https address of a card's issuer, "": any
}

// Trust is what a verifier knows: whose keys count, until when it may be
// relied on, and what was taken back. It is made once and only read afterwards,
// by any number of goroutines.
type Trust struct {
	GoodUntil time.Time // zero: no end
	Version   uint64    // of the list; 0 when it has none

	keys  map[string][]Key
	ids   map[[sha256.Size]byte]bool
	kids  map[string]bool
	cards map[cardID]time.Time
}

// cardID names a card: the key it is signed with, and its rid.
type cardID struct{ kid, rid string }

// NewTrust makes a trust list of keys. The same key id may come several times:
// eight bytes are not many, and countries reuse them when they renew.
func NewTrust(keys ...Key) *Trust {
	t := &Trust{
		keys: map[string][]Key{}, ids: map[[sha256.Size]byte]bool{}, kids: map[string]bool{},
	}
	for _, k := range keys {
		t.keys[string(k.Kid)] = append(t.keys[string(k.Kid)], k)
	}
	return t
}

// Len is how many keys there are.
func (t *Trust) Len() int {
	n := 0
	for _, k := range t.keys {
		n += len(k)
	}
	return n
}

// RevokeID takes back the certificate with this id (UVCI). The list holds the
// hash: who reads it learns nobody's id.
func (t *Trust) RevokeID(id string) { t.ids[IDHash(id)] = true }

// IDHash is how a revoked id stands in a list: the SHA-256 of the UVCI.
func IDHash(id string) [sha256.Size]byte { return sha256.Sum256([]byte(id)) }

// revokeHash takes the hash in hexadecimal.
func (t *Trust) revokeHash(text string) bool {
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != sha256.Size {
		return false
	}
	t.ids[[sha256.Size]byte(b)] = true
	return true
}

// RevokeKey takes back everything that was signed with a key: a batch has a key
// of its own.
func (t *Trust) RevokeKey(kid []byte) { t.kids[string(kid)] = true }

// RevokeCard takes back the cards with this rid under a key: all of them, or
// those issued before a time.
func (t *Trust) RevokeCard(kid, rid string, before time.Time) {
	t.cards[cardID{kid, rid}] = before
}

func (t *Trust) revoked(kid []byte, id string) bool {
	return t.kids[string(kid)] || id != "" && len(t.ids) > 0 && t.ids[IDHash(id)]
}

func (t *Trust) cardRevoked(kid []byte, kidText, rid string, issued time.Time) bool {
	before, listed := t.cards[cardID{kidText, rid}]
	return t.kids[string(kid)] || rid != "" && listed && (before.IsZero() || issued.Before(before))
}

// fresh refuses when the list is past its end: an answer from it would be a
// guess (rule T9).
func (t *Trust) fresh(now time.Time) error {
	if !t.GoodUntil.IsZero() && !now.Before(t.GoodUntil) {
		return Refuse(StaleTrust, "the trust list was good until %s", t.GoodUntil.UTC().Format(time.RFC3339))
	}
	return nil
}

// check tries the keys of a key id until one verifies. The reason that says most
// about the certificate wins: a wrong signature before an unsuitable key.
func (t *Trust) check(kid []byte, now time.Time, use func(Key) bool, verify func(Key) error) (Key, error) {
	found := Refuse(UnknownKey, "no key %x is on the trust list", kid)
	if len(kid) == 0 {
		found = Refuse(UnknownKey, "it names no key")
	}
	for _, k := range t.keys[string(kid)] {
		if !use(k) {
			continue
		}
		err := verify(k)
		if err == nil {
			return k, nil
		}
		if r := ReasonOf(found); r == UnknownKey || ReasonOf(err) == Signature {
			found = err
		}
	}
	if VerdictOf(ReasonOf(found)) == CannotTell || ReasonOf(found) == Signature {
		if err := t.fresh(now); err != nil { // a newer list may have the right key
			return Key{}, err
		}
	}
	return Key{}, found
}
