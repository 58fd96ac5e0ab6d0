package main

import (
	"context"
	"errors"
	"log/slog"

	"naru/internal/agency"
	"naru/internal/store"
)

// inFolder opens the store of a data folder for one piece of work and closes
// it. No server may be running on the folder meanwhile.
func inFolder(env *Env, dir string, a *agency.Agency, work func(context.Context, *store.Store) error) error {
	release, err := lockFolder(dir)
	if err != nil {
		return err
	}
	defer release()
	ctx := context.Background()
	h := &host{env: env, log: slog.New(slog.NewTextHandler(env.Stderr, nil))}
	s, err := store.Open(ctx, store.Options{Dir: dir, Now: env.Now, Agency: a, Log: h.log, Fatal: h.fatal})
	if err != nil {
		return err
	}
	return errors.Join(work(ctx, s), s.Close())
}
