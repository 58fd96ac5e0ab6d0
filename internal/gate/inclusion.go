package gate

import (
	"errors"
	"fmt"

	"naru/internal/fault"
)

// InclusionFormat is the first field of every proof.
const InclusionFormat = "naru/inclusion/1"

// MaxInclusionText is more than the length of any proof.
const MaxInclusionText = 16 << 10

// Inclusion is one person's own proof: that their ticket is in the roll, and which
// admissions of the record are theirs (rule G37). It holds the ticket's id and
// belongs to its holder alone.
type Inclusion struct {
	Format   string     `json:"format"`
	Campaign CampaignID `json:"campaign"`
	Epoch    uint32     `json:"epoch"`
	Ticket   Hex        `json:"ticket"`
	Leaf     Hex        `json:"leaf"`
	Late     *uint64    `json:"late,omitempty"` // number of a late ticket: it is in no roll
	Index    uint64     `json:"index"`
	L        uint64     `json:"L"`
	Root     Hex        `json:"root"`
	Path     []Hex      `json:"path,omitempty"` // from the leaf up (RFC 6962)
	Admitted []Opening  `json:"admitted,omitempty"`
}

// Opening opens one mark of a private record.
type Opening struct {
	Mark  Hex    `json:"mark"`
	Salt  Hex    `json:"salt"`
	Entry uint64 `json:"entry"`
	Place uint64 `json:"place"`
}

// Prove makes the proof of a ticket. A ticket of the lobby has its index and path;
// a late one has neither.
func (d Draw) Prove(t Ticket, index uint64, path [][32]byte) Inclusion {
	leaf := Leaf(t.ID)
	i := Inclusion{
		Format: InclusionFormat, Campaign: d.Campaign, Epoch: d.Epoch, Ticket: t.ID[:], Leaf: leaf[:],
		Index: index, L: d.L, Root: d.Root,
	}
	if t.Kind == Late {
		i.Late = &t.Number
	}
	for _, p := range path {
		i.Path = append(i.Path, p[:])
	}
	return i
}

// Encode returns the document with a line end.
func (i Inclusion) Encode() []byte { return encodeDocument(i) }

// ParseInclusion reads a proof strictly; fault Malformed "gate.inclusion_bad"
// otherwise. What it says is not checked; see VerifyInclusion.
func ParseInclusion(text []byte) (Inclusion, error) {
	var i Inclusion
	if len(text) > MaxInclusionText {
		return Inclusion{}, fault.New(fault.TooLarge, "gate.inclusion_bad")
	}
	if err := strictJSON(text, &i); err != nil {
		return Inclusion{}, fault.Wrap(fault.Malformed, "gate.inclusion_bad", err)
	}
	if i.Format != InclusionFormat || len(i.Ticket) != len(TicketID{}) || len(i.Path) > 64 {
		return Inclusion{}, fault.Wrap(fault.Malformed, "gate.inclusion_bad", errors.New("not a "+InclusionFormat))
	}
	return i, nil
}

// VerifyInclusion checks a proof against the published draw: the leaf is the
// ticket's, it is under the published root, and each mark opens to the ticket's
// place. Looking for the marks in the record is the reader's.
func VerifyInclusion(d Draw, i Inclusion) []Finding {
	t := Ticket{Campaign: i.Campaign, Epoch: i.Epoch, ID: TicketID(i.Ticket), Kind: Lobby}
	if i.Late != nil {
		t.Kind, t.Number = Late, *i.Late
	}
	found := []Finding{i.member(d, t), ComputePlace(d, t)}
	seed, held := d.SeedBytes()
	for _, o := range i.Admitted {
		salt, ok := o.Salt.fixed()
		mark := MarkOf(salt, Leaf(t.ID), o.Entry, o.Place)
		right := ok && held && string(mark[:]) == string(o.Mark) && o.Place == t.Place(seed, d.L)
		found = append(found, verdict(CheckMark, right, fmt.Sprintf("entry %d is the line %x of the record", o.Entry, []byte(o.Mark))))
	}
	return found
}

func (i Inclusion) member(d Draw, t Ticket) Finding {
	root, ok1 := d.Root.fixed()
	leaf, ok2 := i.Leaf.fixed()
	same := ok1 && ok2 && i.Campaign == d.Campaign && i.Epoch == d.Epoch && leaf == Leaf(t.ID)
	if t.Kind == Late {
		return verdict(CheckMember, same, fmt.Sprintf("late ticket, number %d behind the lobby", t.Number))
	}
	path := make([][32]byte, len(i.Path))
	for n, p := range i.Path {
		var ok bool
		if path[n], ok = p.fixed(); !ok {
			same = false
		}
	}
	return verdict(CheckMember, same && VerifyProof(root, leaf, i.Index, d.L, path), fmt.Sprintf("leaf %x is number %d of %d under the published root", leaf, i.Index, d.L))
}
