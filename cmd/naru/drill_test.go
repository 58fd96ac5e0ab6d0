package main

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// What a drill refuses before it starts anything: status 2 and the reason.
func TestDrillRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"another incident":      {[]string{"lunch-rush"}, "opening-rush"},
		"another database":      {[]string{"opening-rush", "--db", "oracle"}, "sqlite and postgres"},
		"a database far away":   {[]string{"opening-rush", "--db", "postgres://me:secret@192.0.2.1/x"}, "not on this machine"},
		"nodes on SQLite":       {[]string{"opening-rush", "--nodes", "3"}, "--db postgres"},
		"too many nodes":        {[]string{"opening-rush", "--nodes", "17", "--db", "postgres"}, "1 to 16"},
		"no node":               {[]string{"opening-rush", "--nodes", "0"}, "1 to 16"},
		"an endless pause":      {[]string{"opening-rush", "--pause-at", "0.5", "--pause-for", "1h"}, "pause-for"},
		"killing SQLite":        {[]string{"opening-rush", "--kill-db-at", "0.5"}, "kill-db-at"},
		"a pause after the end": {[]string{"opening-rush", "--pause-at", "1.5"}, "pause-at"},
		"a past campaign":       {[]string{"opening-rush", "--campaign", july}, "--shift-to-now"},
		"no campaign":           {[]string{"opening-rush", "--campaign", "none.yaml"}, "none.yaml"},
		"nobody":                {[]string{"opening-rush", "--citizens", "0"}, "citizens"},
		"a kill after the end":  {[]string{"opening-rush", "--kill-at", "1.5"}, "kill-at"},
		"a server far away":     {[]string{"opening-rush", "--target", "http://192.0.2.1", "--campaign", july}, "loopback"},
		"no clinics":            {[]string{"opening-rush", "--clinics", "none.csv"}, "none.csv"},
		"a foreign one's nodes": {[]string{"opening-rush", "--target", "http://127.0.0.1:1", "--nodes", "2", "--db", "postgres", "--campaign", july}, "target"},
		"attacking another's":   {[]string{"back-doors", "--target", "http://127.0.0.1:1"}, "its own servers"},
		"killing in an attack":  {[]string{"back-doors", "--kill-at", "0.5"}, "kill-at"},
		"too large an attack":   {[]string{"back-doors", "--citizens", "5001"}, "1 to 5000"},
		"killing a foreign one": {[]string{"opening-rush", "--target", "http://127.0.0.1:1", "--kill-at", "0.5", "--campaign", july}, "kill-at"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out, errs bytes.Buffer
			env := &Env{Stdout: &out, Stderr: &errs, Stdin: strings.NewReader(""), Now: time.Now}
			status := run(env, append([]string{"drill", "--data", t.TempDir()}, c.args...))
			if status != StatusUsage || !strings.Contains(errs.String(), c.want) || strings.Contains(errs.String(), "secret") {
				t.Errorf("status %d: %s", status, errs.String())
			}
		})
	}
}
