package store

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"

	"naru/internal/audit"
	"naru/internal/db"
)

// AuditFault is one thing that is not as it was written. Seq is the entry at which it
// shows, 0 for a chain as a whole.
type AuditFault struct {
	Chain string `json:"chain"`
	Seq   int64  `json:"seq"`
	Kind  string `json:"kind"` // edited, removed, inserted, vanished, forged
	By    string `json:"by"`   // what shows it: chain, head, seal, witness
}

// AuditReport is what a reading of the whole audit found (rule S17).
type AuditReport struct {
	Chains     int          `json:"chains"`
	Entries    int          `json:"entries"`
	Seals      int          `json:"seals"`
	Heads      int          `json:"heads"`      // of the witness
	Unsealed   int          `json:"unsealed"`   // entries after the last seal of their chain: nothing but the chain speaks for them
	Unfinished int          `json:"unfinished"` // acts that were asked for, and nobody wrote what came of them
	Faults     []AuditFault `json:"faults"`
}

// Sound says that nothing is wrong.
func (r AuditReport) Sound() bool { return len(r.Faults) == 0 }

// VerifyAudit reads the audit in the databases of a folder, or of a PostgreSQL URL,
// beside a running server, and checks every chain against itself, its seals, and the
// heads that a witness kept (rule S17). key is what seals must be signed with.
func VerifyAudit(ctx context.Context, dir, url string, key ed25519.PublicKey, heads []audit.Signed) (AuditReport, error) {
	snap, err := db.OpenSnapshot(ctx, dir, url, "staff")
	if err != nil {
		return AuditReport{}, fmt.Errorf("verify audit: %w", err)
	}
	v := &verifier{key: key, chains: map[string]*chainState{}, witness: map[string]map[int64]audit.Signed{}}
	v.report.Faults = []AuditFault{}
	v.takeHeads(heads)
	if err := errors.Join(v.readHeads(ctx, snap), v.readEntries(ctx, snap), v.readSeals(ctx, snap), v.unfinished(ctx, snap), snap.Close()); err != nil {
		return AuditReport{}, fmt.Errorf("verify audit: %w", err)
	}
	v.finish()
	return v.report, nil
}

// verifier reads one snapshot.
type verifier struct {
	key     ed25519.PublicKey
	report  AuditReport
	chains  map[string]*chainState
	witness map[string]map[int64]audit.Signed // what is left of it once the entries are read
}

// chainState is how far the reading of a chain is.
type chainState struct {
	head   chainRow // as the database says; seq 0: it says nothing
	seq    int64    // of the last entry read
	hash   audit.Hash
	sealed int64 // number of the last entry that a seal speaks for
}

func (v *verifier) fault(chain string, seq int64, kind, by string) {
	v.report.Faults = append(v.report.Faults, AuditFault{chain, seq, kind, by})
}

func (v *verifier) chain(name string) *chainState {
	c, found := v.chains[name]
	if !found {
		c = &chainState{}
		v.chains[name] = c
	}
	return c
}

// takeHeads keeps what the witness has. A head that the key did not sign is no
// evidence, and says that somebody tried to make one.
func (v *verifier) takeHeads(heads []audit.Signed) {
	v.report.Heads = len(heads)
	for _, h := range heads {
		if !h.By(v.key) {
			v.fault(h.Chain, h.Seq, "forged", "witness")
			continue
		}
		if v.witness[h.Chain] == nil {
			v.witness[h.Chain] = map[int64]audit.Signed{}
		}
		if other, found := v.witness[h.Chain][h.Seq]; found && other.Hash != h.Hash {
			v.fault(h.Chain, h.Seq, "edited", "witness") // one number, two histories
		}
		v.witness[h.Chain][h.Seq] = h
	}
}

func (v *verifier) readHeads(ctx context.Context, snap db.Snapshot) error {
	return snap.Read(ctx, `SELECT bucket, chain, seq, hash FROM staff.audit_chain`, nil, func(scan func(...any) error) error {
		var r chainRow
		if err := scan(&r.bucket, &r.chain, &r.seq, &r.hash); err != nil {
			return err
		}
		v.chain(r.chain).head = r
		return nil
	})
}

