package main

import (
	"context"
	"encoding/json"
	"os"
	"os/signal"
	"syscall"
	"time"

	"naru/internal/bench"
)

// LoadCmd is "naru load", which "naru bench gate" starts.
type LoadCmd struct {
	Addr        string        `arg:"" help:"Address of a server on this machine."`
	Path        string        `arg:"" help:"What to ask for."`
	Connections int           `default:"64" help:"Connections."`
	For         time.Duration `default:"2s" help:"How long."`
	Every       time.Duration `help:"Each connection asks once in this time (default: as fast as it is answered)."`
}

// Run prints what it saw as one JSON object.
func (cmd *LoadCmd) Run(env *Env) error {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	r, err := bench.Load{Addr: cmd.Addr, Path: cmd.Path, Connections: max(cmd.Connections, 1), Length: cmd.For, Every: cmd.Every}.Run(ctx)
	if err != nil {
		return err
	}
	return json.NewEncoder(env.Stdout).Encode(r)
}
