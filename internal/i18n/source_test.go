package i18n

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
)

// named is where the source names a message: a fault, or a call that puts a
// sentence on a page.
var named = regexp.MustCompile(`(?:fault\.New\([\w.]+, |fault\.Wrap\([\w.]+, |\.T\(|\.text\(\w+, |\.page\(r, |\.pageIn\([^"]*?, |Message: |Reason: )"([a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+)"`)

// Every fault that a domain, the store or a page can return has its sentence
// (rule W20).
func TestEveryMessageNamedInTheSourceIsWritten(t *testing.T) {
	t.Parallel()
	c, err := New()
	if err != nil {
		t.Fatal(err)
	}
	house, found := os.DirFS("../.."), 0
	err = fs.WalkDir(house, ".", func(path string, d fs.DirEntry, err error) error {
		source := strings.HasSuffix(path, ".templ") || strings.HasSuffix(path, ".go") &&
			!strings.HasSuffix(path, "_test.go") && !strings.HasSuffix(path, "_templ.go")
		if err != nil || d.IsDir() || !source {
			return err
		}
		text, err := fs.ReadFile(house, path)
		if err != nil {
			return err
		}
		for _, m := range named.FindAllSubmatch(text, -1) {
			found++
			id := string(m[1])
			built := strings.HasSuffix(id, "_") // the rest is added there
			if !built && !c.Has(id) || built && !c.hasPrefix(id) {
				t.Errorf("%s names %s, which is not in the catalogue", path, m[1])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if found < 100 {
		t.Errorf("only %d messages were found in the source: the search is broken", found)
	}
}

func (c *Catalogue) hasPrefix(prefix string) bool {
	for id := range c.ids {
		if strings.HasPrefix(id, prefix) {
			return true
		}
	}
	return false
}
