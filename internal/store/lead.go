package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"naru/internal/gate"
)

// Lead moves every line one step, if this node leads: phases by the clock, the
// roll, the draw, and the serving number within cap and rate. The leader is the
// only writer of phases and serving numbers. Every node reads the lines anew.
func (s *Store) Lead(ctx context.Context) error {
	if s.opts.Watch != nil && s.doubt.step(s.now(), s.opts.Watch()) {
		s.opts.Log.Error("the clock stepped: phases and serving stand still until it is right again, or the process is started anew", "by", s.doubt.drift)
	}
	if err := s.tellLoad(ctx); err != nil {
		s.opts.Log.Warn("the load of this node is not told", "error", err)
	}
	s.shareLights(ctx)
	fence, leads, err := s.lease(ctx)
	if err != nil {
		return errors.Join(fmt.Errorf("lease: %w", err), s.followOnly(ctx))
	}
	if !leads {
		return s.wellFollowed(ctx)
	}
	defer func() { s.leads.moves(s.now()) }()
	s.finished.wait(ctx, seatsWithin) // their seats are free
	rows, err := s.readLines(ctx)
	if err != nil {
		return fmt.Errorf("read lines: %w", err)
	}
	var errs []error
	for _, r := range rows {
		l, err := s.lineOf(ctx, r)
		if err == nil {
			err = s.leadLine(ctx, l, r, fence)
		}
		if err == nil {
			err = s.signOfLifeOf(ctx, l, r.at(), fence)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("lead %s: %w", r.campaign, err))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return errors.Join(err, s.followOnly(ctx))
	}
	return s.wellFollowed(ctx)
}

// wellFollowed reads the lines after all else went well: the store can be read
// and written. When it cannot, the pages say so (see View.Stale).
func (s *Store) wellFollowed(ctx context.Context) error {
	err := s.followOnly(ctx)
	if err == nil {
		s.seen.Store(s.now().UnixNano())
	}
	return err
}

func (s *Store) followOnly(ctx context.Context) error {
	_, err := s.follow(ctx)
	return err
}

func (s *Store) leadLine(ctx context.Context, l *line, row *reading, fence int64) error {
	if row.at() == gate.Closed && row.root == nil {
		return s.callRoll(ctx, l, &row.lineRow, fence)
	}
	var beacon []byte
	if row.at() == gate.Closed {
		var err error
		if beacon, err = s.beaconValue(ctx, l); err != nil {
			return err
		}
	}
	step := gate.NextPhase(l.state(&row.lineRow, beacon != nil, s.doubt.frozen()), s.now())
	switch {
	case step.Act != gate.NoAct:
		return s.changePhase(ctx, l, &row.lineRow, step, beacon, fence)
	case row.at() == gate.Open && !s.doubt.frozen():
		if err := s.watchQuota(ctx, l, &row.lineRow, fence); err != nil {
			return err
		}
		return s.serve(ctx, l, &row.lineRow, fence)
	}
	return nil
}

func (l *line) state(r *lineRow, beacon, frozen bool) gate.State {
	return gate.State{
		Phase: r.at(), LobbyOpens: unix(r.lobbyOpens), LobbyCloses: unix(r.lobbyCloses), Opens: unix(r.opens), Closes: unix(r.closes),
		SeedReady: beacon, ClockFrozen: frozen,
	}
}

// changePhase carries out one step. Closing the lobby changes the phase only,
// so that no join can slip in; the roll over what is there is the next step.
func (s *Store) changePhase(ctx context.Context, l *line, row *lineRow, step gate.Step, beacon []byte, fence int64) error {
	a := &phaseAct{fence: fence, campaign: row.campaign, from: row.at(), to: step.Phase}
	switch step.Act {
	case gate.HoldDraw, gate.HoldFallback:
		if err := s.holdDraw(l, row, beacon, a); err != nil {
			return err
		}
	case gate.OpenGate:
		l.pace = newPace()
	}
	if err := s.atGate(ctx, a); err != nil {
		return err
	}
	s.opts.Log.Info("phase changed", "campaign", row.campaign, "from", row.phase, "to", step.Phase)
	return nil
}

