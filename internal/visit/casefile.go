package visit

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"time"

	"naru/internal/fault"
)

// Stage is how far the visits of a case are open.
type Stage string

// The stages, in order: each custodian takes a file one further (rule V11).
const (
	Closed Stage = "closed" // as the register keeps them
	Halved Stage = "half"   // the outer custodian has opened
	Opened Stage = "open"   // the inner custodian too
)

// CaseFile travels from the register to the outer custodian, on to the inner one, and
// back. Whoever opens it sees what for.
type CaseFile struct {
	ID       string     `json:"id"`
	Number   string     `json:"case"`
	Reason   string     `json:"reason"`
	Facility FacilityID `json:"facility"`
	From     time.Time  `json:"from"`
	To       time.Time  `json:"to"`
	Stage    Stage      `json:"stage"`
	Items    []Item     `json:"visits"`
}

// Item is one visit of a case: its token, the half of it, or the contact. What could not
// be opened has no bytes.
type Item struct {
	Visit []byte `json:"visit"`
	Day   Day    `json:"day"` // whose keys open it
	Bytes []byte `json:"bytes,omitempty"`
}

// Bounds of a case file.
const (
	MaxCaseFile  = 32 << 20 // bytes
	maxCaseItems = 100_000
)

// ParseCaseFile reads a file of a stage. Code Malformed.
func ParseCaseFile(text []byte, want Stage) (CaseFile, error) {
	var f CaseFile
	if len(text) > MaxCaseFile {
		return f, fault.New(fault.TooLarge, "visit.case_file_bad")
	}
	err := json.Unmarshal(text, &f)
	if err == nil && (f.Stage != want || len(f.Items) > maxCaseItems || !idForm.MatchString(f.ID)) {
		err = errors.New("not a case file of the stage " + string(want))
	}
	for _, one := range f.Items {
		if len(one.Visit) != len(ID{}) || len(one.Bytes) > TokenSize {
			err = errors.New("a visit of another size")
		}
	}
	if err != nil {
		return CaseFile{}, fault.Wrap(fault.Malformed, "visit.case_file_bad", err)
	}
	return f, nil
}

// Private gives a custodian's private key of a day; nil when it is destroyed, or was
// never made.
type Private func(Day) ([]byte, error)

// Open takes a file one stage further with a custodian's keys: the outer custodian's
// halves, the inner one's contacts. What does not open is left empty, and counted later.
// Code Invalid "visit.case_stage" for a file that is not for this custodian.
func (f CaseFile) Open(as Custodian, keys Private) (CaseFile, error) {
	to := f
	switch {
	case as == Outer && f.Stage == Closed:
		to.Stage = Halved
	case as == Inner && f.Stage == Halved:
		to.Stage = Opened
	default:
		return CaseFile{}, fault.New(fault.Invalid, "visit.case_stage")
	}
	to.Items = make([]Item, len(f.Items))
	for i, one := range f.Items {
		to.Items[i] = Item{Visit: one.Visit, Day: one.Day}
		private, err := keys(one.Day)
		if err != nil {
			return CaseFile{}, err
		}
		if private == nil || len(one.Bytes) == 0 {
			continue
		}
		if to.Items[i].Bytes, err = one.open(as, private); err != nil && fault.CodeOf(err) == fault.Internal {
			return CaseFile{}, err
		}
	}
	return to, nil
}

func (i Item) open(as Custodian, private []byte) ([]byte, error) {
	if as == Outer {
		h, err := Token(i.Bytes).OpenOuter(private)
		return h.sealed, err
	}
	c, err := Half{i.Day, i.Bytes}.OpenInner(private)
	if err != nil {
		return nil, err
	}
	return c.bytes(), nil
}

// Contact is the contact of an item that both have opened; found is false for others.
func (i Item) Contact() (c Contact, found bool) {
	if len(i.Bytes) != plainSize {
		return Contact{}, false
	}
	return contactOf(i.Bytes), true
}

// bytes are what is sealed.
func (c Contact) bytes() []byte {
	b := append([]byte{byte(c.Kind)}, c.Handle[:]...)
	b = binary.BigEndian.AppendUint32(b, uint32(c.Minute.Unix()/60)) //nolint:gosec // minutes until the year 10136
	return append(b, c.MAC[:]...)
}

func contactOf(b []byte) Contact {
	c := Contact{Kind: Kind(b[0])}
	copy(c.Handle[:], b[1:])
	c.Minute = time.Unix(int64(binary.BigEndian.Uint32(b[1+handleSize:]))*60, 0).UTC()
	copy(c.MAC[:], b[1+handleSize+4:])
	return c
}
