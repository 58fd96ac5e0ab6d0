package visit

import (
	"crypto/rand"
	"encoding/base32"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"naru/internal/fault"
)

// FacilityID names a facility; it is random, and says nothing about it.
type FacilityID string

// DeviceID names a scanner of a facility.
type DeviceID string

var idText = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

var idForm = regexp.MustCompile(`^[0-9a-hj-km-np-tv-z]{16}$`)

func newID() string {
	var raw [10]byte
	_, _ = rand.Read(raw[:]) // never fails: see crypto/rand
	return idText.EncodeToString(raw[:])
}

// NewFacilityID makes one that nobody guesses.
func NewFacilityID() FacilityID { return FacilityID(newID()) }

// NewDeviceID makes one that nobody guesses.
func NewDeviceID() DeviceID { return DeviceID(newID()) }

// Bucket is the part of the register in which a facility's rows are, of n.
func (id FacilityID) Bucket(n int) int16 {
	sum := 0
	for _, c := range []byte(id) {
		sum = (sum*31 + int(c)) % n
	}
	return int16(sum) //nolint:gosec // below n
}

// ParseFacilityID takes an id from outside. Code NotFound: nobody has such a one.
func ParseFacilityID(s string) (FacilityID, error) {
	if !idForm.MatchString(s) {
		return "", fault.New(fault.NotFound, "visit.facility_unknown")
	}
	return FacilityID(s), nil
}

// Facility is a place that people visit, and who answers for it.
type Facility struct {
	ID             FacilityID
	Name           string
	Business       string // number in the business register, digits and letters alone
	Representative string
}

// Lengths of what is typed, in characters.
const (
	maxFacilityName = 60
	maxPersonName   = 40
	MaxDevices      = 20 // of a facility
	MaxManagers     = 20
)

var businessForm = regexp.MustCompile(`^[0-9A-Z]{5,20}$`)

// NewFacility checks what somebody typed. Every fault is of code Invalid and names the
// field in Args["Field"]. Whether the business exists is for the agency to know: the
// number is not asked for anywhere else (rule V9).
func NewFacility(name, business, representative string) (Facility, []error) {
	f := Facility{
		Name: strings.Join(strings.Fields(name), " "), Representative: strings.Join(strings.Fields(representative), " "),
		Business: strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(business)),
	}
	var faults []error
	wrong := func(field string, bad bool) {
		if bad {
			faults = append(faults, fault.New(fault.Invalid, "visit."+field+"_bad").With("Field", field))
		}
	}
	wrong("facility", f.Name == "" || utf8.RuneCountInString(f.Name) > maxFacilityName)
	wrong("business", !businessForm.MatchString(f.Business))
	wrong("representative", f.Representative == "" || utf8.RuneCountInString(f.Representative) > maxPersonName)
	return f, faults
}

// PairingLife is how long a code pairs a device.
const PairingLife = 10 * time.Minute

// pairingSize is the length of a pairing code; it has 40 bits, and lives shortly.
const pairingSize = 8

// NewPairingCode makes a code that is typed into a scanner or shown to it as a QR code.
func NewPairingCode() string {
	var raw [5]byte
	_, _ = rand.Read(raw[:]) // never fails: see crypto/rand
	return idText.EncodeToString(raw[:])
}

// ParsePairingCode takes what was typed: hyphens, blanks and capitals do not matter.
// Code Invalid.
func ParsePairingCode(s string) (string, error) {
	code := strings.NewReplacer("-", "", " ", "", "o", "0", "i", "1", "l", "1").Replace(strings.ToLower(s))
	if raw, err := idText.DecodeString(code); err != nil || len(code) != pairingSize || len(raw) != 5 {
		return "", fault.New(fault.Invalid, "visit.pairing_bad").With("Field", "code")
	}
	return code, nil
}
