package store

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"naru/internal/person"
)

// loadKeys reads keys/gate.key and keys/person-N.key (N from 1, the highest is
// used for new values); on first use it makes them, readable by the owner only.
// A data folder without its keys cannot be opened: keep them apart and safe.
func (s *Store) loadKeys() error {
	dir := filepath.Join(s.opts.Dir, "keys")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	fresh, err := s.isFresh()
	if err != nil {
		return err
	}
	if s.gateKey, err = readKey(filepath.Join(dir, "gate.key"), fresh); err != nil {
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

// isFresh says that there is no database yet, so keys may be made.
func (s *Store) isFresh() (bool, error) {
	for _, name := range []string{"gate.db", "booking.db"} {
		_, err := os.Stat(filepath.Join(s.opts.Dir, name))
		if err == nil {
			return false, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return false, err
		}
	}
	return true, nil
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
