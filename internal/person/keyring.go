package person

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"sort"
)

// Purpose separates the lookup keys: what is computed for one purpose says
// nothing for another (rule P4).
type Purpose string

// The purposes in use.
const (
	ForTicket Purpose = "ticket" // claim and campaign → ticket
	ForPerson Purpose = "person" // claim → person
	ForPhone  Purpose = "phone"  // phone number → messages
	ForCode   Purpose = "code"   // one-time code and browser → challenge
	ForList   Purpose = "list"   // claim → membership of an eligibility list
	ForStable Purpose = "stable" // identifier of a provider → person

	ForContact  Purpose = "contact"  // the issuer's MAC over contact handles
	ForFacility Purpose = "facility" // telephone or pairing code → facility
)

var purposes = []Purpose{ForTicket, ForPerson, ForPhone, ForCode, ForList, ForStable, ForContact, ForFacility}

// Index is a keyed lookup value. It can be stored and compared; without the key
// nobody can compute it from a name or go back to one.
type Index struct {
	Key uint16   // id of the key it was made with
	Sum [32]byte // HMAC-SHA-256
}

// Keyring holds the lookup and sealing keys by id. The highest id is used for
// new values; older ones stay readable, so keys rotate (rule P5).
type Keyring struct {
	roots  map[uint16][]byte
	newest uint16
	seals  map[uint16]cipher.AEAD
	hashes map[uint16]map[Purpose][]byte
}

// NewKeyring takes 32-byte root keys by id (1 and up).
func NewKeyring(roots map[uint16][]byte) (*Keyring, error) {
	k := &Keyring{roots: map[uint16][]byte{}, seals: map[uint16]cipher.AEAD{}, hashes: map[uint16]map[Purpose][]byte{}}
	for id, root := range roots {
		if id == 0 || len(root) != 32 {
			return nil, fmt.Errorf("person key %d: want an id above 0 and 32 bytes, have %d", id, len(root))
		}
		k.roots[id] = root
		k.newest = max(k.newest, id)
		k.seals[id] = k.aead(id)
		k.hashes[id] = map[Purpose][]byte{}
		for _, p := range purposes {
			k.hashes[id][p] = k.derive(id, "lookup/"+string(p))
		}
	}
	if k.newest == 0 {
		return nil, errors.New("no person key")
	}
	return k, nil
}

// Lookup computes the index of parts under the newest key of the purpose.
func (k *Keyring) Lookup(p Purpose, parts ...string) Index { return k.lookup(k.newest, p, parts) }

// Lookups computes the index under every key, newest first: a search must find
// what was stored before the last rotation.
func (k *Keyring) Lookups(p Purpose, parts ...string) []Index {
	ids := make([]int, 0, len(k.roots))
	for id := range k.roots {
		ids = append(ids, int(id))
	}
	sort.Sort(sort.Reverse(sort.IntSlice(ids)))
	all := make([]Index, len(ids))
	for i, id := range ids {
		all[i] = k.lookup(uint16(id), p, parts) //nolint:gosec // ids come from a uint16 map
	}
	return all
}

// OfClaim computes the index of a claim for a purpose, with an optional scope
// such as the campaign.
func (k *Keyring) OfClaim(p Purpose, c Claim, scope ...string) Index {
	return k.Lookup(p, append(scope, c.canonical()...)...)
}

// OfClaimAll is OfClaim under every key, newest first.
func (k *Keyring) OfClaimAll(p Purpose, c Claim, scope ...string) []Index {
	return k.Lookups(p, append(scope, c.canonical()...)...)
}

func (k *Keyring) lookup(id uint16, p Purpose, parts []string) Index {
	mac := hmac.New(sha256.New, k.hashes[id][p])
	var n [4]byte
	for _, part := range parts {
		binary.BigEndian.PutUint32(n[:], uint32(len(part))) //nolint:gosec // bounded by Claim and callers
		mac.Write(n[:])
		mac.Write([]byte(part))
	}
	x := Index{Key: id}
	mac.Sum(x.Sum[:0])
	return x
}

func (k *Keyring) derive(id uint16, label string) []byte {
	key, err := hkdf.Key(sha256.New, k.roots[id], nil, "naru/person/1/"+label, 32)
	if err != nil {
		panic(err) // only for lengths a caller of hkdf chose wrongly
	}
	return key
}

// Seal encrypts a column value. The place (table, column, row) is bound to it,
// so a sealed value moved to another row does not open (rule P6). Layout: key
// id (2 bytes), nonce (12), ciphertext with tag.
func (k *Keyring) Seal(table, column, row string, plain []byte) []byte {
	aead := k.seals[k.newest]
	out := make([]byte, 2+aead.NonceSize(), 2+aead.NonceSize()+len(plain)+aead.Overhead())
	binary.BigEndian.PutUint16(out, k.newest)
	if _, err := rand.Read(out[2:]); err != nil {
		panic(err) // crypto/rand does not fail on supported systems
	}
	return aead.Seal(out, out[2:], plain, place(table, column, row))
}

// Open decrypts what Seal made for the same place.
func (k *Keyring) Open(table, column, row string, sealed []byte) ([]byte, error) {
	if len(sealed) < 2+12+16 {
		return nil, errors.New("sealed value is too short")
	}
	id := binary.BigEndian.Uint16(sealed)
	if _, ok := k.roots[id]; !ok {
		return nil, fmt.Errorf("sealed with key %d, which is not loaded", id)
	}
	plain, err := k.seals[id].Open(nil, sealed[2:14], sealed[14:], place(table, column, row))
	if err != nil {
		return nil, fmt.Errorf("open sealed %s.%s: %w", table, column, err)
	}
	return plain, nil
}

func (k *Keyring) aead(id uint16) cipher.AEAD {
	block, err := aes.NewCipher(k.derive(id, "seal"))
	if err != nil {
		panic(err) // the derived key is always 32 bytes
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err) // AES has the block size GCM wants
	}
	return aead
}

func place(table, column, row string) []byte { return []byte(table + "|" + column + "|" + row) }
