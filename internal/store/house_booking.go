package store

import (
	"naru/internal/booking"
	"naru/internal/db"
	"naru/internal/person"
)

// The tables of people and their reservations.
var (
	lookupTable  = db.NewTable("person_lookup", "bucket int2, key_id int4, claim bytea, person_id text!, stable bool!", 3, 3, true)
	stableTable  = db.NewTable("person_stable", "bucket int2, key_id int4, stable bytea, person_id text", 3, 3, false)
	attemptTable = db.NewTable("proof_attempt", `bucket int2, claim bytea, browser bytea, provider text, state bytea!, secret bytea!,
	    began_at int8!, used bool!, tries int4!, since int8!`, 4, 4, true)
	personTable    = db.NewTable("person", "person_id text, bucket int2, name bytea!, born bytea!, mobile bytea!, created_at int8", 2, 2, true)
	listTable      = db.NewTable("list_member", "bucket int2, key_id int4, claim bytea, list text", 4, 3, false)
	phoneTable     = db.NewTable("phone_code", "bucket int2, phone bytea, since int8!, sends int4!, sent_at int8!", 2, 2, true)
	challengeTable = db.NewTable("challenge", `bucket int2, claim bytea, browser bytea, code_key int4!, code bytea!, sent_at int8!,
	    tries int4!, sends int4!, since int8!, answer text!`, 3, 2, true)
	tryTable     = db.NewTable("lookup_try", "bucket int2, claim bytea, browser bytea, since int8!, tries int4!", 3, 3, true)
	sessionTable = db.NewTable("person_session", `person_id text, bucket int2, campaign text, session_id bytea!, ticket_id bytea!,
	    expires_at int8!, draft text!, actor text!`, 3, 3, true)
	reservationTable = db.NewTable("reservation", `person_id text, bucket int2, disease text, dose int4, hold_id text, number text,
	    campaign text, ticket_id bytea, clinic_id text, start int8!, state text!, freed bool!, expires_at int8!, due int8!, extends int4!,
	    created_at int8`, 5, 2, true)
	answerTable   = db.NewTable("answer", "person_id text, bucket int2, key text, body bytea, hold_id text, at int8", 3, 2, false)
	holdTable     = db.NewTable("hold", "hold_id text, bucket int2, dose int4, clinic_id text, start int8", 3, 2, true)
	slotTable     = db.NewTable("slot", "bucket int2, clinic_id text, start int8, capacity int4!, taken int4+", 3, 3, true)
	bookedByTable = db.NewTable("booked_by", "person_id text, bucket int2, number text, kind text, how text, actor text, booked_at int8, taken_at int8!", 3, 2, true)
	guardTable    = db.NewTable("guardianship", `guardian_id text, bucket int2, campaign text, subject_id text, relation text!, own_phone bool!,
	    consent bytea!, agreed_at int8!`, 4, 3, true)
	outboxTable = db.NewTable("outbox", `id text, bucket int2, kind text, lang text, phone bytea, recipient bytea, body bytea,
	    created_at int8, urgent bool, state text!, provider text!, attempts int4!, due_at int8!, holder text!, sent_at int8!, ended_at int8!, cause text!`, 2, 2, true)
	paceTable = db.NewTable("message_pace", "provider text, next int8!", 1, 1, true)
)

