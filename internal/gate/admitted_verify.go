package gate

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
)

// The checks of a record of admissions (rule G34).
const (
	CheckRecord  = "record"       // the lines lead to the signed head
	CheckEarlier = "earlier"      // and to each head that was signed before
	CheckOrder   = "order"        // nobody was admitted before their place was called
	CheckPlaces  = "places"       // every place is the ticket's, by roll and seed
	CheckBooked  = "reservations" // every reservation references an admission
)

// Record is a record of admissions as the reader has it.
type Record struct {
	Head    Head
	Lines   io.Reader // the file; what comes after Head.Count lines is newer and left out
	Earlier []Head    // documents that the reader saved before
}

// VerifyAdmitted reads a record and says what it found, check by check. The roll
// is nil for a private draw. The error is fault Malformed "gate.admitted_bad" when
// the file cannot be read.
func VerifyAdmitted(d Draw, roll *Roll, r Record) ([]Finding, error) {
	c := &recordCheck{draw: d, roll: roll, chain: NewChain(d.Campaign, d.Epoch), tickets: map[[32]byte]uint64{}, numbers: map[laneTicket]uint64{}, lanes: map[string]Admitted{}}
	c.seed, c.held = d.SeedBytes()
	if err := c.read(r); err != nil {
		return nil, err
	}
	signed := r.Head.Verify(d.PublicKey) && bytes.Equal(r.Head.PublicKey, d.PublicKey) &&
		r.Head.Campaign == d.Campaign && r.Head.Epoch == d.Epoch && r.Head.Private == d.Private
	found := []Finding{verdict(CheckRecord, signed && c.chain.Count == r.Head.Count && bytes.Equal(c.chain.Head[:], r.Head.Head),
		fmt.Sprintf("%d lines of %d, head %x, signed %v", c.chain.Count, r.Head.Count, c.chain.Head, signed))}
	found = append(found, c.earlier(r)...)
	return append(found, c.order(), c.places(), c.booked(r.Head)), nil
}

// laneTicket is a ticket in a lane, where it has one place.
type laneTicket struct {
	lane string
	mark [32]byte
}

// recordCheck is one reading of a record. The first fault of each kind is kept.
type recordCheck struct {
	draw    Draw
	roll    *Roll
	seed    [32]byte
	held    bool
	chain   Chain
	tickets map[[32]byte]uint64   // the last entry of each
	numbers map[laneTicket]uint64 // places
	lanes   map[string]Admitted   // the last line of each
	lost    []uint64              // counts of earlier heads that the lines do not lead to

	disorder, misplaced string
}

func (c *recordCheck) read(r Record) error {
	heads := map[uint64][]Head{}
	for _, h := range r.Earlier {
		heads[h.Count] = append(heads[h.Count], h)
	}
	lines := bufio.NewScanner(r.Lines)
	lines.Buffer(make([]byte, 0, 4096), maxAdmitted+2)
	lines.Split(wholeLines)
	for {
		for _, h := range heads[c.chain.Count] {
			if !bytes.Equal(h.Head, c.chain.Head[:]) {
				c.lost = append(c.lost, h.Count)
			}
		}
		delete(heads, c.chain.Count)
		if c.chain.Count == r.Head.Count || !lines.Scan() {
			break
		}
		line, err := ParseAdmitted(lines.Text(), r.Head.Private)
		if err != nil {
			return fmt.Errorf("line %d: %w", c.chain.Count+1, err)
		}
		c.chain = c.chain.Add(lines.Bytes())
		c.line(line)
	}
	for count := range heads { // longer than the record is now
		c.lost = append(c.lost, count)
	}
	if err := lines.Err(); err != nil {
		return badAdmitted(err)
	}
	return nil
}

// wholeLines splits at line ends and at nothing else; a last line without its
// end was cut off.
func wholeLines(data []byte, atEOF bool) (advance int, token []byte, err error) {
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		return i + 1, data[:i], nil
	}
	if atEOF && len(data) > 0 {
		return 0, nil, io.ErrUnexpectedEOF
	}
	return 0, nil, nil
}

