package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// Load is what the client's own process is told to do.
type Load struct {
	Addr        string // of a server on this machine
	Path        string // to ask for
	Connections int
	Length      time.Duration
	Every       time.Duration // each connection asks once in this time; 0: as fast as it is answered
}

// Loaded is what the client saw. Times are from when an answer was due to be
// asked for until it was there, where there is an Every.
type Loaded struct {
	Connections int     `json:"connections"`
	Answers     int     `json:"answers"`
	Errors      int     `json:"errors"`
	Seconds     float64 `json:"seconds"`
	P50         float64 `json:"p50_ms,omitempty"`
	P99         float64 `json:"p99_ms,omitempty"`
}

// args are those of the hidden command that runs Load in a process of its own.
func (l Load) args() []string {
	return []string{
		"load", l.Addr, l.Path, "--connections", strconv.Itoa(l.Connections), "--for", l.Length.String(), "--every", l.Every.String(),
	}
}

// load runs the client beside the servers, so that it competes with both alike.
func (b *bench) load(ctx context.Context, l Load) (Loaded, error) {
	cmd := b.Command(l.args()...)
	endWithUs(cmd)
	cmd.Stderr = b.Log
	out, err := cmd.Output()
	if err != nil {
		return Loaded{}, fmt.Errorf("client: %w", err)
	}
	var r Loaded
	if err := json.Unmarshal(out, &r); err != nil {
		return Loaded{}, fmt.Errorf("client: %w", err)
	}
	return r, ctx.Err()
}

func (l Load) request() []byte {
	return []byte("GET " + l.Path + " HTTP/1.1\r\nHost: " + l.Addr + "\r\nAccept: application/json\r\n\r\n")
}
