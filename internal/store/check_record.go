package store

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"go.yaml.in/yaml/v3"

	"naru/internal/db"
	"naru/internal/gate"
)

// recordOf is what the check must know of a campaign's record.
type recordOf struct {
	private bool
	epoch   uint32
	keys    *gate.Keys // nil: the keys are not here
	chain   gate.Chain
	heads   map[int64]headRow // by count
}

// records recomputes the record of admissions of every campaign and compares it
// with each head that was ever signed (rule G34). Signatures are checked, and the
// record of a private campaign is read, only where the keys are: under dir.
func (m *More) records(ctx context.Context, snap db.Snapshot, dir string) error {
	all, err := recordsOf(ctx, snap, dir)
	if err != nil {
		return err
	}
	err = snap.Read(ctx, `SELECT campaign, count, seq, head, at, signature FROM gate.admitted_head ORDER BY campaign, count`, nil,
		func(scan func(...any) error) error {
			var r headRow
			if err := scan(append([]any{&r.campaign}, r.into()...)...); err != nil {
				return err
			}
			of := all[r.campaign]
			if of == nil {
				m.Rewritten++
				return nil
			}
			if of.keys != nil && !r.signedBy(of.keys, of.private) {
				m.Forged++
			}
			of.heads[r.count] = r
			return nil
		})
	if err != nil {
		return err
	}
	for id, of := range all {
		m.Rewritten += of.differing(filepath.Join(dir, "public", id, strconv.Itoa(int(of.epoch)), recordName))
	}
	err = snap.Read(ctx, `SELECT campaign, `+admittedColumns+` FROM gate.admitted ORDER BY campaign, seq`, nil,
		func(scan func(...any) error) error {
			var id string
			var row admission
			if err := scan(append([]any{&id}, row.into()...)...); err != nil {
				return err
			}
			all[id].add(row)
			return nil
		})
	for _, of := range all {
		if of.readable() {
			m.Rewritten += len(of.heads) // no line leads to them
		}
	}
	return err
}

// differing counts the heads that the public file on this machine, as far as it
// goes, does not lead to: it was published, so heads made anew later show.
func (of *recordOf) differing(path string) int {
	f, err := os.Open(path) //nolint:gosec // the operator's own folder
	if err != nil {
		return 0 // this machine has published none
	}
	defer f.Close()
	n, chain, lines := 0, of.chain, bufio.NewReader(f)
	for {
		line, err := lines.ReadSlice('\n')
		if err != nil {
			return n
		}
		chain = chain.Add(line[:len(line)-1])
		if r, signed := of.heads[int64(chain.Count)]; signed && !bytes.Equal(r.head, chain.Head[:]) { //nolint:gosec // a count
			n++
		}
	}
}

func (of *recordOf) readable() bool { return of.keys != nil || !of.private }

// add adds one row to the chain and strikes out the head it leads to. A row that
// cannot be read breaks the chain: no head behind it is reached.
func (of *recordOf) add(row admission) {
	if of == nil || !of.readable() {
		return
	}
	line := []byte("?")
	if a, err := row.line(of.keys, of.private, of.chain.Count+1); err == nil {
		line = a.Line()
	}
	of.chain = of.chain.Add(line)
	count := int64(of.chain.Count) //nolint:gosec // a count
	if r, signed := of.heads[count]; signed && r.seq == row.seq && bytes.Equal(r.head, of.chain.Head[:]) {
		delete(of.heads, count)
	}
}

func recordsOf(ctx context.Context, snap db.Snapshot, dir string) (map[string]*recordOf, error) {
	master, err := readKey(filepath.Join(dir, "keys", "gate.key"), false)
	if err != nil { // not here: signatures are left out
		master = nil
	}
	all := map[string]*recordOf{}
	err = snap.Read(ctx, `SELECT c.campaign, c.yaml, l.epoch FROM gate.campaign c JOIN gate.line l USING (campaign)`, nil, func(scan func(...any) error) error {
		var id string
		var text []byte
		var epoch uint32
		var file struct {
			Private bool `yaml:"private"`
		}
		if err := scan(&id, &text, &epoch); err != nil {
			return err
		}
		if err := yaml.Unmarshal(text, &file); err != nil {
			return fmt.Errorf("campaign %s: %w", id, err)
		}
		of := &recordOf{private: file.Private, epoch: epoch, chain: gate.NewChain(id, epoch), heads: map[int64]headRow{}}
		if master != nil {
			of.keys = gate.NewKeys(master, id, epoch)
		}
		all[id] = of
		return nil
	})
	return all, err
}
