package main

import (
	"context"
	"errors"
	"log/slog"

	"naru/internal/agency"
	"naru/internal/store"
)

// inStore opens a store for one piece of work and closes it. No server may be
// running on a data folder meanwhile; beside a PostgreSQL (url) servers may run,
// and the folder has to hold their keys.
func inStore(env *Env, dir, url string, a *agency.Agency, work func(context.Context, *store.Store) error) error {
	if url == "" {
		release, err := lockFolder(dir)
		if err != nil {
			return err
		}
		defer release()
	}
	ctx := context.Background()
	h := &host{env: env, log: slog.New(slog.NewTextHandler(env.Stderr, nil))}
	s, err := store.Open(ctx, store.Options{Dir: dir, DB: url, Now: env.Now, Agency: a, Log: h.log, Fatal: h.fatal})
	if err != nil {
		return err
	}
	return errors.Join(work(ctx, s), s.Close())
}
