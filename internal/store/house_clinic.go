package store

import (
	"naru/internal/booking"
	"naru/internal/db"
	"naru/internal/person"
)

// The tables of what clinics lay down and do.
var (
	hoursTable      = db.NewTable("clinic_hours", "bucket int2, clinic_id text, version int8!, schedule text!, changed_at int8!", 2, 2, false)
	attendanceTable = db.NewTable("attendance", `person_id text, bucket int2, hold_id text, dose int4, clinic_id text, arrived_at int8!,
	    given_at int8!, missed_at int8!, watch int4!, vaccine text!, lot text!, site text!, staff_id text!, campaign text,
	    recorded bool!`, 4, 2, true)
	closingTable = db.NewTable("clinic_closing", "bucket int2, clinic_id text, id text, begun_at int8, staff_id text, remedy text, why text, done bool!", 3, 2, true)
	concernTable = db.NewTable("clinic_concern", `bucket int2, closing text, hold_id text, dose int4, person_id text, number text, before int8,
	    after int8!, outcome text!`, 4, 2, true)
)

// clinicSheets are the part of the house that is about clinics.
type clinicSheets struct {
	hours       *db.Sheet[clinicKey, *hoursRow]
	attendances *db.Sheet[personKey, *attendanceRow]
	closings    *db.Sheet[clinicKey, *closingRow]
	concerns    *db.Sheet[closingKey, *concernRow]
	hoursShared bool // locked for reading in this transaction
	hoursAlone  bool
}

func newClinicSheets(t *db.Tx) clinicSheets {
	return clinicSheets{
		hours:       db.NewSheet[clinicKey](t, hoursTable, func() *hoursRow { return &hoursRow{} }),
		attendances: db.NewSheet[personKey](t, attendanceTable, func() *attendanceRow { return &attendanceRow{} }),
		closings:    db.NewSheet[clinicKey](t, closingTable, func() *closingRow { return &closingRow{} }),
		concerns:    db.NewSheet[closingKey](t, concernTable, func() *concernRow { return &concernRow{} }),
	}
}

// Begin forgets what belonged to the last transaction.
func (h *bookingHouse) Begin() { h.hoursShared, h.hoursAlone = false, false }

// clinicKey names the rows of a clinic.
type clinicKey struct {
	bucket int16
	clinic string
}

func keyOfClinic(id string) clinicKey { return clinicKey{clinicBucket(id), id} }

func (k clinicKey) Bucket() int16 { return k.bucket }
func (k clinicKey) Args() []any   { return []any{k.bucket, k.clinic} }

// hoursRow is what a clinic lays down, as it is stored.
type hoursRow struct {
	clinicKey
	version   int64
	schedule  string
	changedAt int64
}

func (r *hoursRow) Group() clinicKey { return r.clinicKey }
func (r *hoursRow) Values() []any {
	return []any{r.bucket, r.clinic, r.version, r.schedule, r.changedAt}
}

func (r *hoursRow) Into() []any {
	return []any{&r.bucket, &r.clinic, &r.version, &r.schedule, &r.changedAt}
}

// attendanceRow is what happened to a booked dose on its day.
type attendanceRow struct {
	bucket                              int16
	person, hold                        string
	dose                                int32
	clinic                              string
	arrived, given, missed              int64
	watch                               int32
	vaccine, lot, site, staff, campaign string
	recorded                            bool
}

func (r *attendanceRow) Group() personKey { return personKey{r.bucket, person.ID(r.person)} }

func (r *attendanceRow) Values() []any {
	return []any{
		r.person, r.bucket, r.hold, r.dose, r.clinic, r.arrived, r.given, r.missed, r.watch, r.vaccine, r.lot, r.site, r.staff,
		r.campaign, r.recorded,
	}
}

func (r *attendanceRow) Into() []any {
	return []any{
		&r.person, &r.bucket, &r.hold, &r.dose, &r.clinic, &r.arrived, &r.given, &r.missed, &r.watch, &r.vaccine, &r.lot, &r.site, &r.staff,
		&r.campaign, &r.recorded,
	}
}

// closingRow is a change of hours that concerns people.
type closingRow struct {
	clinicKey
	id, staff, remedy, why string
	at                     int64
	done                   bool
}

func (r *closingRow) Group() clinicKey { return r.clinicKey }
func (r *closingRow) Values() []any {
	return []any{r.bucket, r.clinic, r.id, r.at, r.staff, r.remedy, r.why, r.done}
}

func (r *closingRow) Into() []any {
	return []any{&r.bucket, &r.clinic, &r.id, &r.at, &r.staff, &r.remedy, &r.why, &r.done}
}

// closingKey names the people that a closing concerns.
type closingKey struct {
	bucket  int16
	closing string
}

func (k closingKey) Bucket() int16 { return k.bucket }
func (k closingKey) Args() []any   { return []any{k.bucket, k.closing} }

// concernRow is one dose that a closing concerns.
type concernRow struct {
	closingKey
	hold           string
	dose           int32
	person, number string
	before, after  int64
	outcome        string
}

func (r *concernRow) Group() closingKey { return r.closingKey }
func (r *concernRow) Values() []any {
	return []any{r.bucket, r.closing, r.hold, r.dose, r.person, r.number, r.before, r.after, r.outcome}
}

func (r *concernRow) Into() []any {
	return []any{&r.bucket, &r.closing, &r.hold, &r.dose, &r.person, &r.number, &r.before, &r.after, &r.outcome}
}

func (r *concernRow) is(hold booking.HoldID, dose int) bool {
	return r.hold == string(hold) && int(r.dose) == dose
}
