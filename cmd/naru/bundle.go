package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"naru/internal/agency"
	"naru/internal/bundle"
	"naru/internal/i18n"
	"naru/internal/incident"
	"naru/internal/issue"
	"naru/internal/pass"
	"naru/internal/store"
)

// BundleCmd is "naru bundle": the one file that scanners work from.
type BundleCmd struct {
	Make   BundleMakeCmd   `cmd:"" help:"Sign what scanners know today and publish it."`
	Show   BundleShowCmd   `cmd:"" help:"Print what is in a bundle, without judging its signature."`
	Verify BundleVerifyCmd `cmd:"" help:"Say whether a scanner would take a bundle. Status 0 or 1."`
}

// BundleMakeCmd is "naru bundle make".
type BundleMakeCmd struct {
	KeysFlags
	Keys    string `required:"" placeholder:"DIR" help:"Folder of the private keys, with one for lists."`
	Good    int    `default:"30" placeholder:"DAYS" help:"Days for which scanners may work from it, offline."`
	Address string `placeholder:"URL" help:"Address of the card issuer."`
	Out     string `placeholder:"FILE" help:"Write the file here as well, for another host."`
}

// Run signs with the newest key for lists.
func (cmd *BundleMakeCmd) Run(env *Env) error {
	if cmd.Good < 1 || cmd.Good > 365 {
		return usage(errors.New("--good: from 1 to 365 days"))
	}
	return cmd.act(env, "make bundle", func(ctx context.Context, s *store.Store, a *agency.Agency) error {
		key, err := listSigner(ctx, env, s, cmd.Keys)
		if err != nil {
			return err
		}
		words, err := scannerWords(a)
		if err != nil {
			return err
		}
		n := store.NewBundle{Good: time.Duration(cmd.Good) * 24 * time.Hour, By: issue.Authority{Address: cmd.Address}, Words: words}
		b, err := s.MakeBundle(ctx, key, n)
		if err != nil {
			return err
		}
		if cmd.Out != "" {
			_, file, err := s.Bundle(ctx, int64(b.Version)) //nolint:gosec // counts up by one
			if err != nil {
				return err
			}
			if err := os.WriteFile(cmd.Out, file, 0o644); err != nil { //nolint:gosec // it is public
				return err
			}
		}
		_, err = fmt.Fprintf(env.Stdout, "bundle %d is published, good until %s\n", b.Version, b.GoodUntil.Format(time.RFC3339))
		return err
	})
}

// scannerWords are the sentences about passes, in every language of the agency: scanner,
// wallet and pages say the same.
func scannerWords(a *agency.Agency) (map[string]incident.Text, error) {
	catalogue, err := i18n.New()
	if err != nil {
		return nil, err
	}
	words := map[string]incident.Text{}
	for _, r := range pass.Reasons() {
		id := "pass." + string(r)
		words[id] = incident.Text{}
		for _, lang := range a.LanguageCodes() {
			words[id][lang] = catalogue.T(lang, id, nil)
		}
	}
	return words, nil
}

// listSigner is the newest key that signs lists.
func listSigner(ctx context.Context, env *Env, s *store.Store, dir string) (*ecdsa.PrivateKey, error) {
	keys, err := s.IssuerKeys(ctx)
	if err != nil {
		return nil, err
	}
	var newest store.IssuerKey
	for _, k := range keys {
		if k.Use == store.ListUse && k.Signs(env.Now()) {
			newest = k
		}
	}
	if newest.ID == "" {
		return nil, errors.New("no key signs lists; make one: naru keys new --for list")
	}
	return readSigner(dir, newest)
}

// BundleShowCmd is "naru bundle show".
type BundleShowCmd struct {
	File string `arg:"" help:"The bundle."`
}

// Run prints the JSON.
func (cmd *BundleShowCmd) Run(env *Env) error {
	file, err := readBounded(cmd.File, bundle.MaxFile)
	if err != nil {
		return usage(err)
	}
	c, err := bundle.Peek(file)
	if err != nil {
		return err
	}
	e := json.NewEncoder(env.Stdout)
	e.SetIndent("", "  ")
	return e.Encode(c)
}

// BundleVerifyCmd is "naru bundle verify".
type BundleVerifyCmd struct {
	File  string `arg:"" help:"The bundle."`
	Key   string `required:"" placeholder:"KEY" help:"Public key of lists: base64 of its certificate or SubjectPublicKeyInfo (DER), as naru keys list prints it."`
	Floor uint64 `placeholder:"VERSION" help:"The highest version that was seen before."`
}

// Run opens it as a scanner does.
func (cmd *BundleVerifyCmd) Run(env *Env) error {
	file, err := readBounded(cmd.File, bundle.MaxFile)
	if err != nil {
		return usage(err)
	}
	key, err := listKey(cmd.Key)
	if err != nil {
		return usage(fmt.Errorf("--key: %w", err))
	}
	b, err := bundle.Open(file, cmd.Floor, key)
	if err != nil {
		return err
	}
	state := "good until "
	if b.Over(env.Now()) {
		state = "PAST ITS END: everything is CANNOT TELL since "
	}
	_, err = fmt.Fprintf(env.Stdout, "bundle %d, %s old, %s%s\n", b.Version, b.Age(env.Now()).Round(time.Minute), state, b.GoodUntil.Format(time.RFC3339))
	return err
}

func listKey(text string) (*ecdsa.PublicKey, error) {
	der, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, errors.New("not base64")
	}
	public, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, errors.New("no public key and no certificate")
		}
		public = c.PublicKey
	}
	key, ok := public.(*ecdsa.PublicKey)
	if !ok {
		return nil, errors.New("no EC key")
	}
	return key, nil
}
