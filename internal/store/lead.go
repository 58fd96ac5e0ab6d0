package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"naru/internal/fault"
	"naru/internal/gate"
)

// pace is what the leader remembers of a line between its steps. Losing it at a
// restart costs a few seconds of measuring, never a place.
type pace struct {
	last    time.Time // of the last step
	carry   float64
	samples []gate.Sample
	rate    gate.Rate
	sampled time.Time
}

// Lead moves every line one step: phases by the clock, the roll, the draw, and
// the serving number within cap and rate. It is the only writer of phases and
// serving numbers.
func (s *Store) Lead(ctx context.Context) error {
	if s.opts.Watch != nil && s.doubt.step(s.now(), s.opts.Watch()) {
		s.opts.Log.Error("the clock stepped: phases and serving stand still until it is right again, or the process is started anew", "by", s.doubt.drift)
	}
	s.mu.RLock()
	lines := make([]*line, 0, len(s.lines))
	for _, l := range s.lines {
		lines = append(lines, l)
	}
	s.mu.RUnlock()
	var errs []error
	for _, l := range lines {
		if err := s.leadLine(ctx, l); err != nil {
			errs = append(errs, fmt.Errorf("lead %s: %w", l.published.Campaign.ID, err))
		}
	}
	return errors.Join(errs...)
}

func (s *Store) leadLine(ctx context.Context, l *line) error {
	row, err := readLineRow(ctx, s.gate, string(l.published.Campaign.ID))
	if err != nil {
		return err
	}
	if row.phase == gate.Closed && row.root == nil {
		if err := s.callRoll(ctx, l, row); err != nil {
			return err
		}
		return s.readLine(ctx, l)
	}
	step := gate.NextPhase(row.state(s.doubt.frozen()), s.now())
	if step.Act != gate.NoAct {
		if err := s.changePhase(ctx, l, row, step); err != nil {
			return err
		}
	} else if row.phase == gate.Open && !s.doubt.frozen() {
		if err := s.serve(ctx, l, row); err != nil {
			return err
		}
	}
	return s.readLine(ctx, l)
}

func (r *lineRow) state(frozen bool) gate.State {
	_, beacon := beaconValue(r.beacon)
	return gate.State{
		Phase: r.phase, LobbyOpens: r.lobbyOpens, LobbyCloses: r.lobbyCloses, Opens: r.opens, Closes: r.closes,
		SeedReady: beacon, ClockFrozen: frozen,
	}
}

// beaconValue asks the named beacon for its round. This version knows only the
// development beacon; with any other the draw is held by the published fallback
// and marked NOT VERIFIABLE.
func beaconValue(b gate.Beacon) (value []byte, ready bool) {
	if b.Name != gate.DevelopmentBeacon {
		return nil, false
	}
	v := gate.DevelopmentBeaconValue(b.Round)
	return v[:], true
}

// changePhase carries out one step. Closing the lobby changes the phase only,
// so that no join can slip in; the roll over what is there is the next step.
func (s *Store) changePhase(ctx context.Context, l *line, row *lineRow, step gate.Step) error {
	a := &phaseAct{campaign: row.id, from: row.phase, to: step.Phase}
	switch step.Act {
	case gate.HoldDraw, gate.HoldFallback:
		if err := s.holdDraw(l, row, a); err != nil {
			return err
		}
	case gate.OpenGate:
		l.pace = pace{}
	}
	if err := s.gate.do(ctx, a); err != nil {
		return err
	}
	s.opts.Log.Info("phase changed", "campaign", row.id, "from", row.phase, "to", step.Phase)
	return nil
}

// phaseAct changes the phase if it is still what the leader saw.
type phaseAct struct {
	campaign          string
	from, to          gate.Phase
	seed, beaconValue []byte
	lobbySize         uint64
	root, signature   []byte
}

func (a *phaseAct) run(t *tx) error {
	l, err := t.line(a.campaign)
	if err != nil || l == nil || l.phase != a.from {
		return err
	}
	l.phase = a.to
	if a.root != nil && l.root == nil {
		l.lobbySize, l.root, l.signature = a.lobbySize, a.root, a.signature
	}
	if a.seed != nil && l.seed == nil {
		l.seed, l.beaconValue = a.seed, a.beaconValue
	}
	l.change(t)
	return nil
}

// callRoll writes and signs the roll of a closed lobby. The file is on disk
// before its root is in the database.
func (s *Store) callRoll(ctx context.Context, l *line, row *lineRow) error {
	leaves, err := readLeaves(ctx, s.gate, row.id)
	if err != nil {
		return err
	}
	roll, err := gate.NewRoll(leaves)
	if err != nil {
		return err
	}
	if err := writeFile(s.rollPath(l.published), roll.Write); err != nil {
		return fmt.Errorf("write roll: %w", err)
	}
	d := l.keys.Announce([32]byte(row.commitment), row.beacon).Close(l.keys, roll)
	return s.gate.do(ctx, &phaseAct{
		campaign: row.id, from: gate.Closed, to: gate.Closed,
		lobbySize: d.L, root: d.Root, signature: d.Signature,
	})
}