// readEntries follows each chain from its beginning.
func (v *verifier) readEntries(ctx context.Context, snap db.Snapshot) error {
	return snap.Read(ctx, `SELECT `+entryColumns+`, hash FROM staff.audit_entry ORDER BY bucket, chain, seq`, nil, func(scan func(...any) error) error {
		var stored []byte
		e, err := scanEntry(scan, &stored)
		if err != nil {
			return err
		}
		v.entry(e, stored)
		return nil
	})
}

func (v *verifier) entry(e audit.Entry, stored []byte) {
	v.report.Entries++
	c := v.chain(e.Chain)
	switch {
	case e.Seq != c.seq+1:
		v.fault(e.Chain, c.seq+1, "removed", "chain")
	case len(stored) != len(audit.Hash{}) || audit.Next(c.hash, e) != audit.Hash(stored):
		v.fault(e.Chain, e.Seq, "edited", "chain")
	}
	c.seq = e.Seq
	copy(c.hash[:], stored)
	if h, found := v.witness[e.Chain][e.Seq]; found {
		if h.Hash != c.hash {
			v.fault(e.Chain, e.Seq, "edited", "witness")
		}
		delete(v.witness[e.Chain], e.Seq)
	}
}

// readSeals holds each seal against the entry it is of.
func (v *verifier) readSeals(ctx context.Context, snap db.Snapshot) error {
	return snap.Read(ctx, `SELECT s.chain, s.seq, s.at, s.hash, s.signature, e.hash FROM staff.audit_seal s
	    LEFT JOIN staff.audit_entry e ON e.bucket = s.bucket AND e.chain = s.chain AND e.seq = s.seq ORDER BY s.bucket, s.chain, s.seq`, nil,
		func(scan func(...any) error) error {
			var s audit.Signed
			var at int64
			var hash, entry []byte
			if err := scan(&s.Chain, &s.Seq, &at, &hash, &s.Signature, &entry); err != nil {
				return err
			}
			v.report.Seals++
			copy(s.Hash[:], hash)
			s.At = unix(at)
			c := v.chain(s.Chain)
			switch {
			case !s.By(v.key):
				v.fault(s.Chain, s.Seq, "forged", "seal")
				return nil
			case entry == nil:
				v.fault(s.Chain, s.Seq, "removed", "seal")
			case string(entry) != string(s.Hash[:]):
				v.fault(s.Chain, s.Seq, "edited", "seal")
			}
			c.sealed = max(c.sealed, s.Seq)
			return nil
		})
}

func (v *verifier) unfinished(ctx context.Context, snap db.Snapshot) error {
	return snap.Read(ctx, `SELECT count(*) FROM (SELECT act FROM staff.audit_entry GROUP BY act HAVING count(*) = 1 AND max(phase) = 'asked') AS x`, nil,
		func(scan func(...any) error) error { return scan(&v.report.Unfinished) })
}

// finish compares where each chain ends with what speaks of its end.
func (v *verifier) finish() {
	for name, c := range v.chains {
		v.report.Chains++
		switch {
		case c.seq == 0:
			v.fault(name, 0, "vanished", "head")
		case c.seq < c.head.seq:
			v.fault(name, c.seq+1, "removed", "head")
		case c.seq > c.head.seq:
			v.fault(name, c.head.seq+1, "inserted", "head")
		case string(c.hash[:]) != string(c.head.hash):
			v.fault(name, c.seq, "edited", "head")
		}
		v.report.Unsealed += int(max(c.seq-c.sealed, 0))
	}
	for name, left := range v.witness {
		for seq := range left {
			kind := "removed"
			if c, found := v.chains[name]; !found || c.seq == 0 {
				kind, seq = "vanished", 0
			}
			v.fault(name, seq, kind, "witness")
			if kind == "vanished" {
				break
			}
		}
	}
}
