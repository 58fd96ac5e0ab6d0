package store

import (
	"bytes"
	"context"
	"encoding/hex"
	"slices"

	"naru/internal/campaign"
	"naru/internal/fault"
	"naru/internal/gate"
)

// Amend puts another file in the place of the one a campaign in force was published
// from (rule G46). What may not change is refused as rulefile.Faults, by line
// (rule C20); a postponement and the lobby's times stay in force. The cap and the
// rate change only where the file changes them: an operator may have set others
// meanwhile. Codes: NotFound; Conflict when it has ended or was amended meanwhile.
func (s *Store) Amend(ctx context.Context, yaml []byte) (Published, error) {
	read, err := campaign.Parse(yaml, s.opts.Agency)
	if err != nil {
		return Published{}, err
	}
	rows, err := s.readCampaigns(ctx)
	if err != nil {
		return Published{}, err
	}
	i := slices.IndexFunc(rows, func(c campaignRow) bool { return c.id == string(read.ID) })
	if i < 0 {
		return Published{}, fault.New(fault.NotFound, "campaign.unknown")
	}
	before, err := campaign.Parse(rows[i].yaml, s.opts.Agency)
	if err != nil {
		return Published{}, err
	}
	c, err := campaign.ParseAmendment(yaml, s.opts.Agency, before)
	if err != nil {
		return Published{}, err
	}
	if err := notKept(c); err != nil {
		return Published{}, err
	}
	a := &amendAct{yaml: yaml, campaign: c, before: before}
	if err := s.atGate(ctx, a); err != nil {
		return Published{}, err
	}
	if a.refusal != nil {
		return Published{}, a.refusal
	}
	if _, err := s.follow(ctx); err != nil {
		return Published{}, err
	}
	return s.Campaign(string(c.ID))
}

type amendAct struct {
	yaml             []byte
	campaign, before *campaign.Campaign
	refusal          error
}

// Wants names what the act reads.
func (a *amendAct) Wants(h *gateHouse) { h.wantLineAlone(string(a.campaign.ID)) }

// Run replaces the file it was compared with, and no other.
func (a *amendAct) Run(h *gateHouse) error {
	a.refusal = nil
	id, c := string(a.campaign.ID), a.campaign
	l, err := h.lineAlone(id)
	if err != nil {
		return err
	}
	if l == nil || l.at() == gate.Ended {
		a.refusal = fault.New(fault.Conflict, "gate.ended")
		return nil
	}
	sum, err := hex.DecodeString(c.SHA256)
	if err != nil {
		return err
	}
	was, err := hex.DecodeString(a.before.SHA256)
	if err != nil || bytes.Equal(sum, was) {
		return err
	}
	n, err := h.Exec(`UPDATE campaign SET yaml = $1, sha256 = $2 WHERE campaign = $3 AND sha256 = $4`, a.yaml, sum, id, was)
	if err != nil {
		return err
	}
	if n == 0 {
		a.refusal = fault.New(fault.Conflict, "campaign.amended_meanwhile")
		return nil
	}
	if l, err = h.lineAlone(id); err != nil {
		return err
	}
	l.closes = l.opens + c.ClosesAt().Unix() - c.OpeningAt().Unix()
	if c.Gate.Cap != a.before.Gate.Cap {
		l.cap = int32(c.Gate.Cap) //nolint:gosec // bounded by the parser
	}
	if c.Gate.RatePerSecond != a.before.Gate.RatePerSecond {
		l.rate = float64(c.Gate.RatePerSecond)
	}
	l.amended++
	h.move(l)
	return nil
}
