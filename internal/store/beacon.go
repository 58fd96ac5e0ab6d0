package store

import (
	"context"
	"fmt"

	"naru/internal/fault"
	"naru/internal/gate"
)

// BeaconValue is a value of a campaign's beacon that somebody brings.
type BeaconValue struct {
	Campaign string
	Round    uint64
	Value    []byte
	By       string // who brings it, for the record; never empty
}

// SupplyBeacon records the value of the beacon's round named by a campaign; the
// draw takes it at the leader's next step (rule G31). It opens the gate alone and
// may run beside servers, also on a data folder. The same value again changes
// nothing. Faults are those of gate.Supply, and NotFound "campaign.unknown".
func SupplyBeacon(ctx context.Context, o Options, v BeaconValue) error {
	d, err := openOnly(ctx, o, "gate", newGateHouse)
	if err != nil {
		return fmt.Errorf("supply beacon: %w", err)
	}
	a := &beaconAct{given: v}
	err = d.Do(ctx, a)
	if closing := d.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return fmt.Errorf("supply beacon: %w", err)
	}
	return a.refusal
}

type beaconAct struct {
	given   BeaconValue
	refusal error
}

// Wants names what the act reads.
func (a *beaconAct) Wants(h *gateHouse) { h.wantLineAlone(a.given.Campaign) }

// Run decides with the line locked, so that the draw is not held meanwhile.
func (a *beaconAct) Run(h *gateHouse) error {
	a.refusal = nil
	l, err := h.lineAlone(a.given.Campaign)
	if err != nil {
		return err
	}
	if l == nil {
		a.refusal = fault.New(fault.NotFound, "campaign.unknown")
		return nil
	}
	f := gate.SupplyFacts{Now: h.Now, Phase: l.at(), Rolled: l.root != nil, Round: a.given.Round, Value: a.given.Value}
	var round int64
	if _, err := h.Row(`SELECT beacon, beacon_round FROM campaign WHERE campaign = $1`, []any{l.campaign}, &f.Beacon.Name, &round); err != nil {
		return err
	}
	f.Beacon.Round = uint64(round) //nolint:gosec // written from a uint64 below 2^63
	if _, err := h.Row(`SELECT value FROM beacon_value WHERE campaign = $1`, []any{l.campaign}, &f.Given); err != nil {
		return err
	}
	if refusal := gate.Supply(f); refusal != nil {
		a.refusal = refusal
		return nil
	}
	if f.Given != nil {
		return nil
	}
	_, err = h.Exec(`INSERT INTO beacon_value (campaign, value, given_by, at) VALUES ($1, $2, $3, $4)`,
		l.campaign, a.given.Value, a.given.By, h.Now.Unix())
	return err
}

// beaconValue is the value of the beacon's round, if it is at hand: computed for
// the development beacon, else as supplied. One that does not check is none.
func (s *Store) beaconValue(ctx context.Context, l *line) (value []byte, err error) {
	b := l.row.beacon
	if b.Name == gate.DevelopmentBeacon {
		v := gate.DevelopmentBeaconValue(b.Round)
		return v[:], nil
	}
	err = s.gate.Read(ctx, `SELECT value FROM beacon_value WHERE campaign = $1`, []any{l.row.id},
		func(scan func(...any) error) error { return scan(&value) })
	if err != nil {
		return nil, err
	}
	if ok, _ := b.Checks(value); value != nil && !ok {
		s.opts.Log.Error("the beacon's value in the database is not that of the round: it is not used", "campaign", l.row.id)
		return nil, nil
	}
	return value, nil
}
