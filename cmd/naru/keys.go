package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"time"

	"naru/internal/agency"
	"naru/internal/credential"
	"naru/internal/issue"
	"naru/internal/staff"
	"naru/internal/store"
)

// KeysCmd is "naru keys": the keys that sign certificates and trust lists. No server may
// be running on the same folder; beside a PostgreSQL servers may run.
type KeysCmd struct {
	New     KeysNewCmd     `cmd:"" help:"Make a signing key."`
	List    KeysListCmd    `cmd:"" help:"List the keys, as one JSON object a line."`
	Retire  KeysRetireCmd  `cmd:"" help:"Let a key sign no more; what it has signed stays good."`
	Revoke  KeysRevokeCmd  `cmd:"" help:"Take a key back with everything it has signed, or all certificates of a batch. Publish afterwards."`
	Publish KeysPublishCmd `cmd:"" help:"Sign the list of keys and of what was revoked; servers hand it out."`
}

// KeysFlags are what all of them share.
type KeysFlags struct {
	Data   string `default:"naru-data" placeholder:"DIR" help:"Data folder."`
	DB     string `name:"db" env:"NARU_DB" placeholder:"URL" help:"PostgreSQL; the data folder holds the keys of its servers."`
	Agency string `placeholder:"FILE" help:"Agency file (default: Korea)."`
}

// act runs work on the store as an act of the console, which the audit remembers.
func (f *KeysFlags) act(env *Env, did string, work func(context.Context, *store.Store, *agency.Agency) error) error {
	a, err := loadAgency(f.Agency)
	if err != nil {
		return err
	}
	return inStore(env, f.Data, f.DB, a, func(ctx context.Context, s *store.Store) error {
		return s.ByConsole(ctx, staff.ManageKeys, map[string]string{"did": did}, func(ctx context.Context) error { return work(ctx, s, a) })
	})
}

// KeysNewCmd is "naru keys new".
type KeysNewCmd struct {
	KeysFlags
	Keys   string `required:"" placeholder:"DIR" help:"Folder of the private keys; no public server may read it."`
	For    string `required:"" enum:"hc1,shc,pass,list" help:"What it signs: hc1, shc, pass, or list (trust lists and bundles)."`
	Region string `placeholder:"CODE" help:"The only region it signs for (default: the country)."`
	Begins int    `default:"0" placeholder:"DAYS" help:"Days until it begins to sign: so long verifiers have to fetch it while the old one signs."`
	Signs  int    `default:"90" placeholder:"DAYS" help:"Days for which it signs."`
	Good   int    `default:"365" placeholder:"DAYS" help:"Days, after it begins, until which what it has signed is good."`
}

// Run makes the key, writes it to its file, and then makes it known.
func (cmd *KeysNewCmd) Run(env *Env) error {
	if cmd.Begins < 0 || cmd.Signs < 1 || cmd.Good < cmd.Signs || cmd.Good > 3650 {
		return usage(errors.New("--begins is 0 or more, --signs 1 or more, --good at least as long and at most 3650"))
	}
	if err := apartFrom(cmd.Data, cmd.Keys); err != nil {
		return usage(err)
	}
	return cmd.act(env, "new key", func(ctx context.Context, s *store.Store, a *agency.Agency) error {
		from := env.Now().UTC().Truncate(time.Second).AddDate(0, 0, cmd.Begins)
		k := store.IssuerKey{
			Use: cmd.For, Region: cmd.Region, SignsFrom: from, SignsUntil: from.AddDate(0, 0, cmd.Signs), GoodUntil: from.AddDate(0, 0, cmd.Good),
		}
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return err
		}
		if err := certify(&k, key, a.Country); err != nil {
			return err
		}
		if err := writeSigner(cmd.Keys, k, key); err != nil {
			return err
		}
		if err := s.AddIssuerKey(ctx, k); err != nil {
			return err
		}
		_, err = fmt.Fprintln(env.Stdout, k.ID)
		return err
	})
}

// apartFrom refuses keys in the data folder: a public server has it.
func apartFrom(data, keys string) error {
	d, err1 := filepath.Abs(data)
	k, err2 := filepath.Abs(keys)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	if inside, err := filepath.Rel(d, k); err == nil && filepath.IsLocal(inside) {
		return errors.New("--keys: the folder of private keys must not be in the data folder, which public servers read")
	}
	return nil
}

// certify makes the certificate that other countries know the key by, and its id.
func certify(k *store.IssuerKey, key *ecdsa.PrivateKey, country string) error {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return err
	}
	template := x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{Country: []string{country}, CommonName: "naru " + k.Use + " " + k.SignsFrom.Format("2006-01-02")},
		NotBefore: k.SignsFrom, NotAfter: k.GoodUntil, KeyUsage: x509.KeyUsageDigitalSignature,
	}
	if k.Certificate, err = x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key); err != nil {
		return err
	}
	kid := credential.CertificateKid(k.Certificate)
	if k.Use == string(issue.SHC) {
		if kid, err = credential.Thumbprint(&key.PublicKey); err != nil {
			return err
		}
	}
	k.ID = base64.RawURLEncoding.EncodeToString(kid)
	return nil
}

