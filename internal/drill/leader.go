package drill

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"naru/internal/db"
)

// leaderWords are what a node writes into its log when it takes the lead, with
// the fence it was given.
var leaderWords = []byte("this node leads")

// leader is the node that holds the lease, "" when nobody's log says so. The
// lease does not name its holder; the fence, which no two holders share, does.
func leader(ctx context.Context, nodes []*node, dir, url string) (string, error) {
	fence, err := leaseFence(ctx, dir, url)
	if err != nil {
		return "", fmt.Errorf("ask who leads: %w", err)
	}
	for _, n := range nodes {
		if err := n.readLog(); err != nil {
			return "", fmt.Errorf("ask who leads: %w", err)
		}
		if n.fence == fence && fence > 0 {
			return n.name, nil
		}
	}
	return "", nil
}

// leaseFence is the fence of the lease, 0 before there was one. It grows with
// each change of the leader.
func leaseFence(ctx context.Context, dir, url string) (fence int64, err error) {
	snap, err := db.OpenSnapshot(ctx, dir, url, "gate")
	if err != nil {
		return 0, err
	}
	err = snap.Read(ctx, `SELECT fence FROM gate.lease WHERE name = 'leader'`, nil, func(scan func(...any) error) error { return scan(&fence) })
	return fence, errors.Join(err, snap.Close())
}

// readLog looks through what the node has logged since the last look for the
// lead it took.
func (n *node) readLog() error {
	f, err := os.Open(n.log.Name())
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // only read
	if _, err := f.Seek(n.read, io.SeekStart); err != nil {
		return err
	}
	block := make([]byte, 1<<20)
	kept := 0 // of a line that is not whole yet
	for {
		got, err := f.Read(block[kept:])
		text := block[:kept+got]
		whole := bytes.LastIndexByte(text, '\n') + 1
		if fence := lastFence(text[:whole]); fence > 0 {
			n.fence = fence
		}
		n.read += int64(whole)
		if kept = copy(block, text[whole:]); kept == len(block) {
			n.read, kept = n.read+int64(kept), 0 // no line of ours is that long
		}
		if errors.Is(err, io.EOF) || got == 0 && err == nil {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// lastFence is the fence of the last lead taken in some lines of a log, or 0.
func lastFence(log []byte) int64 {
	i := bytes.LastIndex(log, leaderWords)
	if i < 0 {
		return 0
	}
	begin := bytes.LastIndexByte(log[:i], '\n') + 1
	line, _, _ := bytes.Cut(log[begin:], []byte("\n"))
	var entry struct {
		Msg   string
		Fence int64
	}
	if err := json.Unmarshal(line, &entry); err != nil || entry.Msg != string(leaderWords) {
		return 0
	}
	return entry.Fence
}
