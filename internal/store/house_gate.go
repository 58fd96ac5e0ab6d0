package store

import (
	"context"

	"naru/internal/db"
	"naru/internal/gate"
)

// The tables of the gate.
var (
	lineTable = db.NewTable("line", `campaign text, epoch int4, opens int8!, lobby_opens int8!, lobby_closes int8!, closes int8!,
	    phase text!, version int8!, serving int8!, lobby_size int8!, root bytea!, signature bytea!, beacon_value bytea!, seed bytea!,
	    cap int4!, rate float8!, paused bool!, notice text!, amended int4!`, 1, 1, false)
	lateTable      = db.NewTable("late", "campaign text, next int8!, alive int8!, shared int8!, shared_until int8!", 1, 1, true)
	recoveryTable  = db.NewTable("recovery", "campaign text, number int8, since int8, until int8", 2, 0, false)
	laneTable      = db.NewTable("lane", "campaign text, lane text, share float8!, next int8!, serving int8!, live int4!, unproven int4!, turns int4!, ended int8!, opened int8!, again int8!", 2, 1, true)
	lanePlaceTable = db.NewTable("lane_place", "bucket int2, campaign text, ticket_id bytea, lane text, number int8, joined_at int8", 4, 3, false)
	ticketTable    = db.NewTable("ticket", "bucket int2, campaign text, claim bytea, ticket_id bytea, kind int4, number int8, joined_at int8, asked_at int8!", 3, 3, true)
	admissionTable = db.NewTable("admission", `bucket int2, campaign text, ticket_id bytea, lane text!, place int8!, state text!, turn_at int8!,
	    session_id bytea!, proven bool!, proven_at int8!, started_at int8!, person_id text!, browser bytea!, expires_at int8!,
	    challenger_id bytea!, challenger_expires int8!, entries int4!`, 3, 3, true)
	earlyTable    = db.NewTable("early_proof", "bucket int2, campaign text, ticket_id bytea, person_id text!, browser bytea!, proven_at int8!", 3, 3, true)
	admittedTable = db.NewTable("admitted", "bucket int2, campaign text, ticket_id bytea, entry int4, lane text, place int8, serving int8, at int8", 4, 0, false)
)

// gateHouse is the gate's database as a batch sees it. The order is that in
// which rows are locked.
type gateHouse struct {
	*db.Tx
	leases     *db.Sheet[leaseKey, *leaseRow]
	lines      *db.Sheet[campaignKey, *lineRow]
	lates      *db.Sheet[campaignKey, *lateRow]
	recoveries *db.Sheet[campaignKey, *recoveryRow]
	lanes      *db.Sheet[campaignKey, *laneRow]
	tickets    *db.Sheet[claimKey, *ticketRow]
	lanePlaces *db.Sheet[ticketKey, *lanePlaceRow]
	admissions *db.Sheet[ticketKey, *admissionRow]
	earlies    *db.Sheet[ticketKey, *earlyRow]
	admitted   *db.Sheet[ticketKey, *admittedRow]
	shared     map[string]bool    // lines locked in this transaction: alone or not
	moved      map[string]bool    // lines whose version has grown in this transaction
	turns      map[laneKey][]turn // see turnsAhead
}

func newGateHouse(t *db.Tx) *gateHouse {
	return &gateHouse{
		Tx:         t,
		leases:     db.NewSheet[leaseKey](t, leaseTable, func() *leaseRow { return &leaseRow{} }),
		lines:      db.NewSheet[campaignKey](t, lineTable, func() *lineRow { return &lineRow{} }),
		lates:      db.NewSheet[campaignKey](t, lateTable, func() *lateRow { return &lateRow{} }),
		recoveries: db.NewSheet[campaignKey](t, recoveryTable, func() *recoveryRow { return &recoveryRow{} }),
		lanes:      db.NewSheet[campaignKey](t, laneTable, func() *laneRow { return &laneRow{} }),
		tickets:    db.NewSheet[claimKey](t, ticketTable, func() *ticketRow { return &ticketRow{} }),
		lanePlaces: db.NewSheet[ticketKey](t, lanePlaceTable, func() *lanePlaceRow { return &lanePlaceRow{} }),
		admissions: db.NewSheet[ticketKey](t, admissionTable, func() *admissionRow { return &admissionRow{} }),
		earlies:    db.NewSheet[ticketKey](t, earlyTable, func() *earlyRow { return &earlyRow{} }),
		admitted:   db.NewSheet[ticketKey](t, admittedTable, func() *admittedRow { return &admittedRow{} }),
	}
}

// Begin forgets what belonged to the last transaction.
func (h *gateHouse) Begin() {
	h.shared, h.moved, h.turns = map[string]bool{}, map[string]bool{}, map[laneKey][]turn{}
}

// campaignKey names the rows of a small table, one a campaign.
type campaignKey string

func (k campaignKey) Bucket() int16 { return db.NoBucket }
func (k campaignKey) Args() []any   { return []any{string(k)} }

// lateRow counts the late numbers.
type lateRow struct {
	campaign            string
	next                int64
	alive               int64 // see recovery.go
	shared, sharedUntil int64
}

func (r *lateRow) Group() campaignKey { return campaignKey(r.campaign) }
func (r *lateRow) Values() []any      { return []any{r.campaign, r.next, r.alive, r.shared, r.sharedUntil} }

func (r *lateRow) Into() []any {
	return []any{&r.campaign, &r.next, &r.alive, &r.shared, &r.sharedUntil}
}

// claimKey names the ticket of a claim.
type claimKey struct {
	bucket   int16
	campaign string
	claim    [32]byte
}

func (k claimKey) Bucket() int16 { return k.bucket }
func (k claimKey) Args() []any   { return []any{k.bucket, k.campaign, k.claim[:]} }

// ticketRow is a ticket as stored.
type ticketRow struct {
	bucket    int16
	campaign  string
	claim, id []byte
	kind      int32
	number    int64
	joinedAt  int64
	askedAt   int64
}

func (r *ticketRow) Group() claimKey { return claimKey{r.bucket, r.campaign, [32]byte(r.claim)} }

func (r *ticketRow) Values() []any {
	return []any{r.bucket, r.campaign, r.claim, r.id, r.kind, r.number, r.joinedAt, r.askedAt}
}

func (r *ticketRow) Into() []any {
	return []any{&r.bucket, &r.campaign, &r.claim, &r.id, &r.kind, &r.number, &r.joinedAt, &r.askedAt}
}

// ticketKey names the admission of a ticket.
type ticketKey struct {
	bucket   int16
	campaign string
	ticket   gate.TicketID
}

func keyOf(campaign string, id gate.TicketID) ticketKey {
	return ticketKey{ticketBucket(id), campaign, id}
}

func (k ticketKey) Bucket() int16 { return k.bucket }
func (k ticketKey) Args() []any   { return []any{k.bucket, k.campaign, k.ticket[:]} }

// admittedRow is one session that was opened.
type admittedRow struct {
	key            ticketKey
	entry          int32
	lane           string
	place, serving int64
	at             int64
}

func (r *admittedRow) Group() ticketKey { return r.key }

func (r *admittedRow) Values() []any {
	return []any{r.key.bucket, r.key.campaign, r.key.ticket[:], r.entry, r.lane, r.place, r.serving, r.at}
}

// Into is never asked for: the rows are only added.
func (r *admittedRow) Into() []any { return nil }

// gateAct is an act at the gate.
type gateAct = db.Act[*gateHouse]

func (s *Store) atGate(ctx context.Context, a gateAct) error { return s.gate.Do(ctx, a) }
