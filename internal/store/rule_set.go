package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"

	"naru/internal/fault"
	"naru/internal/rule"
)

// PublishRules makes a rule set the newest, which the next bundle carries, and tells its
// version. The newest one again stays what it is.
func (s *Store) PublishRules(ctx context.Context, set *rule.Set) (version int64, err error) {
	text, err := set.Marshal()
	if err != nil {
		return 0, err
	}
	a := &publishRulesAct{body: text}
	if err := s.inRecord(ctx, a); err != nil {
		return 0, err
	}
	return a.version, nil
}

type publishRulesAct struct {
	body    []byte
	version int64
}

// Run adds the set behind the newest.
func (a *publishRulesAct) Run(h *recordHouse) error {
	if err := h.Share("rule_set", true); err != nil {
		return err
	}
	var newest []byte
	a.version = 0
	if _, err := h.Row(`SELECT version, body FROM rule_set ORDER BY version DESC LIMIT 1`, nil, &a.version, &newest); err != nil || bytes.Equal(newest, a.body) {
		return err
	}
	a.version++
	_, err := h.Exec(`INSERT INTO rule_set (version, body, published_at) VALUES ($1, $2, $3)`, a.version, a.body, h.Now.Unix())
	return err
}

// Rules is the newest rule set. Code NotFound while there is none.
func (s *Store) Rules(ctx context.Context) (*rule.Set, error) {
	var body []byte
	err := s.record.ReadRow(ctx, `SELECT body FROM rule_set ORDER BY version DESC LIMIT 1`, nil, &body)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fault.New(fault.NotFound, "rule.none")
	}
	if err != nil {
		return nil, unavailable("read rules", err)
	}
	return rule.Read(body)
}
