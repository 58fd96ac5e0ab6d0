package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"naru/examples"
	"naru/internal/agency"
	"naru/internal/pgserver"
	"naru/internal/store"
)

// A move of a small folder, as an operator sees it: refused beside a server, with
// plain lines of progress, and the folder refuses to be served afterwards.
func TestMoveAndCheck(t *testing.T) {
	t.Parallel()
	pool := &pgserver.Pool{Settings: map[string]string{"fsync": "off"}}
	t.Cleanup(func() {
		if err := pool.Close(); err != nil {
			t.Error(err)
		}
	})
	url, _, err := pool.Database(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	dir := servedFolder(t)
	release, err := lockFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	status, _, said := naru("db", "move", "--data", dir, "--db", url)
	wantSaid(t, "beside a server", status, StatusFailed, said, "another naru works in "+dir+"; end it first")
	release()

	status, out, said := naru("db", "move", "--data", dir, "--db", url, "--json")
	wantSaid(t, "the move", status, StatusOK, said, "gate.campaign: 1 of 1 rows\n")
	var moved store.Moved
	if err := json.Unmarshal([]byte(out), &moved); err != nil || moved.Rows == 0 || len(moved.Tables) < 20 || strings.Contains(said+out, "\r") {
		t.Errorf("%v: moved %s, said %s", err, out, said)
	}
	status, out, _ = naru("db", "check", "--db", url)
	wantSaid(t, "the check", status, StatusOK, out, "sound; read in ")
	status, out, _ = naru("db", "check", "--db", url, "--json")
	wantSaid(t, "the check", status, StatusOK, out, `"sound":true,"seconds":`)
	status, _, said = naru("serve", "--development", "--listen", "127.0.0.1:0", "--data", dir)
	wantSaid(t, "serving the folder", status, StatusFailed, said, "start with --db")
	status, _, said = naru("import", "regions", "../../examples/regions-second.csv", "--agency", "../../examples/agency-second.yaml", "--data", dir)
	wantSaid(t, "an import into the folder", status, StatusFailed, said, "start with --db")
	status, _, said = naru("import", "clinics", "--append", "../../examples/regions-second.csv", "--agency", "../../examples/agency-second.yaml", "--data", dir)
	wantSaid(t, "another import into the folder", status, StatusFailed, said, "start with --db")
	status, _, said = naru("db", "move", "--data", dir, "--db", url)
	wantSaid(t, "moving again", status, StatusFailed, said, "was moved to the database")
	if err := os.Remove(filepath.Join(dir, "moved")); err != nil {
		t.Fatal(err)
	}
	status, out, _ = naru("db", "move", "--data", dir, "--db", url)
	wantSaid(t, "moving again after the mark was lost", status, StatusOK, out, "was finished before: nothing was copied")
	wantSaid(t, "moving again after the mark was lost", status, StatusOK, out, "the keys stay in "+filepath.Join(dir, "keys"))
}

// servedFolder is a data folder on which a server has worked.
func servedFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	a, err := agency.Load(examples.AgencyYAML)
	if err != nil {
		t.Fatal(err)
	}
	text, err := examples.Campaigns.ReadFile("campaigns/2021-07-12.yaml")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "campaign.yaml")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := readCampaign(a, file)
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), store.Options{Dir: dir, Now: longAgo, Agency: a, Fatal: func(err error) { panic(err) }})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(c.publish(context.Background(), s), s.Close()); err != nil {
		t.Fatal(err)
	}
	return dir
}

func longAgo() time.Time { return time.Date(2021, 7, 1, 0, 0, 0, 0, time.UTC) }

// naru runs the program's command line.
func naru(args ...string) (status int, out, said string) {
	var stdout, stderr bytes.Buffer
	status = run(&Env{Stdout: &stdout, Stderr: &stderr, Stdin: strings.NewReader(""), Now: longAgo}, args)
	return status, stdout.String(), stderr.String()
}

func wantSaid(t *testing.T, what string, status, want int, said, part string) {
	t.Helper()
	if status != want || !strings.Contains(said, part) {
		t.Errorf("%s: status %d, want %d; said %q, want %q", what, status, want, said, part)
	}
}

// What is counted is also said: an operator must not be told "NOT SOUND" beside counters
// that are all 0.
func TestTheCheckSaysEveryCounter(t *testing.T) {
	t.Parallel()
	var c checked
	n := 0
	var fill func(reflect.Value)
	fill = func(v reflect.Value) {
		for i := range v.NumField() {
			switch f := v.Field(i); f.Kind() {
			case reflect.Struct:
				fill(f)
			case reflect.Int:
				n++
				f.SetInt(int64(7_000_000 + n))
			}
		}
	}
	fill(reflect.ValueOf(&c).Elem())
	text := c.text()
	for i := range n {
		if !strings.Contains(text, strconv.Itoa(7_000_001+i)) {
			t.Errorf("counter %d of %d is not in the report:\n%s", i+1, n, text)
		}
	}
}
