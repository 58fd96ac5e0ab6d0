package bench

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// askEvery is how often each connection of the measure asks: as people ask who
// are a few hundred places from their turn.
const askEvery = 5 * time.Second

// spareFiles is what a process opens beside connections.
const spareFiles = 1000

// openSides holds connections open that ask now and then.
type openSides struct {
	*boardSides
	clients [2]Loaded
}

func openConnections(ctx context.Context, b *bench) (sides, error) {
	if err := moreFiles(uint64(b.Connections + spareFiles)); err != nil { //nolint:gosec // checked
		return nil, &MissingError{fmt.Errorf("%d connections need as many open files in each process: %w; raise the hard limit (ulimit -Hn)", b.Connections, err)}
	}
	s, err := b.newBoard(ctx)
	if err != nil {
		return nil, err
	}
	return &openSides{boardSides: s}, nil
}

func (s *openSides) ours(ctx context.Context) (float64, error) { return s.hold(ctx, s.naru, 0) }

func (s *openSides) yardstick(ctx context.Context) (float64, error) { return s.hold(ctx, s.nginx, 1) }

// hold opens the connections and returns by how much the server grew for each:
// the most that was seen while they asked.
func (s *openSides) hold(ctx context.Context, p *program, side int) (float64, error) {
	before := resident(p.cmd.Process.Pid)
	most := before
	done := make(chan struct{})
	var err error
	go func() {
		defer close(done)
		s.clients[side], err = s.b.load(ctx, Load{
			Addr: p.addr, Path: s.path, Connections: s.b.Connections, Length: max(s.b.Length, 3*askEvery), Every: askEvery,
		})
	}()
	for look := time.NewTicker(100 * time.Millisecond); ; {
		select {
		case <-done:
			look.Stop()
			return float64(most-before) / float64(s.b.Connections), err
		case <-look.C:
			most = max(most, resident(p.cmd.Process.Pid))
		}
	}
}

func (s *openSides) detail(r *Result) { r.Clients, r.Runs = s.clients[:], 1 }

// resident is the memory of a process and its children, in bytes.
func resident(pid int) int {
	total := 0
	if text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid)); err == nil {
		for line := range strings.Lines(string(text)) {
			if rest, found := strings.CutPrefix(line, "VmRSS:"); found {
				kb, _ := strconv.Atoi(strings.Fields(rest)[0])
				total = kb << 10
			}
		}
	}
	children, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid)) // none, or ended
	for _, child := range strings.Fields(string(children)) {
		if n, err := strconv.Atoi(child); err == nil {
			total += resident(n)
		}
	}
	return total
}
