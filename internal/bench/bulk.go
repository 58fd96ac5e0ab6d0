package bench

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"time"

	"naru/internal/credential"
	"naru/internal/issue"
	"naru/internal/store"
)

// bulkPeople is how many people of a run get their certificate.
const bulkPeople = 2000

// bulkMeasure is the time for one certificate when everybody gets theirs: intent, signature
// and what was signed are on disk (rules T42, T48).
func bulkMeasure() measure {
	return measure{
		name: "bulk", unit: "µs",
		yardstickIs: "crypto/ecdsa.SignASN1 over P-256 of one digest, on one processor; ours stores each certificate durably in SQLite",
		open:        func(_ context.Context, b *bench) (sides, error) { return &bulkSides{b: b}, nil },
	}
}

type bulkSides struct {
	b   *bench
	run int
}

// ours fills a new store with people and issues to all of them; only the issuing counts.
func (s *bulkSides) ours(ctx context.Context) (_ float64, err error) {
	s.run++
	dir := filepath.Join(s.b.Dir, fmt.Sprint("bulk", s.run))
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return 0, err
	}
	fatal := func(err error) { panic(err) } // the disk cannot be trusted: no measure
	st, err := store.Open(ctx, store.Options{Dir: dir, Now: time.Now, Agency: s.b.Agency, Fatal: fatal})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, st.Close(), os.RemoveAll(dir)) }()
	people := recordSides{b: s.b, store: st, lines: bulkPeople}
	if _, err := people.ours(ctx); err != nil {
		return 0, err
	}
	by, err := benchIssuer(ctx, st, s.b.Agency.Country)
	if err != nil {
		return 0, err
	}
	start := time.Now()
	r, err := st.IssueAll(ctx, store.BulkIssue{
		By: by, Format: issue.HC1, Batch: "bench", Rate: 1_000_000, AnyHour: true,
		Wait: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }, Told: func(_, _ int64) {},
	})
	if err == nil && r.Issued != bulkPeople {
		err = fmt.Errorf("%d certificates for %d people", r.Issued, bulkPeople)
	}
	return float64(time.Since(start).Microseconds()) / bulkPeople, err
}

// benchIssuer makes a key known and signs with it.
func benchIssuer(ctx context.Context, st *store.Store, country string) (store.Issuer, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return store.Issuer{}, err
	}
	now := time.Now().UTC().Truncate(time.Second)
	template := x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: now, NotAfter: now.AddDate(1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key)
	if err != nil {
		return store.Issuer{}, err
	}
	kid := credential.CertificateKid(der)
	signer, err := credential.NewSigner(key, kid)
	if err != nil {
		return store.Issuer{}, err
	}
	id := base64.RawURLEncoding.EncodeToString(kid)
	k := store.IssuerKey{ID: id, Use: string(issue.HC1), Certificate: der, SignsFrom: now, SignsUntil: now.AddDate(0, 1, 0), GoodUntil: now.AddDate(1, 0, 0)}
	return store.Issuer{Signers: map[string]credential.Signer{id: signer}, By: issue.Authority{Name: "Mock " + country}}, st.AddIssuerKey(ctx, k)
}

// yardstick signs as many digests.
func (s *bulkSides) yardstick(context.Context) (float64, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return 0, err
	}
	digest := sha256.Sum256([]byte("naru bench"))
	start := time.Now()
	for range bulkPeople {
		if _, err := ecdsa.SignASN1(rand.Reader, key, digest[:]); err != nil {
			return 0, err
		}
	}
	return float64(time.Since(start).Microseconds()) / bulkPeople, nil
}

func (s *bulkSides) close() error { return nil }
