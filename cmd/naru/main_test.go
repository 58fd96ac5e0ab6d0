package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets the scripts call this program under its own name.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"naru": func() {
		env := &Env{Stdout: os.Stdout, Stderr: os.Stderr, Stdin: os.Stdin, Now: time.Now}
		os.Exit(run(env, os.Args[1:]))
	}})
}

// TestScripts runs testdata/*.txtar: what an operator types, and what they are
// told. No script starts a server.
func TestScripts(t *testing.T) {
	t.Parallel()
	examples, err := filepath.Abs("../../examples")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("EXAMPLES", examples)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status": status,
			"json":   jsonField,
		},
	})
}

// status N COMMAND...: the command ends with exit status N.
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N COMMAND...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	err = ts.Exec(args[1], args[2:]...)
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}

// json PATH VALUE: the last line of standard output is a JSON object, and what
// is at the path, for example windows.0.name, is written as VALUE in JSON. With
// "!" there is no such field. A VALUE of "..." takes any but null.
func jsonField(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) == 0 || len(args) != 2 && !neg {
		ts.Fatalf("usage: json PATH VALUE, ! json PATH")
	}
	lines := strings.Split(strings.TrimSpace(ts.ReadFile("stdout")), "\n")
	var at any
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &at); err != nil {
		ts.Fatalf("the last line is no JSON: %v", err)
	}
	for _, name := range strings.Split(args[0], ".") {
		var there bool
		if at, there = field(at, name); !there {
			if !neg {
				ts.Fatalf("there is no %s in %s", args[0], lines[len(lines)-1])
			}
			return
		}
	}
	if neg {
		ts.Fatalf("there is a field %s", args[0])
	}
	text, err := json.Marshal(at)
	ts.Check(err)
	if string(text) != args[1] && (args[1] != "..." || at == nil) {
		ts.Fatalf("%s is %s, want %s", args[0], text, args[1])
	}
}

func field(in any, name string) (value any, there bool) {
	switch in := in.(type) {
	case map[string]any:
		value, there = in[name]
	case []any:
		var n int
		if _, err := fmt.Sscan(name, &n); err == nil && n >= 0 && n < len(in) {
			return in[n], true
		}
	}
	return value, there
}
