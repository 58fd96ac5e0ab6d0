package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"naru/examples"
)

// The command writes into a data folder; what it is refused is said in words, and
// what was called wrongly is told before anything is opened.
func TestDrawBeacon(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text, err := examples.Campaigns.ReadFile("campaigns/2021-07-12.yaml")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "campaign.yaml")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	naru := func(args ...string) (string, int) {
		var out bytes.Buffer
		at := time.Date(2021, 7, 11, 14, 0, 0, 0, time.UTC)
		status := run(&Env{Stdout: &out, Stderr: &out, Now: func() time.Time { return at }}, args)
		return out.String(), status
	}
	data := filepath.Join(dir, "data")
	if out, status := naru("campaign", "publish", file, "--data", data); status != StatusOK {
		t.Fatal(out)
	}
	short := filepath.Join(dir, "value")
	if err := os.WriteFile(short, []byte("00ff\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"covid19-2021-07-12", "--round=1", "--value=00", "--data", data}, StatusFailed, "is not brought from outside"},
		{[]string{"covid19-2021-07-12", "--round=1", "--file", short, "--data", data}, StatusFailed, "is not brought from outside"},
		{[]string{"nobody", "--round=1", "--value=00", "--data", data}, StatusFailed, "no such booking"},
		{[]string{"nobody", "--round=1", "--value=xyz", "--data", data}, StatusUsage, "not hexadecimal"},
		{[]string{"nobody", "--round=1", "--data", data}, StatusUsage, "--value"},
		{[]string{"nobody", "--round=1", "--value=00", "--file", short, "--data", data}, StatusUsage, "--file"},
		{[]string{"nobody", "--round=1", "--value=00", "--data", filepath.Join(dir, "none")}, StatusUsage, "data folder of a server"},
	} {
		out, status := naru(append([]string{"draw", "beacon", "--by=a test"}, c.args...)...)
		if status != c.status || !strings.Contains(out, c.want) {
			t.Errorf("%q: status %d, want %d and %q:\n%s", c.args, status, c.status, c.want, out)
		}
	}
}
