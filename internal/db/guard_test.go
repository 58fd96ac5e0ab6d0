package db

import (
	"path/filepath"
	"strings"
	"testing"
)

// A primary that was replaced is refused, also by a node that was started anew.
func TestAnOlderPrimaryIsRefused(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "primary")
	g := &Guard{File: file}
	for _, step := range []struct {
		system   string
		timeline uint32
		restart  bool
		want     string // of the error; "": taken
	}{
		{"s1", 1, false, ""},
		{"s1", 1, true, ""},
		{"s1", 2, false, ""},
		{"s1", 1, false, "older than 2"},
		{"s1", 1, true, "older than 2"},
		{"s2", 5, true, "another cluster"},
		{"s1", 3, false, ""},
		{"s1", 2, true, "older than 3"},
	} {
		if step.restart {
			g = &Guard{File: file}
		}
		_, err := g.see(step.system, step.timeline)
		if step.want == "" && err != nil || step.want != "" && (err == nil || !strings.Contains(err.Error(), step.want)) {
			t.Errorf("%s, timeline %d: %v, want %q", step.system, step.timeline, err, step.want)
		}
	}
}
