// Package internal_test guards the shape of the house: who may import whom,
// where the clock may be read, and how long a file may grow. The tables in this
// file are the design; docs/adr/0001-lay-out-the-house.md says why.
//
// A failure here is never mended by widening a table alone: a new arrow or a
// new package is a design change and comes with a decision record.
package internal_test

import (
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// room is one package of the house and what it may import from the house.
// An entry that ends in "/..." allows the packages below it as well.
type room struct {
	domain  bool     // decides; reads no file, clock, network or database
	imports []string // packages of this module
	outside []string // modules of others; nil means none for a domain, any for the rest
}

// everyDomain is what the floors above the domains may import.
var everyDomain = []string{
	"internal/agency", "internal/booking", "internal/caldate", "internal/campaign",
	"internal/audit", "internal/clinic", "internal/fault", "internal/fhir", "internal/gate", "internal/identity", "internal/person", "internal/rulefile", "internal/staff",
	"internal/audit", "internal/clinic", "internal/credential", "internal/fault", "internal/gate", "internal/identity", "internal/person", "internal/rulefile", "internal/staff",
	"internal/bundle", "internal/cose", "internal/entry", "internal/incident", "internal/pass", "internal/rule", "internal/rulebook", "internal/visit", // docs/adr/0035
	"internal/audit", "internal/clinic", "internal/credential", "internal/fault", "internal/gate", "internal/identity", "internal/issue", "internal/person", "internal/record", "internal/rulefile", "internal/staff",
	"internal/audit", "internal/clinic", "internal/fault", "internal/gate", "internal/identity", "internal/message", "internal/person", "internal/rulefile", "internal/staff",
	"internal/visit",
}

// house is the table of allowed arrows, from the ground up. Every package under
// cmd/, internal/ and verify/, and what they embed, has its row.
var house = map[string]room{
	// The ground: words that everyone uses.
	"internal/fault":   {domain: true},
	"internal/caldate": {domain: true, imports: []string{"internal/fault"}},

	"internal/cose": {domain: true}, // docs/adr/0035

	// The domains decide.
	"internal/rulefile": {
		domain:  true,
		imports: []string{"internal/caldate", "internal/fault"},
		outside: []string{"go.yaml.in/yaml/v3"},
	},
	"internal/agency": {
		domain:  true,
		imports: []string{"internal/caldate", "internal/fault", "internal/identity", "internal/message", "internal/rulefile"},
		outside: []string{"golang.org/x/text"},
	},
	"internal/identity": {domain: true, imports: []string{"internal/fault"}},
	"internal/message":  {domain: true, imports: []string{"internal/caldate"}, outside: []string{"golang.org/x/text"}},
	"internal/campaign": {
		domain:  true,
		imports: []string{"internal/agency", "internal/caldate", "internal/fault", "internal/rulefile"},
	},
	"internal/clinic": {
		domain:  true,
		imports: []string{"internal/caldate", "internal/fault"},
		outside: []string{"golang.org/x/text"},
	},
	"internal/person": {
		domain:  true,
		imports: []string{"internal/agency", "internal/caldate", "internal/fault"},
		outside: []string{"golang.org/x/text", "golang.org/x/crypto"},
	},
	"internal/gate": {
		domain:  true,
		imports: []string{"internal/fault"},
		outside: []string{"github.com/cloudflare/circl"}, // BLS12-381: docs/adr/0019
	},
	"internal/staff":     {domain: true, imports: []string{"internal/fault"}},
	"internal/audit":     {domain: true},
	"internal/visit":     {domain: true, imports: []string{"internal/caldate", "internal/fault"}},
	"internal/incident":  {domain: true, imports: []string{"internal/fault"}},
	"internal/certlogic": {domain: true},
	"internal/rule":      {domain: true, imports: []string{"internal/caldate", "internal/certlogic"}},
	"internal/rulebook":  {domain: true, imports: []string{"internal/rule", "internal/rulefile"}},
	"internal/pass":      {domain: true, imports: []string{"internal/caldate", "internal/cose", "internal/fault"}}, // docs/adr/0035
	"internal/bundle":    {domain: true, imports: []string{"internal/caldate", "internal/cose", "internal/fault", "internal/incident", "internal/pass", "internal/rule"}},
	"internal/booking":   {domain: true, imports: []string{"internal/agency", "internal/caldate", "internal/fault"}},
	"internal/fhir":      {domain: true, imports: []string{"internal/agency", "internal/booking", "internal/caldate", "internal/campaign", "internal/clinic"}}, // docs/adr/0028
	"internal/issue": {
		domain:  true,
		imports: []string{"internal/agency", "internal/caldate", "internal/credential", "internal/fault", "internal/pass", "internal/record"}, // docs/adr/0030, 0035
		outside: []string{"golang.org/x/text"},
	},
	"internal/record": {domain: true, imports: []string{"internal/agency", "internal/caldate", "internal/fault"}},
	"internal/credential": {
		domain:  true,
		imports: []string{"internal/cose", "internal/fault"},
		outside: []string{"github.com/fxamacker/cbor/v2"}, // docs/adr/0031
	},

	"internal/entry": {
		domain:  true,
		imports: []string{"internal/bundle", "internal/credential", "internal/fault", "internal/incident", "internal/pass", "internal/rule"}, // docs/adr/0036
	},

	// The adapters. combine knows no domain; web never reaches below store.
	"internal/combine":     {},
	"internal/limit":       {},
	"internal/scan":        {},
	"internal/paper":       {imports: []string{"internal/agency", "internal/caldate", "internal/credential", "internal/i18n"}}, // docs/adr/0041
	"internal/db":          {imports: []string{"internal/combine", "internal/fault"}},
	"internal/store":       {imports: floors(everyDomain, "internal/combine", "internal/db", "internal/store/...")},
	"internal/front":       {},
	"internal/notify":      {imports: floors(everyDomain, "internal/store", "internal/i18n")},
	"internal/proof":       {imports: everyDomain},
	"internal/passkey":     {imports: []string{"internal/fault"}},
	"internal/witness":     {imports: []string{"internal/audit"}},
	"internal/proof/mock":  {imports: []string{"internal/proof/..."}},
	"internal/web":         {imports: floors(everyDomain, "internal/store", "internal/proof/...", "internal/notify", "internal/i18n", "internal/limit", "internal/paper", "internal/passkey", "internal/web/...")},
	"internal/web/assets":  {imports: []string{"ui"}},
	"internal/i18n":        {imports: []string{"internal/agency", "internal/caldate", "internal/fault"}},
	"internal/web/view":    {imports: floors(everyDomain, "internal/web/assets", "internal/i18n")},
	"internal/notify/mock": {},
	"internal/custodian":   {imports: []string{"internal/caldate", "internal/visit"}},
	"internal/sip":         {imports: []string{"internal/fault", "internal/rulefile", "internal/visit"}}, // docs/adr/0039

	// The proofs, and the wiring.
	"internal/pgserver": {},
	"internal/history":  {},
	"internal/drill":    {imports: floors(everyDomain, "internal/store", "internal/db", "internal/pgserver", "internal/drill/...", "examples")},
	"internal/bench":    {imports: floors(everyDomain, "internal/store", "internal/combine", "internal/db", "internal/pgserver", "internal/drill", "internal/web", "internal/notify", "internal/i18n", "examples")},
	"verify":            {imports: []string{"internal/credential", "internal/fault", "internal/scan"}},
	"cmd/scanwasm":      {imports: []string{"internal/bundle", "internal/caldate", "internal/cose", "internal/entry", "internal/fault", "internal/incident", "internal/pass", "internal/rule"}},
	"cmd/naru":          {imports: []string{"internal/...", "examples", "ui", "verify"}},

	// What is shipped inside the binary; it knows nobody.
	"examples": {},
	"ui":       {},
}

// floors joins the domains with the further packages a floor may import.
func floors(base []string, more ...string) []string { return append(slices.Clone(base), more...) }

// mayReadTheClock are the packages that may call time.Now, Since and Until;
// everything else is handed its clock.
var mayReadTheClock = []string{"cmd/...", "internal/drill/...", "internal/bench/...", "internal/pgserver", "test/..."}

// notForDomains are the standard packages through which a domain would reach
// the world outside.
var notForDomains = []string{
	"database/sql/...", "embed", "io/ioutil", "log/...", "math/rand", "net", "net/http/...",
	"os/...", "plugin", "runtime/...", "syscall", "unsafe",
}

// noNames say nothing about what a package promises.
var noNames = []string{
	"util", "utils", "common", "helper", "helpers", "misc", "model", "models", "service", "services",
}

const (
	maxFileLines     = 400
	maxFunctionLines = 60
)

func repository() fs.FS { return os.DirFS("..") }

func TestArchitecture(t *testing.T) {
	t.Parallel()
	for _, fault := range inspect(t, repository()) {
		t.Error(fault)
	}
}

func TestArchitectureIsWatched(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("\n", maxFileLines)
	for name, c := range map[string]struct{ file, source, want string }{
		"a domain that speaks SQL":         {"internal/gate/x.go", `import _ "database/sql"`, "must not import database/sql"},
		"a domain that logs":               {"internal/gate/x.go", `import _ "log/slog"`, "must not import log/slog"},
		"a domain that opens files":        {"internal/clinic/x.go", `import _ "os"`, "must not import os"},
		"a domain that serves HTTP":        {"internal/booking/x.go", `import _ "net/http"`, "must not import net/http"},
		"a domain that leans on a library": {"internal/gate/x.go", `import _ "go.yaml.in/yaml/v3"`, "must not import go.yaml.in/yaml/v3"},
		"a domain that starts a goroutine": {"internal/gate/x.go", "func f() { go f() }", "starts a goroutine"},
		"an arrow that was not decided":    {"internal/gate/x.go", `import _ "naru/internal/booking"`, "must not import internal/booking"},
		"an arrow upward":                  {"internal/store/x.go", `import _ "naru/internal/web"`, "must not import internal/web"},
		"a drill that knows the pages":     {"internal/drill/x.go", `import _ "naru/internal/web"`, "must not import internal/web"},
		"a combiner that knows a domain":   {"internal/combine/x.go", `import _ "naru/internal/booking"`, "must not import internal/booking"},
		"the clock read in a domain":       {"internal/gate/x.go", "import \"time\"\nvar _ = time.Now()", "reads the clock (time.Now)"},
		"the clock passed on in web":       {"internal/web/x.go", "import \"time\"\nvar now = time.Now", "reads the clock (time.Now)"},
		"the clock under another name":     {"internal/store/x.go", "import t \"time\"\nvar _ = t.Since(t.Time{})", "reads the clock (time.Since)"},
		"a test that sleeps":               {"internal/gate/x_test.go", "import \"time\"\nfunc f() { time.Sleep(1) }", "sleeps"},
		"a package that was not planned":   {"internal/ledger/x.go", "", "write a decision record"},
		"a package that names nothing":     {"internal/store/util/x.go", "", "says nothing"},
		"a package without its promise":    {"internal/gate/x.go", "\x00", "no package comment"},
		"a file too long":                  {"internal/gate/x.go", long, "lines; split it"},
		"a function too long":              {"internal/gate/x.go", "func f() {" + strings.Repeat("\n", maxFunctionLines) + "}", "function f has 61 lines"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			expect(t, inspect(t, tree(c.file, c.source)), c.want)
		})
	}
}

