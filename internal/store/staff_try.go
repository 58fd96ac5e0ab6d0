package store

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"time"

	"naru/internal/staff"
)

// staffSum is a keyed hash for what is looked up and must not be read: a subject at
// the sign-in service, an address, who tries. The label keeps uses apart.
func (s *Store) staffSum(label, text string) []byte {
	key := hmac.New(sha256.New, s.gateKey)
	key.Write([]byte("naru/staff/sum/1"))
	m := hmac.New(sha256.New, key.Sum(nil))
	m.Write([]byte(label + "\x00" + text))
	return m.Sum(nil)
}

// tryStaff counts a try of a browser, and of an account where one is named, before
// what was typed is looked at (rule S11). The zero browser is the machine itself.
// Code TooMany.
func (s *Store) tryStaff(ctx context.Context, browser [32]byte, id staff.ID) error {
	var errs []error
	for _, t := range []struct {
		of    string
		label string
		limit staff.Limit
	}{{string(browser[:]), "try browser", staff.TriesByBrowser}, {string(id), "try account", staff.TriesByAccount}} {
		if t.of == "" || t.of == string(make([]byte, 32)) {
			continue
		}
		a := &tryAct{who: s.staffSum(t.label, t.of), limit: t.limit}
		errs = append(errs, s.inStaff(ctx, a), a.refusal)
	}
	return errors.Join(errs...)
}

type tryAct struct {
	who     []byte
	limit   staff.Limit
	refusal error
}

// oldTries is how long a count is kept that nobody adds to.
const oldTries = 24 * time.Hour

// Run counts, and drops what is old.
func (a *tryAct) Run(h *staffHouse) error {
	a.refusal = nil
	var t staff.Tries
	var since int64
	found, err := h.Row(`SELECT tries, since FROM staff_try WHERE who = $1`, []any{a.who}, &t.N, &since)
	if err != nil {
		return err
	}
	t.Since = unix(since)
	if t, a.refusal = a.limit.Take(t, h.Now); a.refusal != nil {
		return nil
	}
	if found {
		_, err = h.Exec(`UPDATE staff_try SET tries = $1, since = $2 WHERE who = $3`, t.N, t.Since.Unix(), a.who)
		return err
	}
	if _, err := h.Exec(`DELETE FROM staff_try WHERE since < $1`, h.Now.Add(-oldTries).Unix()); err != nil {
		return err
	}
	_, err = h.Exec(`INSERT INTO staff_try (who, tries, since) VALUES ($1, $2, $3)`, a.who, t.N, t.Since.Unix())
	return err
}