func (c *recordCheck) line(a Admitted) {
	before, any := c.lanes[a.Lane]
	c.lanes[a.Lane] = a
	switch {
	case c.disorder != "":
	case a.Number != c.chain.Count:
		c.disorder = fmt.Sprintf("line %d says it is number %d", c.chain.Count, a.Number)
	case any && a.Serving < before.Serving:
		c.disorder = fmt.Sprintf("line %d: the serving number of lane %s went back from %d to %d", a.Number, a.Lane, before.Serving, a.Serving)
	case any && a.At.Before(before.At):
		c.disorder = fmt.Sprintf("line %d: time went back from %s", a.Number, before.At.Format(minuteText))
	case !a.Private && a.Place >= a.Serving:
		c.disorder = fmt.Sprintf("line %d: place %d was admitted while places below %d were called", a.Number, a.Place, a.Serving)
	}
	if a.Private || c.misplaced != "" || !c.held || c.roll == nil {
		return
	}
	c.misplaced = c.misplacement(a)
}

// misplacement says what is wrong with the place of a line, or "".
func (c *recordCheck) misplacement(a Admitted) string {
	entry, again := c.tickets[a.Mark]
	c.tickets[a.Mark] = a.Entry
	at := laneTicket{a.Lane, a.Mark}
	place, here := c.numbers[at]
	c.numbers[at] = a.Place
	_, inRoll := c.roll.Index(a.Mark)
	switch drawn, _ := Place(c.seed, a.Mark, c.draw.L); {
	case a.Lane != string(Web): // an order of its own (rule G50)
	case inRoll && drawn != a.Place:
		return fmt.Sprintf("line %d: the place is %d, by the draw it is %d", a.Number, a.Place, drawn)
	case !inRoll && a.Place < c.draw.L:
		return fmt.Sprintf("line %d: place %d is inside the lobby, and its ticket is not in the roll", a.Number, a.Place)
	}
	if here && place != a.Place {
		return fmt.Sprintf("line %d: the ticket had place %d before, and now %d", a.Number, place, a.Place)
	}
	if a.Entry != 1 && (!again || a.Entry != entry+1) {
		return fmt.Sprintf("line %d: entry %d follows entry %d", a.Number, a.Entry, entry)
	}
	return ""
}

func (c *recordCheck) earlier(r Record) []Finding {
	if len(r.Earlier) == 0 {
		return []Finding{{CheckEarlier, CannotTell, "save admitted.json now and give it the next time: later edits show"}}
	}
	for _, h := range r.Earlier {
		if !h.Verify(c.draw.PublicKey) || h.Campaign != c.draw.Campaign || h.Epoch != c.draw.Epoch {
			return []Finding{{CheckEarlier, Wrong, fmt.Sprintf("the document of %d lines is not signed by this campaign's key", h.Count)}}
		}
	}
	if len(c.lost) > 0 {
		return []Finding{{CheckEarlier, Wrong, fmt.Sprintf("the lines do not lead to the head that was signed at %d lines: the record was changed", c.lost[0])}}
	}
	return []Finding{{CheckEarlier, Right, fmt.Sprintf("the lines lead to %d heads signed before", len(r.Earlier))}}
}

func (c *recordCheck) order() Finding {
	if c.disorder != "" {
		return Finding{CheckOrder, Wrong, c.disorder}
	}
	if c.draw.Private {
		return Finding{CheckOrder, CannotTell, "the serving number never went back; places are not public in a private campaign"}
	}
	return Finding{CheckOrder, Right, "every place was called before it was admitted"}
}

func (c *recordCheck) places() Finding {
	switch {
	case c.draw.Private || c.roll == nil:
		return Finding{CheckPlaces, CannotTell, "places and roll are not public in a private campaign"}
	case c.misplaced != "":
		return Finding{CheckPlaces, Wrong, c.misplaced}
	case !c.held:
		return Finding{CheckPlaces, CannotTell, "the draw has not been held"}
	}
	return Finding{CheckPlaces, Right, fmt.Sprintf("every place of %d tickets follows from roll and seed, or is behind the lobby", len(c.tickets))}
}

func (c *recordCheck) booked(h Head) Finding {
	if h.Booked == nil {
		return Finding{CheckBooked, CannotTell, "not counted yet"}
	}
	b := *h.Booked
	detail := fmt.Sprintf("%d reservations, %d without an admission", b.Reservations, b.Unadmitted)
	return verdict(CheckBooked, b.Unadmitted == 0 && b.verify(h), detail)
}
