package pgserver

import (
	"os"
	"path/filepath"
	"testing"
)

// install makes a folder of programs that say they are of a version.
func install(t *testing.T, bin, version string, programs ...string) string {
	t.Helper()
	must(t, os.MkdirAll(bin, 0o755))
	for _, name := range programs {
		script := "#!/bin/sh\necho \"postgres (PostgreSQL) " + version + "\"\n"
		must(t, os.WriteFile(filepath.Join(bin, name), []byte(script), 0o755))
	}
	return bin
}

func TestFind(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	debian := filepath.Join(root, "postgresql", "*", "bin")
	install(t, filepath.Join(root, "postgresql", "9", "bin"), "9.6.24", programs...)
	old := install(t, filepath.Join(root, "postgresql", "14", "bin"), "14.2", programs...)
	install(t, filepath.Join(root, "postgresql", "15", "bin"), "15.18 (Debian 15.18-0+deb12u1)", programs...)
	newest := install(t, filepath.Join(root, "postgresql", "16", "bin"), "16.4", programs...)
	half := install(t, filepath.Join(root, "half"), "16.1", "postgres", "initdb")
	other := install(t, filepath.Join(root, "other"), "17beta1", programs...)
	nothing := filepath.Join(root, "none", "*")
	missing := "PostgreSQL 15 or later is not on this machine: install the Debian package postgresql-15, " +
		"or set NARU_PG_BIN to the folder that holds initdb, postgres, pg_ctl, pg_basebackup"

	for name, c := range map[string]struct{ named, path, pattern, want, fault string }{
		"the variable comes first":          {other, half, debian, other, ""},
		"the variable is taken at its word": {half, other, debian, "", "NARU_PG_BIN does not help: no program pg_ctl in " + half},
		"the variable names an old one":     {old, other, debian, "", "NARU_PG_BIN does not help: postgres in " + old + " is version 14; 15 or later is needed"},
		"then the path":                     {"", other, debian, other, ""},
		"a half one in the path":            {"", half + ":" + other, debian, other, ""},
		"an old one in the path":            {"", old, debian, newest, ""},
		"then Debian's newest":              {"", "", debian, newest, ""},
		"nothing anywhere":                  {"", "", nothing, "", missing},
		"only an old one":                   {"", old, nothing, "", missing},
		"a path without roots":              {"", ".::other", nothing, "", missing},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := find(c.named, c.path, c.pattern)
			same(t, "folder", got, c.want)
			fault := ""
			if err != nil {
				fault = err.Error()
			}
			same(t, "fault", fault, c.fault)
		})
	}
}