func readLeaves(ctx context.Context, d *database, campaignID string) ([][32]byte, error) {
	var leaves [][32]byte
	rows, err := d.readRows(ctx, "SELECT ticket_id FROM ticket WHERE campaign = ?1 AND kind = 1", campaignID)
	err = scanRows(rows, err)(func(scan func(...any) error) error {
		var id []byte
		if err := scan(&id); err != nil {
			return err
		}
		leaves = append(leaves, gate.Leaf(gate.TicketID(id)))
		return nil
	})
	return leaves, err
}

// holdDraw makes the seed of the draw, or of the published fallback.
func (s *Store) holdDraw(l *line, row *lineRow, a *phaseAct) error {
	d, err := row.draw(l.keys, s.vault)
	if err != nil {
		return err
	}
	secret, err := row.openSecret(s.vault)
	if err != nil {
		s.opts.Log.Error("the draw's secret cannot be opened: the fallback is used", "campaign", row.id, "error", err)
		secret = nil
	}
	value, _ := beaconValue(row.beacon)
	d, err = d.Reveal(secret, value)
	if err != nil {
		return err
	}
	a.seed, a.beaconValue = d.Seed, value
	return nil
}

// writeFile writes a file so that it is either whole on disk or not there.
func writeFile(path string, write func(io.Writer) error) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }() // after the rename there is nothing to remove
	if err := errors.Join(write(f), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// serve moves the serving number by what cap and rate allow.
func (s *Store) serve(ctx context.Context, l *line, row *lineRow) error {
	now := s.now()
	p := &l.pace
	if p.last.IsZero() {
		p.last = now
	}
	a := &serveAct{campaign: row.id, elapsed: now.Sub(p.last), carry: p.carry, before: p.servedBefore(now)}
	if err := s.gate.do(ctx, a); err != nil {
		return err
	}
	p.last, p.carry = now, a.carry
	p.sample(now, a.serving)
	return nil
}

// servedBefore is the serving number AwaitFor ago.
func (p *pace) servedBefore(now time.Time) uint64 {
	var before uint64
	for _, s := range p.samples {
		if now.Sub(s.At) >= gate.AwaitFor {
			before = s.Serving
		}
	}
	return before
}

// sample keeps one sample a second for ten minutes, and measures.
func (p *pace) sample(now time.Time, serving uint64) {
	if now.Sub(p.sampled) < time.Second {
		return
	}
	p.sampled = now
	p.samples = append(p.samples, gate.Sample{At: now, Serving: serving})
	if len(p.samples) > 600 {
		p.samples = p.samples[len(p.samples)-600:]
	}
	p.rate = gate.Measure(p.samples, now)
}

type serveAct struct {
	campaign string
	elapsed  time.Duration
	carry    float64
	before   uint64 // serving number gate.AwaitFor ago
	serving  uint64
}

func (a *serveAct) run(t *tx) error {
	l, err := t.line(a.campaign)
	if err != nil {
		return err
	}
	if l == nil {
		return fault.New(fault.NotFound, "campaign.unknown")
	}
	if err := t.lapse(l.id); err != nil {
		return err
	}
	delete(t.seats, l.id) // counted anew
	s, err := t.seatsOf(l)
	if err != nil {
		return err
	}
	came := 0
	if _, err := t.row("SELECT count(*) FROM admission WHERE campaign = ?1 AND place >= ?2", []any{l.id, a.before}, &came); err != nil {
		return err
	}
	next, carry := gate.NextServing(gate.Serving{
		Phase: l.phase, Paused: l.paused, Serving: l.serving, End: l.lobbySize + l.late, Rate: l.rate,
		Carry: a.carry, Elapsed: a.elapsed, Cap: l.cap, Live: s.Live, Turns: s.turns,
		Awaited: max(0, int(l.serving-a.before)-came), //nolint:gosec // both are places, far below 2^63
	})
	a.serving, a.carry = next, carry
	if next != l.serving {
		l.serving = next
		l.change(t)
	}
	return nil
}

// lapse marks sessions that have ended; their tickets may come again.
func (t *tx) lapse(campaignID string) error {
	_, err := t.exec(`UPDATE admission SET state = 'lapsed' WHERE campaign = ?1 AND state = 'live' AND expires_at <= ?2`,
		campaignID, t.now.Unix())
	return err
}
