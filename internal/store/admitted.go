package store

import (
	"context"
	"errors"
	"fmt"

	"naru/internal/db"
	"naru/internal/gate"
)

// recordAtOnce bounds the admissions that one transaction signs: the line stands
// still meanwhile.
const recordAtOnce = 2000

// Record signs what was admitted since the last head of each line, if this node
// leads, and brings the public files of this node up to the signed heads (rule
// G33). It has a loop of its own: files are written beside the line, not in its way.
func (s *Store) Record(ctx context.Context) error {
	var errs []error
	for _, l := range s.allLines() {
		errs = append(errs, s.signAdmitted(ctx, l), s.publishAdmitted(ctx, l))
	}
	return errors.Join(errs...)
}

func (s *Store) allLines() []*line {
	s.mu.RLock()
	defer s.mu.RUnlock()
	all := make([]*line, 0, len(s.lines))
	for _, l := range s.lines {
		all = append(all, l)
	}
	return all
}

func (s *Store) signAdmitted(ctx context.Context, l *line) error {
	for {
		fence := s.leading.Load()
		if fence == 0 {
			return nil
		}
		a := &recordAct{fence: fence, keys: l.keys, private: l.private()}
		if err := s.atGate(ctx, a); err != nil {
			return fmt.Errorf("record %s: %w", l.row.id, err)
		}
		if a.added < recordAtOnce {
			return a.refusal
		}
	}
}

// errForged says that the last signed head is not ours: the record is not
// continued over it.
var errForged = errors.New("the last head of the record of admissions was not signed by this campaign's key: run naru db check")

// recordAct adds one signed head over what was admitted since the last. The line
// is locked alone: every admission before is committed, so none comes in between.
type recordAct struct {
	fence   int64
	keys    *gate.Keys
	private bool
	added   int
	refusal error
}

// Wants names what the act reads.
func (a *recordAct) Wants(h *gateHouse) { h.wantLineAlone(a.keys.Campaign()) }

// Run writes nothing when another leads by now, or when nothing was admitted.
func (a *recordAct) Run(h *gateHouse) error {
	a.added, a.refusal = 0, nil
	if mine, err := h.fenced(a.fence); err != nil || !mine {
		return err
	}
	if l, err := h.lineAlone(a.keys.Campaign()); err != nil || l == nil {
		return err
	}
	last, err := a.last(h)
	if err != nil {
		return err
	}
	if last.count > 0 && !last.signedBy(a.keys, a.private) {
		a.refusal = errForged
		return nil
	}
	chain, seq := last.chain(a.keys), last.seq
	err = h.Query(admittedAfter, []any{a.keys.Campaign(), last.seq, int64(recordAtOnce)}, func(scan func(...any) error) error {
		var row admission
		if err := scan(row.into()...); err != nil {
			return err
		}
		line, err := row.line(a.keys, a.private, chain.Count+1)
		if err != nil {
			return err
		}
		chain, seq = chain.Add(line.Line()), row.seq
		a.added++
		return nil
	})
	if err != nil || a.added == 0 {
		return err
	}
	head := a.keys.SignHead(chain, h.Now.Unix(), a.private)
	_, err = h.Exec(`INSERT INTO admitted_head (campaign, count, seq, head, at, signature) VALUES ($1, $2, $3, $4, $5, $6)`,
		head.Campaign, int64(head.Count), seq, []byte(head.Head), head.At, []byte(head.Signature)) //nolint:gosec // a count
	return err
}

func (a *recordAct) last(h *gateHouse) (headRow, error) {
	r := headRow{campaign: a.keys.Campaign()}
	_, err := h.Row(`SELECT count, seq, head, at, signature FROM admitted_head WHERE campaign = $1 ORDER BY count DESC LIMIT 1`,
		[]any{r.campaign}, r.into()...)
	return r, err
}

// headRow is a signed head as stored.
type headRow struct {
	campaign        string
	count, seq, at  int64
	head, signature []byte
}

func (r *headRow) into() []any { return []any{&r.count, &r.seq, &r.head, &r.at, &r.signature} }

// document is the head as it is published.
func (r *headRow) document(k *gate.Keys, private bool) gate.Head {
	return gate.Head{
		Format: gate.AdmittedFormat, Campaign: k.Campaign(), Epoch: k.Epoch(), Private: private, Count: uint64(r.count), //nolint:gosec // a count
		Head: r.head, At: r.at, PublicKey: gate.Hex(k.RollPublicKey()), Signature: r.signature,
	}
}