// writeSigner writes a private key where nobody else reads it, durably.
func writeSigner(dir string, k store.IssuerKey, key *ecdsa.PrivateKey) error {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(dir, k.Use+"-"+k.ID+".pem"), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // the operator's own folder
	if err != nil {
		return err
	}
	if err := pem.Encode(f, &pem.Block{Type: "PRIVATE KEY", Bytes: der}); err != nil {
		return errors.Join(err, f.Close())
	}
	return errors.Join(f.Sync(), f.Close())
}

// readSigner reads the private key of one that is known.
func readSigner(dir string, k store.IssuerKey) (*ecdsa.PrivateKey, error) {
	text, err := os.ReadFile(filepath.Join(dir, k.Use+"-"+k.ID+".pem")) //nolint:gosec // the operator's own folder
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("key %s: the file is not PEM", k.ID)
	}
	private, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("key %s: %w", k.ID, err)
	}
	key, ok := private.(*ecdsa.PrivateKey)
	certificate, err := x509.ParseCertificate(k.Certificate)
	if !ok || err != nil || !key.PublicKey.Equal(certificate.PublicKey) {
		return nil, fmt.Errorf("key %s: the file is of another key", k.ID)
	}
	return key, nil
}

// KeysListCmd is "naru keys list".
type KeysListCmd struct{ KeysFlags }

// Run prints what is public of each key.
func (cmd *KeysListCmd) Run(env *Env) error {
	return cmd.act(env, "list keys", func(ctx context.Context, s *store.Store, _ *agency.Agency) error {
		keys, err := s.IssuerKeys(ctx)
		if err != nil {
			return err
		}
		for _, k := range keys {
			line := map[string]any{
				"key": k.ID, "for": k.Use, "region": k.Region, "signs_from": k.SignsFrom, "signs_until": k.SignsUntil, "good_until": k.GoodUntil,
				"signs": k.Signs(env.Now()), "revoked": !k.Revoked.IsZero(),
			}
			if err := json.NewEncoder(env.Stdout).Encode(line); err != nil {
				return err
			}
		}
		return nil
	})
}

// KeysRetireCmd is "naru keys retire".
type KeysRetireCmd struct {
	KeysFlags
	Key string `arg:"" help:"Id of the key."`
}

// Run ends the signing.
func (cmd *KeysRetireCmd) Run(env *Env) error {
	return cmd.act(env, "retire key", func(ctx context.Context, s *store.Store, _ *agency.Agency) error { return s.RetireKey(ctx, cmd.Key) })
}

// KeysRevokeCmd is "naru keys revoke".
type KeysRevokeCmd struct {
	KeysFlags
	Key   string `arg:"" optional:"" help:"Id of the key."`
	Batch string `placeholder:"NAME" help:"Revoke the certificates of this batch, one by one, and no key."`
}

// Run revokes.
func (cmd *KeysRevokeCmd) Run(env *Env) error {
	if (cmd.Key == "") == (cmd.Batch == "") {
		return usage(errors.New("name a key, or a batch with --batch"))
	}
	return cmd.act(env, "revoke", func(ctx context.Context, s *store.Store, _ *agency.Agency) error {
		if cmd.Key != "" {
			return s.RevokeKey(ctx, cmd.Key)
		}
		n, err := s.RevokeBatch(ctx, cmd.Batch)
		if err != nil {
			return fmt.Errorf("%d certificates were revoked, then: %w; repeat the command", n, err)
		}
		_, err = fmt.Fprintf(env.Stdout, "%d certificates revoked\n", n)
		return err
	})
}

// KeysPublishCmd is "naru keys publish".
type KeysPublishCmd struct {
	KeysFlags
	Keys    string `required:"" placeholder:"DIR" help:"Folder of the private keys, with one for lists."`
	Address string `placeholder:"URL" help:"Address of the card issuer."`
}

// Run signs with the newest key for lists.
func (cmd *KeysPublishCmd) Run(env *Env) error {
	return cmd.act(env, "publish keys", func(ctx context.Context, s *store.Store, _ *agency.Agency) error {
		key, err := listSigner(ctx, env, s, cmd.Keys)
		if err != nil {
			return err
		}
		l, err := s.PublishTrust(ctx, key, issue.Authority{Address: cmd.Address})
		if err == nil {
			_, err = fmt.Fprintf(env.Stdout, "list %d is published\n", l.Version)
		}
		return err
	})
}

// refuseIssuerKeys refuses a data folder in which somebody has put issuers' keys: a server
// that faces the public must not be able to read them (rule T49).
func refuseIssuerKeys(dir string) error {
	for _, at := range []string{dir, filepath.Join(dir, "*")} {
		for _, use := range []string{string(issue.HC1), string(issue.SHC), store.PassUse, store.ListUse} {
			found, err := filepath.Glob(filepath.Join(at, use+"-*.pem"))
			if err != nil {
				return err
			}
			if len(found) > 0 {
				return fmt.Errorf("%s is a private key of an issuer; move it to a machine that serves nobody", found[0])
			}
		}
	}
	return nil
}
