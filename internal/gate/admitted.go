package gate

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"naru/internal/fault"
)

// Admitted is one line of the public record of admissions: one session that was
// opened (rule G33). It names nobody. Of a private campaign it shows neither
// ticket nor entry nor place: Mark binds them, and only its holder can open it.
type Admitted struct {
	Number  uint64   // 1, 2, 3, ... in the order in which sessions were opened
	Mark    [32]byte // the ticket's leaf; in a private campaign see Keys.Mark
	Private bool
	Entry   uint64 // 1 for the first session of the ticket, 2 for the next, ...
	Lane    string // small letters, at most 16
	Place   uint64
	Serving uint64    // the serving number at that moment
	At      time.Time // the minute, UTC
}

const (
	minuteText  = "2006-01-02T15:04Z"
	maxAdmitted = 192 // the longest line, in bytes
	maxLane     = 16
)

// Line is the line as it is published, without its end:
// number,mark,entry,lane,place,serving,minute; entry and place are empty in a
// private campaign.
func (a Admitted) Line() []byte {
	b := strconv.AppendUint(make([]byte, 0, maxAdmitted), a.Number, 10)
	b = hex.AppendEncode(append(b, ','), a.Mark[:])
	b = append(b, ',')
	if !a.Private {
		b = strconv.AppendUint(b, a.Entry, 10)
	}
	b = append(append(append(b, ','), a.Lane...), ',')
	if !a.Private {
		b = strconv.AppendUint(b, a.Place, 10)
	}
	b = strconv.AppendUint(append(b, ','), a.Serving, 10)
	return a.At.UTC().AppendFormat(append(b, ','), minuteText)
}

// ParseAdmitted reads one line strictly: what Line would not write is fault
// Malformed "gate.admitted_bad".
func ParseAdmitted(line string, private bool) (Admitted, error) {
	f := strings.Split(line, ",")
	if len(f) != 7 || len(line) > maxAdmitted {
		return Admitted{}, badAdmitted(errors.New("not seven fields"))
	}
	a := Admitted{Private: private, Lane: f[3]}
	mark, err := hex.DecodeString(f[1])
	if err != nil || len(mark) != 32 {
		return Admitted{}, badAdmitted(errors.New("the mark is not 32 bytes"))
	}
	a.Mark = [32]byte(mark)
	numbers := []struct {
		text string
		into *uint64
	}{{f[0], &a.Number}, {f[5], &a.Serving}, {f[2], &a.Entry}, {f[4], &a.Place}}
	if private {
		numbers = numbers[:2]
	}
	for _, n := range numbers {
		if *n.into, err = strconv.ParseUint(n.text, 10, 63); err != nil {
			return Admitted{}, badAdmitted(err)
		}
	}
	if a.At, err = time.Parse(minuteText, f[6]); err != nil {
		return Admitted{}, badAdmitted(err)
	}
	if !laneName(a.Lane) || string(a.Line()) != line {
		return Admitted{}, badAdmitted(errors.New("not as it is written"))
	}
	return a, nil
}

func laneName(s string) bool {
	return s != "" && len(s) <= maxLane && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz") == ""
}

func badAdmitted(err error) error { return fault.Wrap(fault.Malformed, "gate.admitted_bad", err) }

// Chain is a record of admissions up to a line: whoever knows Head knows that
// no line up to Count was changed, put in, taken out or moved.
type Chain struct {
	Count uint64
	Head  [32]byte
}

// NewChain is the chain of a record without lines.
func NewChain(campaign CampaignID, epoch uint32) Chain {
	b := appendPart(nil, []byte(AdmittedFormat))
	b = appendPart(b, []byte(campaign))
	return Chain{Head: sha256.Sum256(appendUint(b, uint64(epoch)))}
}

// Add is the chain with one more line: SHA-256(head ‖ line without its end).
func (c Chain) Add(line []byte) Chain {
	return Chain{Count: c.Count + 1, Head: sha256.Sum256(append(c.Head[:], line...))}
}

// Mark is how the record of a private campaign shows an admission. Salt opens
// it: with salt, leaf, entry and place anybody can compute the mark; without salt
// nobody can, whatever else they know.
func (k *Keys) Mark(id TicketID, entry, place uint64) (mark, salt [32]byte) {
	salt = [32]byte(mac(k.mark, binary.BigEndian.AppendUint64(id[:], entry)))
	return MarkOf(salt, Leaf(id), entry, place), salt
}

