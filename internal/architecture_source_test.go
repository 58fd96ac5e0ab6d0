package internal_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "naru/"

// source is one parsed Go file and where it stands.
type source struct {
	name  string // path from the root of the repository
	room  string // its folder: the package's path without the module
	test  bool
	set   *token.FileSet
	file  *ast.File
	lines int
}

// inspect reads every Go file of the repository and returns what breaks the
// tables of architecture_test.go, one sentence each, in order.
func inspect(t *testing.T, repo fs.FS) []string {
	t.Helper()
	sources := readSources(t, repo)
	faults := checkRooms(sources)
	for _, s := range sources {
		faults = append(faults, checkSize(s)...)
		faults = append(faults, checkClock(s)...)
		if !s.test {
			faults = append(faults, checkImports(s)...)
			faults = append(faults, checkGoroutines(s)...)
		}
	}
	slices.Sort(faults)
	return slices.Compact(faults)
}

func readSources(t *testing.T, repo fs.FS) []source {
	t.Helper()
	var all []source
	for _, name := range filesOf(t, repo, ".go") {
		data, err := fs.ReadFile(repo, name)
		if err != nil {
			t.Fatal(err)
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, data, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Errorf("cannot parse: %v", err)
			continue
		}
		all = append(all, source{
			name: name, room: path.Dir(name), test: strings.HasSuffix(name, "_test.go"),
			set: set, file: file, lines: strings.Count(string(data), "\n"),
		})
	}
	return all
}

// filesOf lists the repository's own files with one of the endings.
func filesOf(t *testing.T, repo fs.FS, endings ...string) []string {
	t.Helper()
	var names []string
	err := fs.WalkDir(repo, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && slices.Contains([]string{".git", "node_modules", "bin", "dist", "testdata"}, d.Name()) {
			return fs.SkipDir
		}
		if !d.IsDir() && slices.Contains(endings, path.Ext(name)) {
			names = append(names, name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// checkRooms wants a row in the table, a telling name and a package comment for
// every package of the house.
func checkRooms(sources []source) []string {
	var faults []string
	commented := map[string]bool{}
	for _, s := range sources {
		commented[s.room] = commented[s.room] || s.file.Doc != nil
	}
	for _, s := range sources {
		if slices.Contains(noNames, path.Base(s.room)) || slices.Contains(noNames, s.file.Name.Name) {
			faults = append(faults, s.room+": the name says nothing about what the package promises; use a noun of the domain")
		}
		if !commented[s.room] {
			faults = append(faults, s.room+": no package comment; say what it promises and what it never does")
		}
		if _, known := house[s.room]; !known && guarded(s.room) {
			faults = append(faults, s.room+": not a room of the house; write a decision record (docs/adr) and add its row to internal/architecture_test.go")
		}
	}
	return faults
}

// guarded tells whether the table speaks about this folder.
func guarded(room string) bool {
	return within(room, "internal/...", "cmd/...", "verify/...", "examples/...", "ui/...") && room != "internal"
}

func checkImports(s source) []string {
	rules, known := house[s.room]
	if !known {
		return nil
	}
	var faults []string
	for _, spec := range s.file.Imports {
		name, _ := strconv.Unquote(spec.Path.Value)
		if !allowed(rules, name) {
			faults = append(faults, fmt.Sprintf("%s: %s must not import %s; a new arrow needs a decision record (docs/adr)",
				s.name, s.room, strings.TrimPrefix(name, module)))
		}
	}
	return faults
}

// allowed tells whether a room may import the package of this path.
func allowed(rules room, name string) bool {
	if inside, ours := strings.CutPrefix(name, module); ours {
		return within(inside, rules.imports...)
	}
	if !rules.domain {
		return true
	}
	if first, _, _ := strings.Cut(name, "/"); !strings.Contains(first, ".") {
		return !within(name, notForDomains...)
	}
	return slices.ContainsFunc(rules.outside, func(module string) bool { return within(name, module+"/...") })
}

// within tells whether a path is one of the patterns; "a/..." is a and all below.
func within(name string, patterns ...string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		root, below := strings.CutSuffix(pattern, "/...")
		return name == root || below && strings.HasPrefix(name, root+"/")
	})
}

func checkSize(s source) []string {
	if strings.HasSuffix(s.name, "_templ.go") || ast.IsGenerated(s.file) {
		return nil
	}
	var faults []string
	if s.lines > maxFileLines {
		faults = append(faults, fmt.Sprintf("%s: %d lines; split it (at most %d)", s.name, s.lines, maxFileLines))
	}
	for _, d := range s.file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		lines := s.set.Position(f.End()).Line - s.set.Position(f.Pos()).Line + 1
		if lines > maxFunctionLines {
			faults = append(faults, fmt.Sprintf("%s: function %s has %d lines; split it (at most %d)",
				s.name, f.Name.Name, lines, maxFunctionLines))
		}
	}
	return faults
}

// checkClock finds the clock being read, and tests that sleep, under whatever
// name the file imports package time.
func checkClock(s source) []string {
	clock := imported(s.file, "time")
	if clock == "" || within(s.room, mayReadTheClock...) {
		return nil
	}
	if clock == "." {
		return []string{s.name + ": import time by its name, so that reading the clock can be seen"}
	}
	var faults []string
	ast.Inspect(s.file, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if from, ok := sel.X.(*ast.Ident); ok && from.Name == clock {
			faults = append(faults, clockFault(s, sel)...)
		}
		return true
	})
	return faults
}

func clockFault(s source, sel *ast.SelectorExpr) []string {
	at := s.set.Position(sel.Pos())
	switch sel.Sel.Name {
	case "Now", "Since", "Until":
		if !s.test {
			return []string{fmt.Sprintf("%s: %s reads the clock (time.%s); take it as an argument or a Now field", at, s.room, sel.Sel.Name)}
		}
	case "Sleep":
		if s.test && imported(s.file, "testing/synctest") == "" {
			return []string{fmt.Sprintf("%s: a test that sleeps; use a fake clock or testing/synctest", at)}
		}
	}
	return nil
}

// imported returns the name under which a file imports a package, or "".
func imported(file *ast.File, wanted string) string {
	for _, spec := range file.Imports {
		if name, _ := strconv.Unquote(spec.Path.Value); name != wanted {
			continue
		}
		if spec.Name != nil {
			return spec.Name.Name
		}
		return path.Base(wanted)
	}
	return ""
}

// checkGoroutines keeps the domains single-threaded: who calls them decides.
func checkGoroutines(s source) []string {
	if !house[s.room].domain {
		return nil
	}
	var faults []string
	ast.Inspect(s.file, func(n ast.Node) bool {
		if g, ok := n.(*ast.GoStmt); ok {
			faults = append(faults, fmt.Sprintf("%s: a domain starts a goroutine", s.set.Position(g.Pos())))
		}
		return true
	})
	return faults
}
