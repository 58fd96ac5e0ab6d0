package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"naru/internal/agency"
	"naru/internal/store"
)

// SignPassesCmd is "naru credential sign-passes": the issuer of passes. It holds the keys and
// serves nobody; beside a PostgreSQL it runs as long as the servers do.
type SignPassesCmd struct {
	KeysFlags
	Keys string `required:"" placeholder:"DIR" help:"Folder of the private keys."`
	Once bool   `help:"Sign what waits, and end."`
}

// A round of signing, and the rest after one that found nothing.
const (
	passesARound = 200
	signingRest  = 500 * time.Millisecond
)

// Run signs until the process is told to end.
func (cmd *SignPassesCmd) Run(env *Env) error {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	return cmd.act(env, "sign passes", func(_ context.Context, s *store.Store, _ *agency.Agency) error {
		flags := IssueAllCmd{Keys: cmd.Keys, For: store.PassUse}
		by, err := flags.issuer(ctx, s)
		if err != nil {
			return err
		}
		for total := 0; ; {
			n, err := s.SignPasses(ctx, by, passesARound)
			total += n
			switch {
			case ctx.Err() != nil, err == nil && n == 0 && cmd.Once:
				_, err := fmt.Fprintf(env.Stdout, "%d loads signed\n", total)
				return err
			case err != nil && cmd.Once:
				return errors.Join(err, fmt.Errorf("%d loads were signed; repeat the command", total))
			case err != nil:
				say(env.Stderr, err) // and the next round tries again
			case n > 0:
				continue
			}
			select {
			case <-ctx.Done():
			case <-time.After(signingRest):
			}
		}
	})
}