// bookingHouse is the people's database as a batch sees it. The order is that in
// which rows are locked: a person's session before what hangs on it, a hold
// before its slots.
type bookingHouse struct {
	*db.Tx
	lookups      *db.Sheet[indexKey, *lookupRow]
	stables      *db.Sheet[stableKey, *stableRow]
	people       *db.Sheet[personKey, *personRow]
	attempts     *db.Sheet[attemptKey, *attemptRow]
	lists        *db.Sheet[indexKey, *listRow]
	phones       *db.Sheet[phoneKey, *phoneRow]
	challenges   *db.Sheet[claimGroup, *challengeRow]
	tries        *db.Sheet[browserKey, *tryRow]
	sessions     *db.Sheet[sessionKey, *sessionRow]
	reservations *db.Sheet[personKey, *reservationRow]
	answers      *db.Sheet[personKey, *answerRow]
	holds        *db.Sheet[holdKey, *holdRow]
	slots        *db.Sheet[slotKey, *slotRow]
	shards       *db.Sheet[quotaKey, *shardRow]
	uses         *db.Sheet[useKey, *useRow]
	pools        *db.Sheet[quotaKey, *poolRow]
	bookedBy     *db.Sheet[personKey, *bookedByRow]
	guards       *db.Sheet[guardKey, *guardRow]
	outbox       *db.Sheet[letterKey, *letterRow]
	clinicSheets
	paces *db.Sheet[paceKey, *paceRow]
}

func newBookingHouse(t *db.Tx) *bookingHouse {
	return &bookingHouse{
		Tx:           t,
		lookups:      db.NewSheet[indexKey](t, lookupTable, func() *lookupRow { return &lookupRow{} }),
		stables:      db.NewSheet[stableKey](t, stableTable, func() *stableRow { return &stableRow{} }),
		people:       db.NewSheet[personKey](t, personTable, func() *personRow { return &personRow{} }),
		attempts:     db.NewSheet[attemptKey](t, attemptTable, func() *attemptRow { return &attemptRow{} }),
		lists:        db.NewSheet[indexKey](t, listTable, func() *listRow { return &listRow{} }),
		phones:       db.NewSheet[phoneKey](t, phoneTable, func() *phoneRow { return &phoneRow{} }),
		challenges:   db.NewSheet[claimGroup](t, challengeTable, func() *challengeRow { return &challengeRow{} }),
		tries:        db.NewSheet[browserKey](t, tryTable, func() *tryRow { return &tryRow{} }),
		sessions:     db.NewSheet[sessionKey](t, sessionTable, func() *sessionRow { return &sessionRow{} }),
		reservations: db.NewSheet[personKey](t, reservationTable, func() *reservationRow { return &reservationRow{} }),
		answers:      db.NewSheet[personKey](t, answerTable, func() *answerRow { return &answerRow{} }),
		holds:        db.NewSheet[holdKey](t, holdTable, func() *holdRow { return &holdRow{} }),
		slots:        db.NewSheet[slotKey](t, slotTable, func() *slotRow { return &slotRow{} }),
		shards:       db.NewSheet[quotaKey](t, shardTable, func() *shardRow { return &shardRow{} }),
		uses:         db.NewSheet[useKey](t, useTable, func() *useRow { return &useRow{} }),
		pools:        db.NewSheet[quotaKey](t, poolTable, func() *poolRow { return &poolRow{} }),
		bookedBy:     db.NewSheet[personKey](t, bookedByTable, func() *bookedByRow { return &bookedByRow{} }),
		guards:       db.NewSheet[guardKey](t, guardTable, func() *guardRow { return &guardRow{} }),
		outbox:       db.NewSheet[letterKey](t, outboxTable, func() *letterRow { return &letterRow{} }),
		clinicSheets: newClinicSheets(t),
		paces:        db.NewSheet[paceKey](t, paceTable, func() *paceRow { return &paceRow{} }),
	}
}

// bookingAct is an act among people and their reservations.
type bookingAct = db.Act[*bookingHouse]

// indexKey names a lookup from a claim, under one key.
type indexKey struct {
	bucket int16
	key    uint16
	sum    [32]byte
}

func indexOf(x person.Index) indexKey { return indexKey{x.Bucket(), x.Key, x.Sum} }

func (k indexKey) Bucket() int16 { return k.bucket }
func (k indexKey) Args() []any   { return []any{k.bucket, int32(k.key), k.sum[:]} }

// lookupRow leads from a claim to a person.
type lookupRow struct {
	bucket int16
	key    int32
	claim  []byte
	person string
	stable bool // the person has an identifier that stays
}

