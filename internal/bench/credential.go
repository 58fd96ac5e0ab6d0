package bench

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"naru/internal/credential"
)

// verifyMeasures are the time to parse and verify a certificate, whole, beside
// the raw verification of one P-256 signature.
func verifyMeasures() []measure {
	const raw = "crypto/ecdsa.VerifyASN1 over P-256 of one digest, in turns of 8 with ours; the median turn"
	return []measure{
		{name: "hc1", unit: "µs", yardstickIs: raw, open: openVerify(func(s *credentials) (string, error) {
			return credential.IssueHC1(s.signer, s.dose())
		})},
		{name: "shc", unit: "µs", yardstickIs: raw, open: openVerify(func(s *credentials) (string, error) {
			jws, err := s.card()
			return credential.SHCText(jws), err
		})},
		{name: "pass", unit: "µs", yardstickIs: raw, open: openPass},
	}
}

// issueMeasures are the time to make and sign a certificate, beside the raw
// signature.
func issueMeasures() []measure {
	const raw = "crypto/ecdsa.SignASN1 over P-256 of one digest, in turns of 8 with ours; the median turn"
	return []measure{
		bulkMeasure(),
		{name: "hc1_issue", unit: "µs", yardstickIs: raw, open: openIssue(func(s *credentials) error {
			_, err := credential.IssueHC1(s.signer, s.dose())
			return err
		})},
		{name: "shc_issue", unit: "µs", yardstickIs: raw, open: openIssue(func(s *credentials) error {
			_, err := s.card()
			return err
		})},
		{name: "pass_issue", unit: "µs", yardstickIs: raw, open: openIssue(func(s *credentials) error {
			_, err := s.pass()
			return err
		})},
	}
}

// credentials is what the measures issue and verify: one dose of a made-up
// person, of the size that real certificates have.
type credentials struct {
	key    *ecdsa.PrivateKey
	signer credential.Signer
	digest [sha256.Size]byte
	der    []byte
	issued time.Time
	number int
}

func newCredentials() (*credentials, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	c := &credentials{key: key, digest: sha256.Sum256([]byte("naru bench")), issued: time.Date(2021, 12, 1, 0, 0, 0, 0, time.UTC)}
	kid, err := credential.Thumbprint(&key.PublicKey)
	if err != nil {
		return nil, err
	}
	if c.signer, err = credential.NewSigner(key, kid[:8]); err != nil {
		return nil, err
	}
	c.der, err = ecdsa.SignASN1(rand.Reader, key, c.digest[:])
	return c, err
}

// dose is another certificate at each call.
func (c *credentials) dose() credential.HC1 {
	c.number++
	return credential.HC1{Issuer: "KR", IssuedAt: c.issued, Expires: c.issued.AddDate(1, 0, 0), DCC: credential.DCC{
		Version: "1.3.0", Born: "1965-03-02",
		Name: credential.Name{Family: "모의김", FamilyStandard: "MOUIKIM", Given: "나루", GivenStandard: "NARU"},
		Vaccinations: []credential.Vaccination{{
			Target: "840539006", Prophylaxis: "1119349007", Product: "EU/1/20/1528", Manufacturer: "ORG-100030215", Dose: 2, Doses: 2,
			Date: "2021-08-20", Country: "KR", Issuer: "Mock agency", ID: fmt.Sprintf("URN:UVCI:01:KR:%020d#K", c.number),
		}},
	}}
}

func (c *credentials) card() (string, error) {
	c.number++
	bundle, err := credential.ImmunizationBundle(
		credential.Patient{Family: "Mouikim", Given: "Naru", Born: "1965-03-02"},
		[]credential.Immunization{
			{CodeSystem: "http://hl7.org/fhir/sid/cvx", Code: "207", Date: "2021-07-20", Lot: fmt.Sprintf("%07d", c.number), Performer: "Mock clinic"},
			{CodeSystem: "http://hl7.org/fhir/sid/cvx", Code: "207", Date: "2021-08-20", Lot: "0000007", Performer: "Mock clinic"},
		})
	if err != nil {
		return "", err
	}
	return credential.IssueSHC(c.signer, credential.SHC{
		Issuer: "https://shc.example.org/issuer", NotBefore: c.issued, RevocationID: "r1",
		Types: []string{credential.TypeImmunization, credential.TypeCOVID19}, Bundle: bundle,
	})
}

// openVerify prepares a hundred certificates, so that none is a favourite of the
// processor's caches.
func openVerify(issue func(*credentials) (string, error)) opener {
	return func(_ context.Context, b *bench) (sides, error) {
		c, err := newCredentials()
		if err != nil {
			return nil, err
		}
		texts := make([]string, 100)
		for i := range texts {
			if texts[i], err = issue(c); err != nil {
				return nil, err
			}
		}
		trust := credential.NewTrust(credential.Key{Kid: c.signer.Kid, Public: &c.key.PublicKey, Usage: credential.UseHC1 | credential.UseCard})
		n := 0
		return &inTurns{length: b.Length, act: func() error {
			n++
			u, err := credential.Parse(texts[n%len(texts)])
			if err != nil {
				return err
			}
			_, err = u.Verify(trust, c.issued)
			return err
		}, raw: func() error {
			if !ecdsa.VerifyASN1(&c.key.PublicKey, c.digest[:], c.der) {
				return errors.New("the raw signature was not verified")
			}
			return nil
		}}, nil
	}
}

func openIssue(issue func(*credentials) error) opener {
	return func(_ context.Context, b *bench) (sides, error) {
		c, err := newCredentials()
		if err != nil {
			return nil, err
		}
		return &inTurns{length: b.Length, act: func() error { return issue(c) }, raw: func() error {
			_, err := ecdsa.SignASN1(rand.Reader, c.key, c.digest[:])
			return err
		}}, nil
	}
}

// inTurns measures two operations in turns of about a millisecond within one run:
// what else the machine does meets both alike. Whichever side is asked for first
// measures both, the other one is told what was found.
type inTurns struct {
	length   time.Duration
	act, raw func() error
	found    [2]float64 // ours and the yardstick, µs an operation; 0: not measured
}

// sliceBatch is how many operations a turn has: about a millisecond.
const sliceBatch = 8

func (p *inTurns) side(ctx context.Context, which int) (float64, error) {
	if p.found[which] == 0 {
		if err := p.measure(ctx); err != nil {
			return 0, err
		}
	}
	found := p.found[which]
	p.found[which] = 0
	return found, nil
}

// measure takes the median turn of each side: a turn in which the system gave
// the processor to others says nothing about either.
func (p *inTurns) measure(ctx context.Context) error {
	var turns [2][]float64
	for start := time.Now(); time.Since(start) < 2*p.length && ctx.Err() == nil; {
		for which, operation := range []func() error{p.act, p.raw} {
			began := time.Now()
			for range sliceBatch {
				if err := operation(); err != nil {
					return err
				}
			}
			turns[which] = append(turns[which], float64(time.Since(began).Nanoseconds())/1e3/sliceBatch)
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	for which := range p.found {
		p.found[which] = median(turns[which])
	}
	return nil
}

func (p *inTurns) ours(ctx context.Context) (float64, error)      { return p.side(ctx, 0) }
func (p *inTurns) yardstick(ctx context.Context) (float64, error) { return p.side(ctx, 1) }
func (p *inTurns) close() error                                   { return nil }
