//go:build js && wasm

package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"

	"naru/internal/bundle"
	"naru/internal/caldate"
	"naru/internal/cose"
	"naru/internal/entry"
	"naru/internal/pass"
)

// warm judges a made-up pass of a made-up issuer by the rules of a bundle. A browser
// translates a program's parts when they first run, which takes a third of a second: it
// must not be that of the first person at the door. What it answers is of no matter.
func warm(b *bundle.Bundle) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	by, err1 := cose.NewSigner(key, []byte("warm-up-"))
	holder, err2 := pass.HolderKeyOf(&key.PublicKey)
	proof, err3 := pass.VaccinationOn(2, 2, caldate.Date{Year: 2021, Month: 7, Day: 10})
	raw, err4 := key.PublicKey.Bytes()
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return err
	}
	c, err := pass.Issue(by, pass.ID{}, holder, proof)
	if err != nil {
		return err
	}
	text, err := pass.Present(key, c, pass.Shown{Time: b.Issued})
	if err != nil {
		return err
	}
	content := b.Content
	e := base64.RawURLEncoding
	content.Trust, err = json.Marshal(map[string]any{"keys": []any{map[string]any{
		"kid": base64.StdEncoding.EncodeToString(by.Kid), "for": []string{bundle.ForPasses}, "crv": "P-256",
		"x": e.EncodeToString(raw[1:33]), "y": e.EncodeToString(raw[33:]),
	}}})
	if err != nil {
		return err
	}
	other, err := bundle.New(content)
	if err != nil {
		return err
	}
	known, err := entry.With(other)
	if err != nil {
		return err
	}
	q := entry.Question{Texts: []string{text}, At: b.Issued, Facility: b.Rules().Facilities[0].ID}
	for range 5 {
		_ = known.Judge(q)
	}
	return nil
}
