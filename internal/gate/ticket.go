package gate

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"

	"naru/internal/fault"
)

// CampaignID is the id of a campaign as this package sees it.
type CampaignID = string

// TicketID is the random name of a ticket. It is known to its holder and the
// store only; the roll shows its Leaf.
type TicketID [16]byte

// String returns the id as 32 hexadecimal digits.
func (id TicketID) String() string { return hex.EncodeToString(id[:]) }

// ParseTicketID reads 32 lower-case hexadecimal digits.
func ParseTicketID(text string) (TicketID, error) {
	var id TicketID
	if len(text) != 2*len(id) {
		return TicketID{}, fault.New(fault.Malformed, "gate.ticket_bad")
	}
	if _, err := hex.Decode(id[:], []byte(text)); err != nil || id.String() != text {
		return TicketID{}, fault.New(fault.Malformed, "gate.ticket_bad")
	}
	return id, nil
}

// Kind tells whether a ticket takes part in the draw. The database decides it
// in the transaction of the join (rule G5).
type Kind uint8

// The kinds of tickets.
const (
	Lobby Kind = 1 // joined before the lobby closed: placed by the draw
	Late  Kind = 2 // joined after: placed by its number, behind the lobby
)

// Ticket is one place in the line of one campaign and epoch, for good (rule G1).
type Ticket struct {
	Campaign CampaignID
	Epoch    uint32
	ID       TicketID
	Kind     Kind
	Number   uint64 // the late number, from 0; always 0 in the lobby
}

const (
	ticketPrefix  = "NT1."
	ticketPayload = 1 + 4 + 8 + 8 + 16
	// MaxTicketText is more than the length of any sealed ticket.
	MaxTicketText = 120
)

// SealTicket signs a ticket:
//
//	"NT1." base64url(kind 1 ‖ epoch 4 ‖ campaign tag 8 ‖ number 8 ‖ id 16) "." base64url(HMAC-SHA-256)
//
// integers big-endian. It panics when the ticket is of another campaign or
// epoch than the keys, or is not a valid ticket.
func (k *Keys) SealTicket(t Ticket) string {
	if t.Campaign != k.campaign || t.Epoch != k.epoch {
		panic(fmt.Sprintf("gate: ticket of %q epoch %d sealed with %v", t.Campaign, t.Epoch, k))
	}
	if !t.valid() {
		panic(fmt.Sprintf("gate: ticket of kind %d with number %d is not valid", t.Kind, t.Number))
	}
	p := make([]byte, 0, ticketPayload)
	p = append(p, byte(t.Kind))
	p = binary.BigEndian.AppendUint32(p, t.Epoch)
	p = append(p, k.tag[:]...)
	p = binary.BigEndian.AppendUint64(p, t.Number)
	p = append(p, t.ID[:]...)
	return sealToken(ticketPrefix, k.ticket, p)
}

// OpenTicket returns the ticket that SealTicket signed with the same keys.
// Anything else is fault Unauthenticated "gate.ticket_bad"; a ticket that says
// it is of another epoch of this campaign is fault Expired
// "gate.ticket_other_epoch". The latter is said without checking the
// signature, since that epoch's key may be gone; it grants nothing (rule G4).
func (k *Keys) OpenTicket(token string) (Ticket, error) {
	payload, sum, ok := splitToken(ticketPrefix, token, MaxTicketText)
	if !ok {
		return Ticket{}, badTicket()
	}
	t, tag, ok := parseTicket(payload)
	if !ok || tag != k.tag {
		return Ticket{}, badTicket()
	}
	if t.Epoch != k.epoch {
		return Ticket{}, fault.New(fault.Expired, "gate.ticket_other_epoch")
	}
	if !sameMAC(k.ticket, payload, sum) {
		return Ticket{}, badTicket()
	}
	t.Campaign = k.campaign
	return t, nil
}

// PeekedTicket is what a ticket says of itself. Nothing has been checked: it
// may be used to choose the keys that open it and to show holders their own
// place, never to grant anything.
type PeekedTicket struct {
	Epoch  uint32
	ID     TicketID
	Kind   Kind
	Number uint64
	tag    [8]byte
}

// Of tells whether the ticket says it is of the campaign.
func (p PeekedTicket) Of(campaign CampaignID) bool { return p.tag == campaignTag(campaign) }

// PeekTicket reads a ticket without any key. Text that cannot be a ticket is
// fault Unauthenticated "gate.ticket_bad".
func PeekTicket(token string) (PeekedTicket, error) {
	payload, _, ok := splitToken(ticketPrefix, token, MaxTicketText)
	if !ok {
		return PeekedTicket{}, badTicket()
	}
	t, tag, ok := parseTicket(payload)
	if !ok {
		return PeekedTicket{}, badTicket()
	}
	return PeekedTicket{Epoch: t.Epoch, ID: t.ID, Kind: t.Kind, Number: t.Number, tag: tag}, nil
}

func parseTicket(p []byte) (t Ticket, tag [8]byte, ok bool) {
	if len(p) != ticketPayload {
		return Ticket{}, tag, false
	}
	t.Kind = Kind(p[0])
	t.Epoch = binary.BigEndian.Uint32(p[1:])
	copy(tag[:], p[5:])
	t.Number = binary.BigEndian.Uint64(p[13:])
	copy(t.ID[:], p[21:])
	return t, tag, t.valid()
}

func (t Ticket) valid() bool {
	switch t.Kind {
	case Lobby:
		return t.Number == 0
	case Late:
		return t.Number < MaxPlace
	}
	return false
}

func badTicket() error { return fault.New(fault.Unauthenticated, "gate.ticket_bad") }
