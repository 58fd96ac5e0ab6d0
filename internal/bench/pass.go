package bench

import (
	"context"
	"crypto/ecdsa"
	"errors"

	"naru/internal/caldate"
	"naru/internal/pass"
)

// openPass verifies a hundred presentations in turn, each with the credential of another id.
func openPass(_ context.Context, b *bench) (sides, error) {
	c, err := newCredentials()
	if err != nil {
		return nil, err
	}
	texts := make([]string, 100)
	for i := range texts {
		credential, err := c.pass()
		if err != nil {
			return nil, err
		}
		if texts[i], err = pass.Present(c.key, credential, pass.Shown{Time: c.issued}); err != nil {
			return nil, err
		}
	}
	key := pass.Key{Kid: pass.Kid(c.signer.Kid), Public: &c.key.PublicKey, Passes: true}
	trust := pass.NewTrust(c.issued.AddDate(1, 0, 0), []pass.Key{key}, nil, nil)
	n := 0
	return &inTurns{length: b.Length, act: func() error {
		n++
		u, err := pass.Parse(texts[n%len(texts)])
		if err != nil {
			return err
		}
		_, err = u.Verify(trust, pass.Check{Now: c.issued})
		return err
	}, raw: func() error {
		if !ecdsa.VerifyASN1(&c.key.PublicKey, c.digest[:], c.der) {
			return errors.New("the raw signature was not verified")
		}
		return nil
	}}, nil
}

// pass is another credential at each call.
func (c *credentials) pass() ([]byte, error) {
	c.number++
	proof, err := pass.VaccinationOn(2, 2, caldate.Date{Year: 2021, Month: 8, Day: 20})
	if err != nil {
		return nil, err
	}
	holder, err := pass.HolderKeyOf(&c.key.PublicKey)
	if err != nil {
		return nil, err
	}
	return pass.Issue(c.signer, pass.ID{byte(c.number), byte(c.number >> 8), byte(c.number >> 16)}, holder, proof)
}
