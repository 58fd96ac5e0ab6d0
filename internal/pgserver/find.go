package pgserver

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// binVariable names the environment variable that says where PostgreSQL is.
const binVariable = "NARU_PG_BIN"

// oldest is the oldest major version the house is written for.
const oldest = 15

// programs are what a folder must hold to be of use.
var programs = []string{"initdb", "postgres", "pg_ctl", "pg_basebackup"}

// Find returns the folder with PostgreSQL's programs: the one $NARU_PG_BIN
// names, else the first of PATH, else the newest of Debian's below
// /usr/lib/postgresql. It takes version 15 or later. The error says what to
// install and which variable to set.
func Find() (bin string, err error) {
	return find(os.Getenv(binVariable), os.Getenv("PATH"), "/usr/lib/postgresql/*/bin")
}

func find(named, path, pattern string) (string, error) {
	if named != "" {
		bin, err := filepath.Abs(named)
		if err == nil {
			err = usable(bin)
		}
		if err != nil {
			return "", fmt.Errorf("%s does not help: %w", binVariable, err)
		}
		return bin, nil
	}
	installed, err := filepath.Glob(pattern)
	if err != nil {
		return "", fmt.Errorf("look for postgres: %w", err)
	}
	slices.Reverse(installed) // the newest first; of those that sort wrongly, 9 and before, none is usable
	for _, bin := range append(filepath.SplitList(path), installed...) {
		if filepath.IsAbs(bin) && usable(bin) == nil {
			return bin, nil
		}
	}
	return "", fmt.Errorf("PostgreSQL %d or later is not on this machine: "+
		"install the Debian package postgresql-%d, or set %s to the folder that holds %s",
		oldest, oldest, binVariable, strings.Join(programs, ", "))
}

// usable says what a folder lacks: a program, or the years.
func usable(bin string) error {
	for _, name := range programs {
		if _, err := exec.LookPath(filepath.Join(bin, name)); err != nil {
			return fmt.Errorf("no program %s in %s", name, bin)
		}
	}
	said, err := exec.Command(filepath.Join(bin, "postgres"), "--version").Output()
	if err != nil {
		return fmt.Errorf("ask postgres in %s for its version: %w", bin, err)
	}
	if version := majorVersion(string(said)); version < oldest {
		return fmt.Errorf("postgres in %s is version %d; %d or later is needed", bin, version, oldest)
	}
	return nil
}

var firstNumber = regexp.MustCompile(`\d{1,4}`)

// majorVersion is the 15 of "postgres (PostgreSQL) 15.18", 0 where there is none.
func majorVersion(said string) int {
	version, err := strconv.Atoi(firstNumber.FindString(said))
	if err != nil {
		return 0
	}
	return version
}
