package store

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"naru/internal/person"
)

// loadKeys reads keys/gate.key, keys/audit.key and keys/person-N.key (N from 1, the highest is
// used for new values); on first use it makes them, readable by the owner only.
// A data folder without its keys cannot be opened: keep them apart and safe.
func (s *Store) loadKeys(ctx context.Context) error {
	dir := filepath.Join(s.opts.Dir, "keys")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	fresh, err := s.isFresh(ctx)
	if err != nil {
		return err
	}
	if s.gateKey, err = readKey(filepath.Join(dir, "gate.key"), fresh); err != nil {
		return err
	}
	if err := s.loadAuditKey(dir, fresh); err != nil {
		return err
	}
	if s.vault, err = person.NewKeyring(map[uint16][]byte{1: s.gateKey}); err != nil {
		return err
	}
	if fresh {
		if _, err := readKey(filepath.Join(dir, "person-1.key"), true); err != nil {
			return err
		}
	}
	s.people, err = readKeyring(dir)
	return err
}

// isFresh says that no key has been used with this data yet, so keys may be made.
func (s *Store) isFresh(ctx context.Context) (bool, error) {
	var used int
	err := s.booking.ReadRow(ctx, `SELECT count(*) FROM key_check`, nil, &used)
	return used == 0, err
}

// checkKeys refuses keys that do not belong to the data: with them nobody would
// be found again. The first node that comes writes down what they make of a
// fixed word.
func (s *Store) checkKeys(ctx context.Context) error {
	a := &keyCheckAct{sums: map[string][32]byte{"gate": keySum(s.gateKey), "audit": keySum(s.auditKey)}}
	for _, x := range s.people.Lookups(person.ForPerson, "naru key check") {
		a.sums[fmt.Sprintf("person-%d", x.Key)] = x.Sum
	}
	if err := s.inBooking(ctx, a); err != nil {
		return err
	}
	if len(a.missing) > 0 {
		return fmt.Errorf("the keys %s, with which this data was written, are missing in %s; copy the keys folder of a node that runs", strings.Join(a.missing, ", "), filepath.Join(s.opts.Dir, "keys"))
	}
	if len(a.wrong) > 0 {
		return fmt.Errorf("the keys %s in %s are not those of this data; copy the keys folder of a node that runs", strings.Join(a.wrong, ", "), filepath.Join(s.opts.Dir, "keys"))
	}
	return nil
}

func keySum(key []byte) [32]byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte("naru key check"))
	return [32]byte(m.Sum(nil))
}

type keyCheckAct struct {
	sums    map[string][32]byte
	wrong   []string
	missing []string
}

// Run compares, and keeps what is new.
func (a *keyCheckAct) Run(h *bookingHouse) error {
	a.wrong, a.missing = nil, nil
	err := h.Query(`SELECT name FROM key_check ORDER BY name`, nil, func(scan func(...any) error) error {
		var name string
		err := scan(&name)
		if _, here := a.sums[name]; err == nil && !here {
			a.missing = append(a.missing, name)
		}
		return err
	})
	if err != nil || len(a.missing) > 0 {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(a.sums)) {
		sum := a.sums[name]
		var before []byte
		found, err := h.Row(`SELECT sum FROM key_check WHERE name = $1`, []any{name}, &before)
		if err != nil {
			return err
		}
		if found && !hmac.Equal(before, sum[:]) {
			a.wrong = append(a.wrong, name)
		}
		if found {
			continue
		}
		if _, err := h.Exec(`INSERT INTO key_check (name, sum) VALUES ($1, $2)`, name, sum[:]); err != nil {
			return err
		}
	}
	return nil
}

func readKeyring(dir string) (*person.Keyring, error) {
	files, err := filepath.Glob(filepath.Join(dir, "person-*.key"))
	if err != nil {
		return nil, err
	}
	roots := map[uint16][]byte{}
	for _, f := range files {
		text := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(f), "person-"), ".key")
		id, err := strconv.ParseUint(text, 10, 16)
		if err != nil {
			return nil, fmt.Errorf("key file %s: the name must be person-N.key", f)
		}
		if roots[uint16(id)], err = readKey(f, false); err != nil {
			return nil, err
		}
	}
	k, err := person.NewKeyring(roots)
	if err != nil {
		return nil, fmt.Errorf("%w in %s; restore the keys that belong to this data", err, dir)
	}
	return k, nil
}

// readKey reads 32 bytes in hexadecimal; makeIt writes a random one when there
// is none yet.
func readKey(path string, makeIt bool) ([]byte, error) {
	text, err := os.ReadFile(path) //nolint:gosec // the operator's own folder
	if errors.Is(err, fs.ErrNotExist) && makeIt {
		return makeKey(path)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("key %s is missing; restore the keys that belong to this data", path)
	}
	if err != nil {
		return nil, err
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) != 32 {
		return nil, fmt.Errorf("key %s is not 64 hexadecimal digits", path)
	}
	return key, nil
}

func makeKey(path string) ([]byte, error) {
	key := make([]byte, 32)
	_, _ = rand.Read(key)                                                 // never fails: see crypto/rand
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // the operator's own folder
	if err != nil {
		return nil, err
	}
	if _, err := f.WriteString(hex.EncodeToString(key) + "\n"); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return key, errors.Join(f.Sync(), f.Close())
}
