package store

import (
	"context"
	"crypto/ed25519"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"naru/internal/audit"
)

// How often a chain that moved is sealed, and its seals told to the witness (rules S15,
// S16).
const (
	sealEvery    = time.Second
	witnessEvery = time.Minute
)

// Witness keeps signed heads where whoever runs this service cannot change them.
type Witness interface {
	// Take keeps one head, a JSON object, and returns when it is kept. It is told
	// again after an error.
	Take(ctx context.Context, head []byte) error
}

// auditKeyFile and auditPublicFile are the key of the seals and its public half, which
// is to be handed to whoever verifies.
const (
	auditKeyFile    = "audit.key"
	auditPublicFile = "audit.pub"
)

// loadAuditKey reads keys/audit.key and writes keys/audit.pub beside it.
func (s *Store) loadAuditKey(dir string, fresh bool) error {
	seed, err := readKey(filepath.Join(dir, auditKeyFile), fresh)
	if err != nil {
		return err
	}
	s.auditKey = ed25519.NewKeyFromSeed(seed)
	public, _ := s.auditKey.Public().(ed25519.PublicKey) // is of no other type
	path, text := filepath.Join(dir, auditPublicFile), hex.EncodeToString(public)+"\n"
	if there, err := os.ReadFile(path); err == nil && string(there) == text { //nolint:gosec // the operator's own folder
		return nil
	}
	return os.WriteFile(path, []byte(text), 0o644) //nolint:gosec // it is public
}

// AuditPublicKey reads the public key of the seals from a data folder.
func AuditPublicKey(dir string) (ed25519.PublicKey, error) {
	text, err := os.ReadFile(filepath.Join(dir, "keys", auditPublicFile)) //nolint:gosec // the operator's own folder
	if err != nil {
		return nil, fmt.Errorf("the key of the seals: %w; give the data folder of a server, or its key", err)
	}
	return ParseAuditKey(string(text))
}

// ParseAuditKey reads a public key in hexadecimal.
func ParseAuditKey(text string) (ed25519.PublicKey, error) {
	key, err := hex.DecodeString(strings.TrimSpace(text))
	if err != nil || len(key) != ed25519.PublicKeySize {
		return nil, errors.New("the key of the seals is not 64 hexadecimal digits")
	}
	return key, nil
}

// Seal signs the head of this node's chain when it has moved.
func (s *Store) Seal(ctx context.Context) error {
	key := chainOf(s.chain)
	h := audit.Head{Chain: s.chain, At: s.now()}
	var hash []byte
	err := s.staff.ReadRow(ctx, `SELECT seq, hash FROM audit_chain WHERE bucket = $1 AND chain = $2`, key.Args(), &h.Seq, &hash)
	if errors.Is(err, sql.ErrNoRows) || err == nil && h.Seq <= s.sealed.Load() {
		return nil
	}
	if err != nil {
		return unavailable("read chain", err)
	}
	h.Hash = audit.Hash(hash)
	if err := s.inStaff(ctx, &sealAct{audit.Sign(s.auditKey, h)}); err != nil {
		return err
	}
	s.sealed.Store(h.Seq)
	return nil
}

type sealAct struct{ head audit.Signed }

// Run keeps the seal; one that is there already is the same.
func (a *sealAct) Run(h *staffHouse) error {
	key := chainOf(a.head.Chain)
	_, err := h.Exec(`INSERT INTO audit_seal (bucket, chain, seq, at, hash, signature, sent) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
		key.bucket, key.chain, a.head.Seq, a.head.At.Unix(), a.head.Hash[:], a.head.Signature, false)
	return err
}

// mostHeads is how many seals are looked at in one round of the witness.
const mostHeads = 10_000

// Testify tells the witness the newest seal of each chain and minute that it does not
// have yet, in order. What it does not take is told again the next time; nothing else
// waits for it.
func (s *Store) Testify(ctx context.Context) error {
	if s.opts.Witness == nil {
		return nil
	}
	heads, err := s.untold(ctx)
	if err != nil {
		return err
	}
	for _, h := range heads {
		text, err := json.Marshal(h)
		if err != nil {
			return err
		}
		if err := s.opts.Witness.Take(ctx, text); err != nil {
			return fmt.Errorf("the witness of the audit does not take a head: %w", err)
		}
		if err := s.inStaff(ctx, &toldAct{h.Head}); err != nil {
			return err
		}
	}
	return nil
}

// untold lists the heads that are to be told, the oldest first.
func (s *Store) untold(ctx context.Context) ([]audit.Signed, error) {
	type minute struct {
		chain string
		at    int64
	}
	public, _ := s.auditKey.Public().(ed25519.PublicKey) // is of no other type
	var all []audit.Signed
	place := map[minute]int{}
	err := s.staff.Read(ctx, `SELECT chain, seq, at, hash, signature FROM audit_seal WHERE NOT sent ORDER BY at, chain, seq LIMIT $1`, []any{mostHeads},
		func(scan func(...any) error) error {
			var h audit.Signed
			var at int64
			var hash []byte
			if err := scan(&h.Chain, &h.Seq, &at, &hash, &h.Signature); err != nil {
				return err
			}
			h.At, h.Hash, h.Key = unix(at), audit.Hash(hash), public
			in := minute{h.Chain, at / 60}
			if i, found := place[in]; found {
				all[i] = h
				return nil
			}
			place[in] = len(all)
			all = append(all, h)
			return nil
		})
	if err != nil {
		return nil, unavailable("read seals", err)
	}
	return all, nil
}

type toldAct struct{ head audit.Head }

// Run notes that the witness has this head, and with it all before.
func (a *toldAct) Run(h *staffHouse) error {
	key := chainOf(a.head.Chain)
	_, err := h.Exec(`UPDATE audit_seal SET sent = $1 WHERE bucket = $2 AND chain = $3 AND seq <= $4 AND NOT sent`, true, key.bucket, key.chain, a.head.Seq)
	return err
}

// sealLast seals what a store that closes has still written; one that could not be
// opened has no key.
func (s *Store) sealLast() error {
	if s.auditKey == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return s.Seal(ctx)
}
