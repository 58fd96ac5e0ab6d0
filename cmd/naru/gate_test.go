package main

import (
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"naru/examples"
	"naru/internal/agency"
	"naru/internal/i18n"
	"naru/internal/store"
	"naru/internal/web"
)

// operated is a folder on which a server takes operations.
func operated(t *testing.T, dir string) {
	t.Helper()
	a, err := agency.Load(examples.AgencyYAML)
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), store.Options{Dir: dir, Now: longAgo, Agency: a, Fatal: func(err error) { panic(err) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	words, err := i18n.New()
	if err != nil {
		t.Fatal(err)
	}
	handler, err := web.New(web.Options{Store: s, Agency: a, Catalogue: words, Now: longAgo})
	if err != nil {
		t.Fatal(err)
	}
	h := &host{data: dir, log: slog.New(slog.DiscardHandler)}
	stop, err := h.operations(handler.Operations())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
}

func TestGateIsSteeredFromTheCommandLine(t *testing.T) {
	dir := servedFolder(t)
	status, _, said := naru("gate", "status", "--data", dir)
	wantSaid(t, "without a server", status, StatusFailed, said, "no server runs on the folder")
	operated(t, dir)
	info, err := os.Stat(operateSocket(dir))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket: %v, %v", info, err)
	}
	const id = "covid19-2021-07-12"
	status, out, _ := naru("gate", "status", "--data", dir)
	wantSaid(t, "status", status, StatusOK, out, "cap 2000, rate 100 a second at most")
	status, out, said = naru("gate", "cap", id, "500", "--data", dir, "--by", "night shift")
	wantSaid(t, "cap", status, StatusOK, out+said, "night shift: cap 2000 -> 500")
	status, out, _ = naru("gate", "rate", id, "2.5", "--data", dir)
	wantSaid(t, "rate", status, StatusOK, out, "rate 100 -> 2.5")
	status, out, _ = naru("gate", "pause", id, "--data", dir)
	wantSaid(t, "pause", status, StatusOK, out, "PAUSED")
	status, out, _ = naru("gate", "resume", id, "--data", dir, "--json")
	var gates []store.GateStatus
	if err := json.Unmarshal([]byte(out), &gates); err != nil || status != StatusOK || len(gates) != 1 || gates[0].Paused || len(gates[0].Lately) != 4 {
		t.Errorf("resume: %d, %v, %s", status, err, out)
	}
	status, _, said = naru("gate", "pause", "unknown", "--data", dir)
	wantSaid(t, "unknown campaign", status, StatusFailed, said, "There is no such booking")
	status, _, said = naru("gate", "cap", id, "--data", dir, "--", "-1")
	wantSaid(t, "a cap below 0", status, StatusFailed, said, "Enter a number from 0")
	status, out, _ = naru("gate", "page", "--data", dir)
	wantSaid(t, "page", status, StatusOK, out, "Open /operate of the service")
}

// A data folder may lie deeper than a socket's path may be long.
func TestSocketInADeepFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("deep", 20), "data")
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(servedFolder(t), dir); err != nil {
		t.Fatal(err)
	}
	operated(t, dir)
	status, out, said := naru("gate", "status", "--data", dir)
	wantSaid(t, "status", status, StatusOK, out+said, "cap 2000")
}
