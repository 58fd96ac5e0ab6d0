package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"syscall"
	"time"

	"naru/internal/agency"
	"naru/internal/credential"
	"naru/internal/issue"
	"naru/internal/store"
)

// CredentialCmd is "naru credential": certificates of the immunisation record.
type CredentialCmd struct {
	IssueAll IssueAllCmd   `cmd:"" name:"issue-all" help:"Issue the certificates of everybody that are not there yet, in quiet hours."`
	Sign     SignPassesCmd `cmd:"" name:"sign-passes" help:"Sign what wallets have asked for."`
}

// IssueAllCmd is "naru credential issue-all". Ended anywhere, the same command goes on.
type IssueAllCmd struct {
	KeysFlags
	Keys    string `required:"" placeholder:"DIR" help:"Folder of the private keys."`
	For     string `default:"hc1" enum:"hc1,shc" help:"Format: hc1, shc."`
	Batch   string `required:"" placeholder:"NAME" help:"Name of the batch, by which it can be revoked; without names of people."`
	Name    string `required:"" help:"Name of the issuer on certificates."`
	Address string `placeholder:"URL" help:"Address of the card issuer (shc)."`
	Rate    int    `default:"200" help:"Certificates a second at most."`
	AnyHour bool   `name:"any-hour" help:"Do not wait for quiet hours (they leave out 11-14 and 17-21)."`
}

// Run issues until everybody has theirs or the process is told to end.
func (cmd *IssueAllCmd) Run(env *Env) error {
	if cmd.Rate < 1 || cmd.Rate > 100_000 {
		return usage(errors.New("--rate: from 1 to 100000"))
	}
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	return cmd.act(env, "issue all", func(_ context.Context, s *store.Store, a *agency.Agency) error {
		by, err := cmd.issuer(ctx, s)
		if err != nil {
			return err
		}
		b := newBar(env.Stderr)
		defer b.end()
		all := store.BulkIssue{
			By: by, Format: issue.Format(cmd.For), Batch: cmd.Batch, Rate: cmd.Rate, AnyHour: cmd.AnyHour,
			Wait: func(ctx context.Context, d time.Duration) error {
				select {
				case <-ctx.Done():
					return ctx.Err()
				case <-time.After(d):
					return nil
				}
			},
			Told: func(done, of int64) { b.show(store.Moving{Table: "people", Rows: done, Of: of}) },
		}
		r, err := s.IssueAll(ctx, all)
		_, _ = fmt.Fprintf(env.Stdout, "%d people, %d certificates, %d that the form has no words for\n", r.People, r.Issued, r.Left) // the error says more
		return err
	})
}

// issuer loads the private keys that are there; one whose file is elsewhere is left out.
func (cmd *IssueAllCmd) issuer(ctx context.Context, s *store.Store) (store.Issuer, error) {
	by := store.Issuer{Signers: map[string]credential.Signer{}, By: issue.Authority{Name: cmd.Name, Address: cmd.Address}}
	keys, err := s.IssuerKeys(ctx)
	if err != nil {
		return by, err
	}
	for _, k := range keys {
		if k.Use != cmd.For || !k.Revoked.IsZero() {
			continue
		}
		key, err := readSigner(cmd.Keys, k)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return by, err
		}
		kid, err := k.Kid()
		if err != nil {
			return by, err
		}
		signer, err := credential.NewSigner(key, kid)
		if err == nil {
			err = signer.Check()
		}
		if err != nil {
			return by, fmt.Errorf("key %s: %w", k.ID, err)
		}
		by.Signers[k.ID] = signer
	}
	if len(by.Signers) == 0 {
		return by, fmt.Errorf("no key for %s is in %s; make one: naru keys new --for %s", cmd.For, cmd.Keys, cmd.For)
	}
	return by, nil
}