func (r *lookupRow) Group() indexKey {
	return indexKey{r.bucket, uint16(r.key), [32]byte(r.claim)} //nolint:gosec // written from a uint16
}
func (r *lookupRow) Values() []any { return []any{r.bucket, r.key, r.claim, r.person, r.stable} }
func (r *lookupRow) Into() []any   { return []any{&r.bucket, &r.key, &r.claim, &r.person, &r.stable} }

// personKey names a person, or all reservations of one.
type personKey struct {
	bucket int16
	person person.ID
}

func (k personKey) Bucket() int16 { return k.bucket }
func (k personKey) Args() []any   { return []any{string(k.person), k.bucket} }

// personRow is a person, sealed.
type personRow struct {
	key                personKey
	name, born, mobile []byte
	createdAt          int64
}

func (r *personRow) Group() personKey { return r.key }
func (r *personRow) Values() []any {
	return []any{string(r.key.person), r.key.bucket, r.name, r.born, r.mobile, r.createdAt}
}

func (r *personRow) Into() []any {
	return []any{&r.key.person, &r.key.bucket, &r.name, &r.born, &r.mobile, &r.createdAt}
}

// listRow says that a claim is on a list.
type listRow struct {
	bucket int16
	key    int32
	claim  []byte
	list   string
}

func (r *listRow) Group() indexKey {
	return indexKey{r.bucket, uint16(r.key), [32]byte(r.claim)} //nolint:gosec // written from a uint16
}
func (r *listRow) Values() []any { return []any{r.bucket, r.key, r.claim, r.list} }
func (r *listRow) Into() []any   { return []any{&r.bucket, &r.key, &r.claim, &r.list} }

// answerRow is what a key led to.
type answerRow struct {
	bucket      int16
	person, key string
	body        []byte
	hold        string
	at          int64
}

func (r *answerRow) Group() personKey { return personKey{r.bucket, person.ID(r.person)} }

func (r *answerRow) Values() []any {
	return []any{r.person, r.bucket, r.key, r.body, r.hold, r.at}
}

func (r *answerRow) Into() []any {
	return []any{&r.person, &r.bucket, &r.key, &r.body, &r.hold, &r.at}
}

// holdKey names the places of a hold.
type holdKey struct {
	bucket int16
	hold   booking.HoldID
}

func (k holdKey) Bucket() int16 { return k.bucket }
func (k holdKey) Args() []any   { return []any{string(k.hold), k.bucket} }

// holdRow is one place that is taken.
type holdRow struct {
	bucket int16
	hold   string
	dose   int32
	clinic string
	start  int64
}

func (r *holdRow) Group() holdKey { return holdKey{r.bucket, booking.HoldID(r.hold)} }
func (r *holdRow) Values() []any  { return []any{r.hold, r.bucket, r.dose, r.clinic, r.start} }
func (r *holdRow) Into() []any    { return []any{&r.hold, &r.bucket, &r.dose, &r.clinic, &r.start} }

// slotKey names a clinic's slot.
type slotKey struct {
	bucket int16
	clinic string
	start  int64
}

func (k slotKey) Bucket() int16 { return k.bucket }
func (k slotKey) Args() []any   { return []any{k.bucket, k.clinic, k.start} }

// slotRow counts what is taken of a slot.
type slotRow struct {
	slotKey
	capacity, taken int32
}

func (r *slotRow) Group() slotKey { return r.slotKey }
func (r *slotRow) Values() []any {
	return []any{r.bucket, r.clinic, r.start, r.capacity, r.taken}
}

func (r *slotRow) Into() []any {
	return []any{&r.bucket, &r.clinic, &r.start, &r.capacity, &r.taken}
}

func dosesOf(held []*holdRow) []booking.Dose {
	var doses []booking.Dose
	for _, r := range held {
		doses = append(doses, r.place())
	}
	return doses
}

func (r *holdRow) place() booking.Dose {
	return booking.Dose{Number: int(r.dose), Start: unix(r.start), HoldID: booking.HoldID(r.hold)}
}