func (r *headRow) signedBy(k *gate.Keys, private bool) bool {
	return len(r.head) == 32 && r.document(k, private).Verify(k.RollPublicKey())
}

func (r *headRow) chain(k *gate.Keys) gate.Chain {
	if r.count == 0 {
		return gate.NewChain(k.Campaign(), k.Epoch())
	}
	return gate.Chain{Count: uint64(r.count), Head: [32]byte(r.head)} //nolint:gosec // a count
}

const admittedColumns = `seq, ticket_id, entry, lane, place, serving, at`

const admittedAfter = `SELECT ` + admittedColumns + ` FROM admitted WHERE campaign = $1 AND seq > $2 ORDER BY seq LIMIT $3`

// admission is a row of the table admitted.
type admission struct {
	seq                       int64
	ticket                    []byte
	entry, place, serving, at int64
	lane                      string
}

func (r *admission) into() []any {
	return []any{&r.seq, &r.ticket, &r.entry, &r.lane, &r.place, &r.serving, &r.at}
}

// line is the row as a line of the public record. It fails when the row holds what
// this program never writes. The keys are needed for a private campaign only.
func (r *admission) line(k *gate.Keys, private bool, number uint64) (gate.Admitted, error) {
	if len(r.ticket) != len(gate.TicketID{}) || r.entry < 0 || r.place < 0 || r.serving < 0 {
		return gate.Admitted{}, fmt.Errorf("admission %d cannot be read: run naru db check", r.seq)
	}
	id := gate.TicketID(r.ticket)
	a := gate.Admitted{
		Number: number, Mark: gate.Leaf(id), Private: private, Entry: uint64(r.entry), Lane: r.lane, //nolint:gosec // not negative
		Place: uint64(r.place), Serving: uint64(r.serving), At: unix(r.at), //nolint:gosec // not negative
	}
	if private {
		a.Mark, _ = k.Mark(id, a.Entry, a.Place)
	}
	return a, nil
}

// CountBooked counts the reservations of each line and those without an
// admission, signs and keeps the counts (rule G35). It reads both databases
// whole, so it is done seldom.
func (s *Store) CountBooked(ctx context.Context) error {
	lines := s.allLines()
	booked := map[string]gate.Booked{}
	snap, err := db.OpenSnapshot(ctx, s.opts.Dir, s.opts.DB, "booking", "gate")
	if err != nil {
		return fmt.Errorf("count reservations: %w", err)
	}
	err = snap.Read(ctx, bookedQuery, nil, func(scan func(...any) error) error {
		var id string
		var n, without int64
		err := scan(&id, &n, &without)
		booked[id] = gate.Booked{Reservations: uint64(n), Unadmitted: uint64(without)} //nolint:gosec // counts
		return err
	})
	if err := errors.Join(err, snap.Close()); err != nil {
		return fmt.Errorf("count reservations: %w", err)
	}
	var errs []error
	for _, l := range lines {
		b := booked[l.row.id]
		b.At = s.now().Unix()
		errs = append(errs, s.atGate(ctx, bookedAct{l.row.id, l.keys.SignBooked(b)}))
	}
	return errors.Join(errs...)
}

// People are read before the line, as by Check.
const bookedQuery = `SELECT r.campaign, count(*), count(*) - count(a.ticket_id) FROM booking.reservation r
    LEFT JOIN (SELECT campaign, ticket_id FROM gate.admitted GROUP BY campaign, ticket_id) AS a USING (campaign, ticket_id)
    WHERE r.dose = 1 GROUP BY r.campaign`

type bookedAct struct {
	campaign string
	booked   gate.Booked
}

// Run keeps the newest counts.
func (a bookedAct) Run(h *gateHouse) error {
	_, err := h.Exec(`INSERT INTO admitted_booked (campaign, reservations, unadmitted, at, signature) VALUES ($1, $2, $3, $4, $5)
	    ON CONFLICT (campaign) DO UPDATE SET reservations = excluded.reservations, unadmitted = excluded.unadmitted, at = excluded.at, signature = excluded.signature`,
		a.campaign, int64(a.booked.Reservations), int64(a.booked.Unadmitted), a.booked.At, []byte(a.booked.Signature)) //nolint:gosec // counts
	return err
}