// phaseAct changes the phase if it is still what the leader saw.
type phaseAct struct {
	fence             int64
	campaign          string
	from, to          gate.Phase
	seed, beaconValue []byte
	lobbySize         uint64
	root, signature   []byte
}

// Wants names what the act reads.
func (a *phaseAct) Wants(h *gateHouse) { h.wantLineAlone(a.campaign) }

// Run writes nothing when another leads by now (rule G30).
func (a *phaseAct) Run(h *gateHouse) error {
	if mine, err := h.fenced(a.fence); err != nil || !mine {
		return err
	}
	l, err := h.lineAlone(a.campaign)
	if err != nil || l == nil || l.at() != a.from {
		return err
	}
	l.phase = string(a.to)
	if a.to == gate.Open {
		l.notice = "" // it told of a later opening
	}
	if a.root != nil && l.root == nil {
		l.lobbySize, l.root, l.signature = int64(a.lobbySize), a.root, a.signature //nolint:gosec // a count
	}
	if a.seed != nil && l.seed == nil {
		l.seed, l.beaconValue = a.seed, a.beaconValue
	}
	h.move(l)
	return nil
}

// callRoll writes and signs the roll of a closed lobby. The file is on disk
// before its root is in the database.
func (s *Store) callRoll(ctx context.Context, l *line, row *lineRow, fence int64) error {
	roll, err := s.writeRoll(ctx, l)
	if err != nil {
		return err
	}
	d := l.keys.Announce([32]byte(l.row.commitment), l.row.beacon).AsPrivate(l.private()).Close(l.keys, roll)
	return s.atGate(ctx, &phaseAct{
		fence: fence, campaign: row.campaign, from: gate.Closed, to: gate.Closed,
		lobbySize: d.L, root: d.Root, signature: d.Signature,
	})
}

// keepRoll has the roll's file on this node too; one that does not lead to the
// published root is refused.
func (s *Store) keepRoll(ctx context.Context, l *line, r *reading) error {
	if f, err := os.Open(s.rollPath(l.published)); err == nil {
		return f.Close()
	}
	roll, err := s.writeRoll(ctx, l)
	if err != nil {
		return err
	}
	if root := roll.Root(); !bytes.Equal(root[:], r.root) {
		return errors.Join(errors.New("the tickets of the lobby do not lead to the published root"), os.Remove(s.rollPath(l.published)))
	}
	return nil
}

func (s *Store) writeRoll(ctx context.Context, l *line) (*gate.Roll, error) {
	leaves, err := s.readLeaves(ctx, string(l.published.Campaign.ID))
	if err != nil {
		return nil, err
	}
	roll, err := gate.NewRoll(leaves)
	if err != nil {
		return nil, err
	}
	if err := writeFile(s.rollPath(l.published), roll.Write); err != nil {
		return nil, fmt.Errorf("write roll: %w", err)
	}
	return roll, nil
}

func (s *Store) readLeaves(ctx context.Context, campaignID string) ([][32]byte, error) {
	var leaves [][32]byte
	err := s.gate.Read(ctx, "SELECT ticket_id FROM ticket WHERE campaign = $1 AND kind = 1", []any{campaignID},
		func(scan func(...any) error) error {
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
func (s *Store) holdDraw(l *line, row *lineRow, beacon []byte, a *phaseAct) error {
	d, err := l.draw(row, s.vault)
	if err != nil {
		return err
	}
	secret, err := l.row.openSecret(s.vault)
	if err != nil {
		s.opts.Log.Error("the draw's secret cannot be opened: the fallback is used", "campaign", row.campaign, "error", err)
		secret = nil
	}
	d, err = d.Reveal(secret, beacon)
	if err != nil {
		return err
	}
	a.seed, a.beaconValue = d.Seed, beacon
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
