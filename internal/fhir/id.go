package fhir

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"naru/internal/booking"
	"naru/internal/campaign"
	"naru/internal/clinic"
)

// Ids of FHIR have letters, digits, "-" and ".", 64 at most. Ids of ours that fit are
// taken as they are, joined by "."; others become a hash (rule X2).
const maxScheduleID = 48 // leaves room for the time in a slot's id

// LocationID is the id of a clinic's Location.
func LocationID(id clinic.ID) string { return resourceID(64, string(id)) }

// ScheduleID is the id of what a clinic offers in a campaign: of its Schedule and
// of its HealthcareService.
func ScheduleID(c campaign.ID, k clinic.ID) string {
	return resourceID(maxScheduleID, string(c), string(k))
}

// SlotID is the id of a time in a schedule; it never has another meaning.
func SlotID(schedule string, start time.Time, s Status) string {
	return schedule + "." + strconv.FormatInt(start.Unix(), 36) + string(s[0])
}

// ParseSlotID is the other way round; ok is false for a text that is no slot's id.
func ParseSlotID(id string) (schedule string, start time.Time, s Status, ok bool) {
	dot := strings.LastIndexByte(id, '.')
	if dot < 1 || len(id)-dot < 3 || len(id) > 64 {
		return "", time.Time{}, "", false
	}
	s = map[byte]Status{'f': Free, 'b': Busy}[id[len(id)-1]]
	seconds, err := strconv.ParseInt(id[dot+1:len(id)-1], 36, 64)
	start = time.Unix(seconds, 0).UTC()
	schedule = id[:dot]
	return schedule, start, s, err == nil && s != "" && SlotID(schedule, start, s) == id
}

// AppointmentID is the id of a taken place. It leads to no person: the hold it is
// made of is random and shown to nobody.
func AppointmentID(hold booking.HoldID, dose int) string {
	return hashed("appointment", string(hold), strconv.Itoa(dose))
}

func resourceID(most int, parts ...string) string {
	id := strings.Join(parts, ".")
	plain := len(id) <= most
	for _, p := range parts {
		plain = plain && strings.Trim(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == ""
	}
	if plain {
		return id
	}
	return hashed(parts...)
}

// hashed is a name without meaning; parts cannot run into each other.
func hashed(parts ...string) string {
	h := sha256.New()
	for _, p := range append([]string{"naru/fhir/1"}, parts...) {
		var n [4]byte
		binary.BigEndian.PutUint32(n[:], uint32(len(p))) //nolint:gosec // ids are short
		h.Write(n[:])
		h.Write([]byte(p))
	}
	return "x-" + hex.EncodeToString(h.Sum(nil)[:15])
}
