package store

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"

	"naru/internal/staff"
)

// What a PIN costs to try: the second of the two choices that OWASP's Password Storage
// Cheat Sheet gives for argon2id.
const (
	pinTime    = 2
	pinMemory  = 19 * 1024 // KiB
	pinThreads = 1
	pinBytes   = 32
)

// pinDesks bounds how many PINs are worked out at once, and with that the memory.
var pinDesks = make(chan struct{}, 4)

// SetPIN sets the caller's own PIN; text must come from staff.ParsePIN.
func (s *Store) SetPIN(ctx context.Context, c staff.Caller, text string) error {
	return s.ofOneself(ctx, c, "set pin", func(ctx context.Context) error {
		var salt [16]byte
		_, _ = rand.Read(salt[:]) // never fails: see crypto/rand
		sum, err := s.pinSum(ctx, c.ID, salt[:], text)
		if err != nil {
			return err
		}
		return s.inStaff(ctx, &setPINAct{c.ID, fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, pinMemory, pinTime, pinThreads,
			base64.RawStdEncoding.EncodeToString(salt[:]), base64.RawStdEncoding.EncodeToString(sum))})
	})
}

// pinSum is the hash of a PIN. What goes in is keyed first: a stolen database without
// its keys leaves nothing to try the few million PINs on (rule S13).
func (s *Store) pinSum(ctx context.Context, id staff.ID, salt []byte, text string) ([]byte, error) {
	select {
	case pinDesks <- struct{}{}:
	case <-ctx.Done():
		return nil, unavailable("work out a PIN", ctx.Err())
	}
	defer func() { <-pinDesks }()
	return argon2.IDKey(s.staffSum("pin", string(id)+"\x00"+text), salt, pinTime, pinMemory, pinThreads, pinBytes), nil
}

// isPIN compares a PIN with a stored hash, in a time that says nothing of either.
func (s *Store) isPIN(ctx context.Context, id staff.ID, stored, text string) (bool, error) {
	parts := strings.Split(stored, "$")
	cost := fmt.Sprintf("m=%d,t=%d,p=%d", pinMemory, pinTime, pinThreads)
	if len(parts) != 6 || parts[1] != "argon2id" || parts[3] != cost {
		return false, errors.New("a stored PIN has another form")
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return false, err
	}
	want, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil {
		return false, err
	}
	sum, err := s.pinSum(ctx, id, salt, text)
	return err == nil && subtle.ConstantTimeCompare(sum, want) == 1, err
}

type setPINAct struct {
	staff staff.ID
	hash  string
}

// Run replaces what was there.
func (a *setPINAct) Run(h *staffHouse) error {
	if _, err := h.Exec(`DELETE FROM staff_pin WHERE staff_id = $1`, string(a.staff)); err != nil {
		return err
	}
	_, err := h.Exec(`INSERT INTO staff_pin (staff_id, hash, set_at) VALUES ($1, $2, $3)`, string(a.staff), a.hash, h.Now.Unix())
	return err
}

// HasPIN says whether somebody has set one.
func (s *Store) HasPIN(ctx context.Context, id staff.ID) (bool, error) {
	var n int
	err := s.staff.ReadRow(ctx, `SELECT count(*) FROM staff_pin WHERE staff_id = $1`, []any{string(id)}, &n)
	if err != nil {
		return false, unavailable("read PIN", err)
	}
	return n > 0, nil
}
