package message

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"time"

	"naru/internal/caldate"
)

// Reminder is one that an agency sends: so many days before a dose, at a time of
// the day in minutes from midnight.
type Reminder struct{ Days, At int }

// Kind is what the reminder says.
func (r Reminder) Kind() Kind {
	if r.Days == 0 {
		return SameDay
	}
	return DayBefore
}

// remindBefore is how long before a dose a reminder is still of use.
const remindBefore = 30 * time.Minute

// remindLate is how long after its time a reminder is still written: a service that
// was away in the morning sends it later on the same day.
const remindLate = 8 * time.Hour

// Window is between which times of doses the reminder is due now (rule M9), both
// zero when it is not; due is the time of the day at which it was to be sent.
func (r Reminder) Window(now time.Time, zone *time.Location) (from, to, due time.Time) {
	today := caldate.Of(now, zone)
	due = today.At(r.At/60, r.At%60, zone).UTC()
	if now.Before(due) || now.Sub(due) > remindLate {
		return time.Time{}, time.Time{}, due
	}
	from, to = today.AddDays(r.Days).At(0, 0, zone).UTC(), today.AddDays(r.Days+1).At(0, 0, zone).UTC()
	if soon := now.Add(remindBefore); from.Before(soon) {
		from = soon
	}
	return from, to, due
}

// StillTrue says whether a reminder of a dose at start is still to be sent.
func StillTrue(start, bookedFor, now time.Time) bool {
	return start.Equal(bookedFor) && now.Add(remindBefore/2).Before(start)
}

// ReminderID is the id of the one reminder of a dose: every node and every repeat
// makes the same, so it is written once. hold and dose name the place that is held.
func ReminderID(r Reminder, hold string, dose int, due time.Time, bucket int16) string {
	h := sha256.New()
	_, _ = h.Write([]byte("naru/reminder/1\x00" + hold + "\x00"))
	var numbers [24]byte
	binary.BigEndian.PutUint64(numbers[0:], uint64(r.Days))      //nolint:gosec // some days
	binary.BigEndian.PutUint64(numbers[8:], uint64(dose))        //nolint:gosec // one or two
	binary.BigEndian.PutUint64(numbers[16:], uint64(due.Unix())) //nolint:gosec // after 1970
	_, _ = h.Write(numbers[:])
	return NewID([10]byte(h.Sum(nil)[:10]), due, bucket)
}

// NewID makes the id of a message: its time, ten bytes of its own, its bucket. It is
// what a provider gets as the key of the message.
func NewID(own [10]byte, at time.Time, bucket int16) string {
	var id [16]byte
	binary.BigEndian.PutUint32(id[:], uint32(at.Unix())) //nolint:gosec // seconds until 2106
	copy(id[4:], own[:])
	binary.BigEndian.PutUint16(id[14:], uint16(bucket)) //nolint:gosec // a bucket
	return hex.EncodeToString(id[:])
}

// BucketOf is the bucket in an id; ok is false when it is no id.
func BucketOf(id string) (bucket int16, ok bool) {
	b, err := hex.DecodeString(id)
	if err != nil || len(b) != 16 || hex.EncodeToString(b) != id {
		return 0, false
	}
	return int16(binary.BigEndian.Uint16(b[14:])), true //nolint:gosec // what is no bucket finds nothing
}
