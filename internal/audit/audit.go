// Package audit remembers what staff did: a chain of entries for each start of each
// node, in which every entry carries the hash of the one before.
//
// It promises that an entry which was changed, taken out or put in later is found by
// whoever has the chain's newest signed head. It never holds a name, a birth date or
// a telephone number: people are random ids. Rules S5-S8 in docs/rules/staff.md.
package audit

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"maps"
	"slices"
	"time"
)

// Phase says which part of an act an entry is: it is asked for before it is done.
type Phase string

// The phases. An act whose entry "asked" cannot be written does not happen.
const (
	Asked   Phase = "asked"
	Done    Phase = "done"
	Refused Phase = "refused" // by a rule: Code says which
	Failed  Phase = "failed"  // nobody knows how far it came
)

// Hash is of an entry, and so of all entries before it in the chain.
type Hash [32]byte

// Entry is one line of a chain.
type Entry struct {
	Chain    string // node and start
	Seq      int64  // from 1, without gaps
	At       time.Time
	Act      string // random; joins "asked" with what came of it
	Phase    Phase
	Staff    string // id of who acts; "" for the console of the machine itself
	Session  string
	What     string // the permission that was used
	Clinic   string
	Person   string // whose data, a random id
	Campaign string
	Code     string // why it was refused
	Detail   map[string]string
}

// Next is the hash of an entry that follows one of hash before: SHA-256 over
// length-prefixed fields, so that no two entries read alike.
func Next(before Hash, e Entry) Hash {
	h := sha256.New()
	field(h, "naru/audit/1")
	field(h, string(before[:]))
	for _, text := range []string{
		e.Chain, number(e.Seq), number(e.At.Unix()), e.Act, string(e.Phase), e.Staff, e.Session, e.What, e.Clinic, e.Person, e.Campaign, e.Code,
	} {
		field(h, text)
	}
	for _, name := range slices.Sorted(maps.Keys(e.Detail)) {
		field(h, name)
		field(h, e.Detail[name])
	}
	return Hash(h.Sum(nil))
}

func field(h hash.Hash, text string) {
	var n [4]byte
	binary.BigEndian.PutUint32(n[:], uint32(len(text))) //nolint:gosec // bounded by callers
	h.Write(n[:])
	h.Write([]byte(text))
}

func number(n int64) string {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(n)) //nolint:gosec // bits, not a size
	return string(b[:])
}
