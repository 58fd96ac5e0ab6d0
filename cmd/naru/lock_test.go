//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"naru/examples"
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

// Imports are refused while a server has the folder, with what to do, and
// change nothing; they go on when it has ended.
func TestImportsAreRefusedWhileAServerRuns(t *testing.T) {
	t.Parallel()
	i := newImporter(t)
	for _, c := range []struct{ what, list string }{
		{"regions", string(examples.RegionsCSV)},
		{"clinics", facilityRows("a")},
	} {
		before, _ := os.ReadDir(filepath.Join(i.dir, "static"))
		release, err := lockFolder(i.dir)
		i.must(err)
		if err := i.run(c.what, c.list); err == nil || !strings.Contains(err.Error(), "another naru works in "+i.dir+"; end it first") {
			t.Errorf("import %s is told %v", c.what, err)
		}
		if after, _ := os.ReadDir(filepath.Join(i.dir, "static")); len(after) != len(before) {
			t.Errorf("import %s wrote beside the server", c.what)
		}
		release()
		i.must(i.run(c.what, c.list))
	}
}