func TestArchitectureAllows(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ file, source string }{
		"web to store":                  {"internal/web/x.go", `import _ "naru/internal/store"`},
		"campaign to agency":            {"internal/campaign/x.go", `import _ "naru/internal/agency"`},
		"the clock in cmd":              {"cmd/naru/x.go", "import \"time\"\nvar _ = time.Now()"},
		"the clock in a drill":          {"internal/drill/x.go", "import \"time\"\nvar _ = time.Now()"},
		"a duration in a domain":        {"internal/gate/x.go", "import \"time\"\nconst _ = time.Second"},
		"a test that reads shared data": {"internal/clinic/x_test.go", `import _ "os"`},
		"generated pages of any length": {"internal/web/view/x_templ.go", strings.Repeat("\n", 2*maxFileLines)},
		"a test on a bubble's clock":    {"internal/gate/x_test.go", "import (\"time\"; _ \"testing/synctest\")\nfunc f() { time.Sleep(1) }"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, fault := range inspect(t, tree(c.file, c.source)) {
				t.Error(fault)
			}
		})
	}
}

// tree is a repository of one Go file. A body of "\x00" stands for a file
// without a package comment.
func tree(file, body string) fstest.MapFS {
	comment := "// Package x promises.\n"
	if body == "\x00" {
		comment, body = "", ""
	}
	files := fstest.MapFS{"doc/x.md": {}}
	dir, _ := path.Split(file)
	if strings.HasSuffix(file, "_test.go") {
		files[dir+"doc.go"] = &fstest.MapFile{Data: []byte("// Package x promises.\npackage x\n")}
	}
	files[file] = &fstest.MapFile{Data: []byte(comment + "package x\n" + body + "\n")}
	return files
}

// expect fails unless one of the faults contains the words.
func expect(t *testing.T, faults []string, words string) {
	t.Helper()
	for _, fault := range faults {
		if strings.Contains(fault, words) {
			return
		}
	}
	t.Errorf("nothing said %q; said: %q", words, faults)
}
