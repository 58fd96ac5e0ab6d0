package drill

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func entry(fence string) string {
	return `{"time":"2026-01-02T03:04:05Z","level":"INFO","msg":"this node leads","fence":` + fence + `}` + "\n"
}

func TestLastFence(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		log  string
		want int64
	}{
		"empty":                     {"", 0},
		"never led":                 {`{"msg":"request"}` + "\n", 0},
		"led once":                  {`{"msg":"request"}` + "\n" + entry("3") + `{"msg":"request"}` + "\n", 3},
		"led twice":                 {entry("3") + entry("7"), 7},
		"said by somebody else":     {`{"msg":"request","x":"this node leads","fence":9}` + "\n", 0},
		"no log line":               {"this node leads 9\n", 0},
		"a fence that is no number": {entry(`"x"`), 0},
	} {
		if got := lastFence([]byte(c.log)); got != c.want {
			t.Errorf("%s: %d, want %d", what, got, c.want)
		}
	}
}

// A log is read on from where the last look ended, also over lines that were
// half written then and over more than one block.
func TestReadLog(t *testing.T) {
	t.Parallel()
	log, err := os.Create(filepath.Join(t.TempDir(), "server.log"))
	must(t, err)
	defer func() { must(t, log.Close()) }()
	n := &node{log: log}
	half := entry("4")
	for i, c := range []struct {
		text string
		want int64
	}{
		{"", 0},
		{entry("2"), 2},
		{strings.Repeat(`{"msg":"request"}`+"\n", 100_000), 2},
		{half[:30], 2},
		{half[30:], 4},
		{strings.Repeat("x", 3<<20) + "\n" + entry("5") + strings.Repeat("y", 1<<20), 5},
		{"\n" + entry("6"), 6},
	} {
		_, err := log.WriteString(c.text)
		must(t, err)
		must(t, n.readLog())
		if n.fence != c.want {
			t.Errorf("look %d: %d, want %d", i, n.fence, c.want)
		}
	}
}

// An entry that lies over the end of a block is read whole.
func TestReadLogOverBlocks(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "server.log")
	must(t, os.WriteFile(name, []byte(strings.Repeat("x", 1<<20-41)+"\n"+entry("8")), 0o600))
	log, err := os.Open(name)
	must(t, err)
	defer func() { must(t, log.Close()) }()
	n := &node{log: log}
	if must(t, n.readLog()); n.fence != 8 {
		t.Errorf("fence %d", n.fence)
	}
}

func FuzzLastFence(f *testing.F) {
	f.Add([]byte(entry("1")))
	f.Add([]byte("\nthis node leads\n"))
	f.Fuzz(func(_ *testing.T, log []byte) { lastFence(log) })
}
