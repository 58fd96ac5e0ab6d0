package gate

import (
	"bytes"
	"fmt"
)

// Status is the answer of one check: three-valued, since what cannot be known
// from the files is neither right nor wrong.
type Status string

// The answers.
const (
	Right      Status = "ok"
	Wrong      Status = "WRONG"
	CannotTell Status = "cannot tell"
)

// The checks of a draw (rule G12).
const (
	CheckRoot       = "root"       // the roll has the root of the document
	CheckSize       = "size"       // the roll has L leaves
	CheckSignature  = "signature"  // the roll was signed with the document's key
	CheckKey        = "key"        // that key is the one noted beforehand
	CheckCommitment = "commitment" // it is the one noted beforehand
	CheckSecret     = "secret"     // the secret is the one committed to
	CheckBeacon     = "beacon"     // the value is that of the named round
	CheckSeed       = "seed"       // the seed follows from the parts
	CheckVerifiable = "verifiable" // the document says rightly whether it can be verified
	CheckMember     = "member"     // the ticket's leaf is in the roll
	CheckMark       = "mark"       // a line of a private record is the ticket's
	CheckPlace      = "place"      // the place follows from seed and leaf
)

// Finding is the result of one check.
type Finding struct {
	Check  string
	Status Status
	Detail string
}

// Noted is what the reader wrote down or got elsewhere, before the draw. What
// is empty cannot be checked: a document made up as a whole agrees with itself.
type Noted struct {
	Commitment  Hex
	PublicKey   Hex
	Root        Hex
	BeaconValue Hex
}

// VerifyDraw recomputes everything in a draw document from the roll and says
// what it found, check by check (rule G12). The roll is nil for a private draw,
// and only then.
func VerifyDraw(d Draw, roll *Roll, noted Noted) []Finding {
	statement, _ := d.statement()
	found := d.checkRoll(roll)
	found = append(
		found,
		asNoted(CheckRoot, d.Root, noted.Root),
		verdict(CheckSignature, VerifyRoll(d.PublicKey, statement, d.Signature), "Ed25519 over campaign, epoch, commitment, beacon, L and root"),
		asNoted(CheckKey, d.PublicKey, noted.PublicKey),
		asNoted(CheckCommitment, d.Commitment, noted.Commitment),
		d.checkSecret(),
		d.checkBeacon(noted),
		d.checkSeed(statement),
		d.checkVerifiable(),
	)
	return found
}

func (d Draw) checkRoll(roll *Roll) []Finding {
	if roll == nil {
		said := Finding{CheckSize, CannotTell, fmt.Sprintf("document says %d; the roll of a private draw is not published", d.L)}
		if !d.Private {
			said.Status, said.Detail = Wrong, "the roll is missing and the draw is not private"
		}
		return []Finding{said}
	}
	root := roll.Root()
	return []Finding{
		equal(CheckRoot, d.Root, root[:], "the roll's root"),
		verdict(CheckSize, d.L == roll.L(), fmt.Sprintf("document says %d, roll holds %d", d.L, roll.L())),
	}
}

// VerifyMember checks that a ticket of the lobby is in the roll. A late ticket
// is in no roll; its place is behind all of it.
func VerifyMember(roll *Roll, t Ticket) Finding {
	if t.Kind == Late {
		return Finding{CheckMember, Right, fmt.Sprintf("late ticket, number %d behind the lobby", t.Number)}
	}
	leaf := Leaf(t.ID)
	if roll == nil {
		return Finding{CheckMember, CannotTell, "the roll of a private draw is not published: give your own proof"}
	}
	i, found := roll.Index(leaf)
	if !found {
		return Finding{CheckMember, Wrong, fmt.Sprintf("leaf %x is not in the roll", leaf)}
	}
	return Finding{CheckMember, Right, fmt.Sprintf("leaf %x is number %d of the roll", leaf, i)}
}

// ComputePlace says the place of a ticket in the draw.
func ComputePlace(d Draw, t Ticket) Finding {
	seed, held := d.SeedBytes()
	if !held {
		return Finding{CheckPlace, CannotTell, "the draw has not been held"}
	}
	return Finding{CheckPlace, Right, fmt.Sprintf("%d", t.Place(seed, d.L))}
}

// VerifyPlace checks a claimed place of a ticket in the draw.
func VerifyPlace(d Draw, t Ticket, claimed uint64) Finding {
	seed, held := d.SeedBytes()
	if !held {
		return Finding{CheckPlace, CannotTell, "the draw has not been held"}
	}
	place := t.Place(seed, d.L)
	return verdict(CheckPlace, place == claimed, fmt.Sprintf("computed %d, claimed %d", place, claimed))
}

// Failed tells whether any check came out wrong.
func Failed(found []Finding) bool {
	for _, f := range found {
		if f.Status == Wrong {
			return true
		}
	}
	return false
}

func (d Draw) checkSecret() Finding {
	if len(d.Secret) == 0 {
		return Finding{CheckSecret, CannotTell, "not revealed"}
	}
	commitment, ok := d.Commitment.fixed()
	return verdict(CheckSecret, ok && commits(commitment, d.Secret), "SHA-256(secret) against the commitment")
}

// checkBeacon believes arithmetic where the beacon allows it, and the reader's
// note always.
func (d Draw) checkBeacon(noted Noted) Finding {
	if len(d.BeaconValue) == 0 {
		return Finding{CheckBeacon, CannotTell, "no value in the document"}
	}
	ok, known := d.Beacon.Checks(d.BeaconValue)
	switch {
	case known && !ok:
		return Finding{CheckBeacon, Wrong, fmt.Sprintf("%x is not the value of round %d of %s", []byte(d.BeaconValue), d.Beacon.Round, d.Beacon.Name)}
	case len(noted.BeaconValue) > 0:
		return equal(CheckBeacon, d.BeaconValue, noted.BeaconValue, "value you gave")
	case known:
		return Finding{CheckBeacon, Right, fmt.Sprintf("%x is the value of round %d of %s", []byte(d.BeaconValue), d.Beacon.Round, d.Beacon.Name)}
	}
	return Finding{CheckBeacon, CannotTell, fmt.Sprintf("look up round %d of %s yourself and give its value", d.Beacon.Round, d.Beacon.Name)}
}

func (d Draw) checkSeed(s RollStatement) Finding {
	if len(d.Seed) == 0 {
		return Finding{CheckSeed, CannotTell, "the draw has not been held"}
	}
	seed := Seed(d.parts(s))
	return equal(CheckSeed, d.Seed, seed[:], "seed from the parts")
}

func (d Draw) checkVerifiable() Finding {
	doubt := d.doubt()
	detail := doubt
	if doubt == "" {
		detail = "independent beacon and revealed secret"
	}
	return verdict(CheckVerifiable, d.Verifiable == (doubt == "") && d.Reason == doubt, detail)
}

func asNoted(check string, have, noted Hex) Finding {
	if len(noted) == 0 {
		return Finding{check, CannotTell, fmt.Sprintf("%x: compare with the one you noted before the draw", []byte(have))}
	}
	return equal(check, have, noted, "the one you noted")
}

func equal(check string, have, want Hex, what string) Finding {
	if bytes.Equal(have, want) {
		return Finding{check, Right, fmt.Sprintf("%x is %s", []byte(have), what)}
	}
	return Finding{check, Wrong, fmt.Sprintf("document says %x, %s is %x", []byte(have), what, []byte(want))}
}

func verdict(check string, ok bool, detail string) Finding {
	if ok {
		return Finding{check, Right, detail}
	}
	return Finding{check, Wrong, detail}
}