// MarkOf is SHA-256(part("naru/mark/1") ‖ part(salt) ‖ part(leaf) ‖
// number(entry) ‖ number(place)).
func MarkOf(salt, leaf [32]byte, entry, place uint64) [32]byte {
	b := appendPart(nil, []byte("naru/mark/1"))
	b = appendPart(appendPart(b, salt[:]), leaf[:])
	return sha256.Sum256(appendUint(appendUint(b, entry), place))
}

// AdmittedFormat is the first field of the document of the record.
const AdmittedFormat = "naru/admitted/1"

// Head says, signed, how far the record of admissions goes and what it leads to.
type Head struct {
	Format    string     `json:"format"`
	Campaign  CampaignID `json:"campaign"`
	Epoch     uint32     `json:"epoch"`
	Private   bool       `json:"private"`
	Count     uint64     `json:"count"`
	Head      Hex        `json:"head"`
	At        int64      `json:"at"` // Unix seconds
	PublicKey Hex        `json:"public_key"`
	Signature Hex        `json:"signature"`
	Booked    *Booked    `json:"booked,omitempty"`
}

// Booked says, signed, how many reservations there are and how many of them
// reference no admission; that one must be 0. Whose they are is not public.
type Booked struct {
	Reservations uint64 `json:"reservations"`
	Unadmitted   uint64 `json:"unadmitted"`
	At           int64  `json:"at"` // Unix seconds
	Signature    Hex    `json:"signature"`
}

// SignHead signs a chain as it is at a time (Unix seconds).
func (k *Keys) SignHead(c Chain, at int64, private bool) Head {
	h := Head{
		Format: AdmittedFormat, Campaign: k.campaign, Epoch: k.epoch, Private: private,
		Count: c.Count, Head: c.Head[:], At: at, PublicKey: Hex(k.RollPublicKey()),
	}
	h.Signature = ed25519.Sign(k.roll, h.bytes())
	return h
}

// SignBooked signs the counts of reservations.
func (k *Keys) SignBooked(b Booked) Booked {
	b.Signature = ed25519.Sign(k.roll, b.bytes(k.campaign, k.epoch))
	return b
}

// Verify tells whether the head was signed by the holder of the public key.
func (h Head) Verify(public []byte) bool {
	return len(public) == ed25519.PublicKeySize && ed25519.Verify(public, h.bytes(), h.Signature)
}

func (h Head) bytes() []byte {
	b := appendPart(nil, []byte("naru/admitted-head/1"))
	b = appendPart(b, []byte(h.Campaign))
	b = appendUint(b, uint64(h.Epoch))
	private := uint64(0)
	if h.Private {
		private = 1
	}
	b = appendUint(appendUint(b, private), h.Count)
	return appendUint(appendPart(b, h.Head), uint64(h.At)) //nolint:gosec // the same bytes for the same time
}

func (b Booked) verify(h Head) bool {
	return len(h.PublicKey) == ed25519.PublicKeySize && ed25519.Verify([]byte(h.PublicKey), b.bytes(h.Campaign, h.Epoch), b.Signature)
}

func (b Booked) bytes(campaign CampaignID, epoch uint32) []byte {
	s := appendPart(nil, []byte("naru/booked/1"))
	s = appendUint(appendPart(s, []byte(campaign)), uint64(epoch))
	s = appendUint(appendUint(s, b.Reservations), b.Unadmitted)
	return appendUint(s, uint64(b.At)) //nolint:gosec // the same bytes for the same time
}

// Encode returns the document as it is published, with a line end.
func (h Head) Encode() []byte { return encodeDocument(h) }

// ParseHead reads the document of a record strictly; fault Malformed
// "gate.admitted_bad" otherwise. What it says is not checked; see VerifyAdmitted.
func ParseHead(text []byte) (Head, error) {
	var h Head
	if len(text) > MaxDrawText {
		return Head{}, fault.New(fault.TooLarge, "gate.admitted_bad")
	}
	if err := strictJSON(text, &h); err != nil {
		return Head{}, badAdmitted(err)
	}
	if h.Format != AdmittedFormat {
		return Head{}, badAdmitted(fmt.Errorf("format is not %s", AdmittedFormat))
	}
	return h, nil
}
