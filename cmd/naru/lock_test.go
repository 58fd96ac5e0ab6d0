//go:build unix

package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// One process works in a data folder at a time; the next one is told, and may
// begin when the first has ended.
func TestOneProcessInAFolder(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new")
	release, err := lockFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lockFolder(dir); err == nil || !strings.Contains(err.Error(), "another naru works in "+dir) {
		t.Errorf("the second is told %v", err)
	}
	if other, err := lockFolder(t.TempDir()); err != nil {
		t.Errorf("in another folder: %v", err)
	} else {
		other()
	}
	release()
	again, err := lockFolder(dir)
	if err != nil {
		t.Fatalf("after the first ended: %v", err)
	}
	again()
}
