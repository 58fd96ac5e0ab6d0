package internal_test

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

var (
	// fenced blocks and code spans show text; they link nowhere.
	codeBlock = regexp.MustCompile("(?s)```.*?```|`[^`\n]*`")
	link      = regexp.MustCompile(`\]\(([^)\s]+)[^)]*\)`)

	adrName    = regexp.MustCompile(`^\d{4}(-[a-z0-9]+)+\.md$`)
	adrHeading = regexp.MustCompile(`(?m)^## (.+?)\s*$`)
	adrParts   = []string{"Status", "Context", "Alternatives", "Decision", "Consequences"}

	// A rule is laid down where its number opens a table row, a heading or a
	// list item of docs/rules/; it is cited as "rule C5", in words or as a value.
	ruleLaidDown = regexp.MustCompile(`(?m)^[|#*\s-]*([CKGBPWAISMDTXVLNQ]\d+)\b`)
	ruleCited    = regexp.MustCompile(`(?i:\brules? |\bRule: *")[CKGBPWAISMDTXVLNQ]\d+\b(?:(?:, | and | or )[CKGBPWAISMDTXVLNQ]\d+\b)*`)
	ruleNumber   = regexp.MustCompile(`[CKGBPWAISMDTXVLNQ]\d+\b`)
	testNamed    = regexp.MustCompile(`\b((?:Test|Fuzz)[A-Z]\w*)`)
	testWritten  = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
)

func TestDocuments(t *testing.T) {
	t.Parallel()
	for _, fault := range inspectDocs(t, repository()) {
		t.Error(fault)
	}
}

func TestDocumentsAreWatched(t *testing.T) {
	t.Parallel()
	whole := "## Status\n## Context\n## Alternatives\n## Decision\n## Consequences\n"
	for name, c := range map[string]struct{ file, text, want string }{
		"a dead link":                  {"README.md", "[x](docs/none.md)", "docs/none.md is not there"},
		"a dead link with a fragment":  {"docs/x.md", "[x](none.md#part)", "none.md is not there"},
		"a dead picture":               {"README.md", "![x](docs/img/none.png)", "docs/img/none.png is not there"},
		"a decision without a part":    {"docs/adr/0001-do-it.md", strings.Replace(whole, "## Alternatives\n", "", 1), "wants the headings"},
		"a decision in another order":  {"docs/adr/0001-do-it.md", "## Context\n## Status\n", "wants the headings"},
		"a decision badly named":       {"docs/adr/decision.md", whole, "NNNN-verb-noun.md"},
		"a rule cited, not laid down":  {"internal/gate/x.go", "// rule G99 says no", "rule G99 is not in docs/rules"},
		"a rule answered, unknown":     {"internal/gate/x.go", `Decision{Rule: "C99"}`, "rule C99 is not in docs/rules"},
		"the second of two rules":      {"internal/gate/x.go", "// rules G1 and G98", "rule G98 is not in docs/rules"},
		"a rule laid down twice":       {"docs/rules/x.md", "| G1 | a |\n| G1 | b |\n", "rule G1 is laid down twice"},
		"a rule with a test not there": {"docs/rules/x.md", "| G1 | a | TestNowhere |", "names TestNowhere"},
		"a page that nobody finds":     {"docs/rules/x.md", "# x", "docs/rules.md does not name this page"},
		"a lock file with an address":  {"ui/package-lock.json", `"resolved": "x"`, "no addresses"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			expect(t, inspectDocs(t, fstest.MapFS{c.file: {Data: []byte(c.text)}}), c.want)
		})
	}
}

func TestDocumentsAllow(t *testing.T) {
	t.Parallel()
	good := fstest.MapFS{
		"README.md":           {Data: []byte("[a](docs/rules/gate.md#g1) [b](https://example.org/x) [c](#here) `[d](none.md)`")},
		"docs/rules.md":       {Data: []byte("[gate](rules/gate.md)")},
		"docs/rules/gate.md":  {Data: []byte("| G1 | a place never changes | TestPlace |\n")},
		"internal/gate/x.go":  {Data: []byte("// A place never changes (rule G1).")},
		"internal/x_test.go":  {Data: []byte("func TestPlace(t *testing.T) {}\n")},
		"docs/adr/0001-a.md":  {Data: []byte("# 1\n## Status\n## Context\n## Alternatives\n## Decision\n## Consequences\n")},
		"docs/empty/dir/x.md": {Data: []byte("[up](../../../README.md)")},
	}
	for _, fault := range inspectDocs(t, good) {
		t.Error(fault)
	}
}

