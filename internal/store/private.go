package store

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"naru/internal/fault"
	"naru/internal/gate"
	"naru/internal/person"
)

// claimKeySize is the length of a private campaign's own key in bytes.
const claimKeySize = 32

// newClaimKey is the sealed key of a private campaign; nil for all others. Tickets
// are filed under claims that only this key leads to, so when it is destroyed
// nobody, whoever has the server's keys and database, can ask any more whether
// somebody waited (rule G38, docs/adr/0019).
func (s *Store) newClaimKey(id string, private bool) []byte {
	if !private {
		return nil
	}
	key := make([]byte, claimKeySize)
	_, _ = rand.Read(key) // never fails: see crypto/rand
	return s.vault.Seal("campaign_key", "key", id, key)
}

// readClaimKey reads the key of a private campaign; nil when it is destroyed.
func (s *Store) readClaimKey(ctx context.Context, id string) (key []byte, err error) {
	var sealed []byte
	err = s.gate.Read(ctx, `SELECT key FROM campaign_key WHERE campaign = $1`, []any{id}, func(scan func(...any) error) error { return scan(&sealed) })
	if err != nil || len(sealed) == 0 {
		return nil, err
	}
	return s.vault.Open("campaign_key", "key", id, sealed)
}

// filedUnder is where a claim's ticket is filed. A private campaign without its key
// has ended: a fault of code NotOpen.
func (l *line) filedUnder(claims []person.Index) ([]person.Index, error) {
	if !l.private() {
		return claims, nil
	}
	key := l.claimKey.Load()
	if key == nil {
		return nil, fault.New(fault.NotOpen, "gate.ended")
	}
	blind := make([]person.Index, len(claims))
	for i, c := range claims {
		m := hmac.New(sha256.New, *key)
		m.Write(c.Sum[:])
		blind[i] = person.Index{Key: c.Key, Sum: [32]byte(m.Sum(nil))}
	}
	for i := range blind { // one bucket, as the claims have: that of the oldest key, which is last
		blind[i] = blind[i].FiledIn(blind[len(blind)-1].Bucket())
	}
	return blind, nil
}

// closePrivate destroys what leads from people to their tickets once a private campaign
// has ended: its key everywhere, who proved without booking, and this node's roll.
func (s *Store) closePrivate(ctx context.Context, l *line, row *lineRow, fence int64) error {
	if !l.private() || row.at() != gate.Ended || l.closed.Load() {
		return nil
	}
	if err := os.Remove(s.rollPath(l.published)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	l.claimKey.Store(nil)
	for {
		key, err := s.readClaimKey(ctx, row.campaign)
		if err != nil || key == nil {
			l.closed.Store(err == nil)
			return err
		}
		if fence == 0 { // the leader does it
			return nil
		}
		if err := s.atGate(ctx, &closePrivateAct{fence, row.campaign}); err != nil {
			return fmt.Errorf("destroy the key of %s: %w", row.campaign, err)
		}
	}
}

type closePrivateAct struct {
	fence    int64
	campaign string
}

// Wants names what the act reads.
func (a *closePrivateAct) Wants(h *gateHouse) { h.wantLineAlone(a.campaign) }

// Run takes the person from admissions that led to no reservation, some at a time,
// and last overwrites the key and removes it. An admission that led to one stays:
// every reservation references its admission.
func (a *closePrivateAct) Run(h *gateHouse) error {
	if mine, err := h.fenced(a.fence); err != nil || !mine {
		return errors.Join(err, errNotLeading)
	}
	l, err := h.lineAlone(a.campaign)
	if err != nil || l == nil || l.at() != gate.Ended {
		return err
	}
	forgot, err := h.Exec(`UPDATE admission SET person_id = '' WHERE (bucket, campaign, ticket_id) IN (SELECT bucket, campaign, ticket_id
	    FROM admission WHERE campaign = $1 AND person_id <> '' AND state <> 'done' LIMIT $2)`, a.campaign, int64(forgetAtOnce))
	if err != nil || forgot == forgetAtOnce {
		return err
	}
	if _, err := h.Exec(`UPDATE campaign_key SET key = $2 WHERE campaign = $1`, a.campaign, sealedKey[:]); err != nil {
		return err
	}
	_, err = h.Exec(`DELETE FROM campaign_key WHERE campaign = $1`, a.campaign)
	return err
}

var errNotLeading = errors.New("another node leads by now")

// sealedKey is as long as a sealed key: key id, nonce, key, tag.
var sealedKey [2 + 12 + claimKeySize + 16]byte

// Inclusion is a ticket's own proof, of a roll that is closed (rule G37). In a
// private campaign only the proven person may ask: that is the caller's to see to.
// Faults NotFound: "gate.roll_not_yet", "gate.roll_gone" when the campaign was
// private and has ended, "gate.not_in_roll".
func (s *Store) Inclusion(ctx context.Context, t gate.Ticket) (gate.Inclusion, error) {
	l, err := s.line(t.Campaign)
	if err != nil {
		return gate.Inclusion{}, err
	}
	d := l.view.Load().Draw
	if !d.Closed() {
		return gate.Inclusion{}, fault.New(fault.NotFound, "gate.roll_not_yet")
	}
	var proof gate.Inclusion
	if t.Kind == gate.Late {
		proof = d.Prove(t, 0, nil)
	} else if proof, err = s.inRoll(l, d, t); err != nil {
		return gate.Inclusion{}, err
	}
	if !l.private() {
		return proof, nil
	}
	proof.Admitted, err = s.openings(ctx, l, t)
	return proof, err
}

func (s *Store) inRoll(l *line, d gate.Draw, t gate.Ticket) (gate.Inclusion, error) {
	f, err := os.Open(s.rollPath(l.published))
	if errors.Is(err, fs.ErrNotExist) {
		return gate.Inclusion{}, fault.Wrap(fault.NotFound, "gate.roll_gone", err)
	}
	if err != nil {
		return gate.Inclusion{}, err
	}
	defer f.Close()
	x, err := l.index(f)
	if err != nil {
		return gate.Inclusion{}, err
	}
	i, path, found, err := x.Prove(gate.Leaf(t.ID), f)
	if err == nil && !found {
		err = fault.New(fault.NotFound, "gate.not_in_roll")
	}
	if err != nil {
		return gate.Inclusion{}, err
	}
	return d.Prove(t, i, path), nil
}

// index is made by the first who asks; the others wait for it.
func (l *line) index(f *os.File) (*gate.RollIndex, error) {
	l.indexing.Lock()
	defer l.indexing.Unlock()
	if l.chunks == nil {
		roll, err := gate.ReadRoll(f)
		if err != nil {
			return nil, err
		}
		l.chunks = roll.Chunks()
	}
	return l.chunks, nil
}

func (s *Store) openings(ctx context.Context, l *line, t gate.Ticket) ([]gate.Opening, error) {
	var all []gate.Opening
	err := s.gate.Read(ctx, `SELECT entry, place FROM admitted WHERE bucket = $1 AND campaign = $2 AND ticket_id = $3 ORDER BY seq`,
		[]any{ticketBucket(t.ID), t.Campaign, t.ID[:]}, func(scan func(...any) error) error {
			var entry, place int64
			if err := scan(&entry, &place); err != nil {
				return err
			}
			o := gate.Opening{Entry: uint64(entry), Place: uint64(place)} //nolint:gosec // not negative
			mark, salt := l.keys.Mark(t.ID, o.Entry, o.Place)
			o.Mark, o.Salt = mark[:], salt[:]
			all = append(all, o)
			return nil
		})
	return all, err
}