// inspectDocs returns what is wrong with the documents, one sentence each.
func inspectDocs(t *testing.T, repo fs.FS) []string {
	t.Helper()
	faults := checkLinks(t, repo)
	faults = append(faults, checkDecisions(t, repo)...)
	faults = append(faults, checkRules(t, repo)...)
	if lock := textOf(repo, "ui/package-lock.json"); strings.Contains(lock, `"resolved"`) {
		faults = append(faults, "ui/package-lock.json: a lock file holds versions and hashes, no addresses (see ui/.npmrc)")
	}
	slices.Sort(faults)
	return slices.Compact(faults)
}

func textOf(repo fs.FS, name string) string {
	data, err := fs.ReadFile(repo, name)
	if err != nil {
		return ""
	}
	return string(data)
}

func checkLinks(t *testing.T, repo fs.FS) []string {
	t.Helper()
	var faults []string
	for _, name := range filesOf(t, repo, ".md") {
		for _, found := range link.FindAllStringSubmatch(codeBlock.ReplaceAllString(textOf(repo, name), ""), -1) {
			target, _, _ := strings.Cut(found[1], "#")
			if target == "" || strings.Contains(target, ":") {
				continue
			}
			to := path.Join(path.Dir(name), target)
			if _, err := fs.Stat(repo, to); err != nil {
				faults = append(faults, fmt.Sprintf("%s: %s is not there", name, to))
			}
		}
	}
	return faults
}

func checkDecisions(t *testing.T, repo fs.FS) []string {
	t.Helper()
	var faults []string
	taken := map[string]string{}
	for _, name := range filesOf(t, repo, ".md") {
		dir, base := path.Split(name)
		if dir != "docs/adr/" || base == "README.md" {
			continue
		}
		if !adrName.MatchString(base) {
			faults = append(faults, name+": a decision record is named NNNN-verb-noun.md")
			continue
		}
		if other := taken[base[:4]]; other != "" {
			faults = append(faults, name+": the number is taken by "+other)
		}
		taken[base[:4]] = base
		var headings []string
		for _, h := range adrHeading.FindAllStringSubmatch(textOf(repo, name), -1) {
			headings = append(headings, h[1])
		}
		if !slices.Equal(headings, adrParts) {
			faults = append(faults, fmt.Sprintf("%s: wants the headings %q, has %q", name, adrParts, headings))
		}
	}
	return faults
}

func checkRules(t *testing.T, repo fs.FS) []string {
	t.Helper()
	var faults []string
	rules, tests := map[string]string{}, map[string]bool{}
	code := filesOf(t, repo, ".go", ".templ", ".js", ".sql")
	for _, name := range code {
		for _, found := range testWritten.FindAllStringSubmatch(textOf(repo, name), -1) {
			tests[found[1]] = true
		}
	}
	for _, name := range filesOf(t, repo, ".md") {
		if path.Dir(name) != "docs/rules" {
			continue
		}
		text := textOf(repo, name)
		if !strings.Contains(textOf(repo, "docs/rules.md"), path.Base(name)) {
			faults = append(faults, name+": docs/rules.md does not name this page")
		}
		for _, found := range ruleLaidDown.FindAllStringSubmatch(text, -1) {
			if rules[found[1]] != "" {
				faults = append(faults, fmt.Sprintf("%s: rule %s is laid down twice", name, found[1]))
			}
			rules[found[1]] = name
		}
		for _, found := range testNamed.FindAllStringSubmatch(text, -1) {
			if !tests[found[1]] {
				faults = append(faults, fmt.Sprintf("%s: names %s, and no such test is written", name, found[1]))
			}
		}
	}
	return append(faults, checkCitations(repo, code, rules)...)
}

func checkCitations(repo fs.FS, code []string, rules map[string]string) []string {
	var faults []string
	for _, name := range code {
		if path.Dir(name) == "internal" { // the examples of what is watched stand here
			continue
		}
		cited := strings.Join(ruleCited.FindAllString(textOf(repo, name), -1), " ")
		for _, number := range ruleNumber.FindAllString(cited, -1) {
			if rules[number] == "" {
				faults = append(faults, fmt.Sprintf("%s: rule %s is not in docs/rules", name, number))
			}
		}
	}
	return faults
}
