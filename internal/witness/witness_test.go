package witness_test

import (
	"crypto/ed25519"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"naru/internal/audit"
	"naru/internal/witness"
)

func head(t *testing.T, seq int64) []byte {
	t.Helper()
	text, err := json.Marshal(audit.Sign(ed25519.NewKeyFromSeed(make([]byte, 32)), audit.Head{Chain: "c", Seq: seq, At: time.Unix(seq, 0)}))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestAFileIsOnlyAddedTo(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "heads")
	for seq := range int64(3) { // three starts
		w, err := witness.New(path)
		if err == nil {
			err = w.Take(t.Context(), head(t, seq+1))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	all, err := witness.Read(strings.NewReader(string(text) + `{"format":"naru/aud`)) // the line that is being written
	if err != nil || len(all) != 3 || all[2].Seq != 3 {
		t.Errorf("%d heads, %v", len(all), err)
	}
	for _, bad := range []string{"{}\n", "no\n", strings.Repeat("x", 10_000) + "\n"} {
		if _, err := witness.Read(strings.NewReader(bad)); err == nil {
			t.Errorf("%.20q was read", bad)
		}
	}
}

func TestAServiceMustSayThatItKeeps(t *testing.T) {
	t.Parallel()
	status, got := http.StatusServiceUnavailable, ""
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		got = r.Method + " " + string(text)
		w.WriteHeader(status)
	}))
	defer s.Close()
	w, err := witness.New(s.URL + "/heads")
	if err != nil {
		t.Fatal(err)
	}
	if w.Take(t.Context(), head(t, 1)) == nil {
		t.Error("a service that is away has taken a head")
	}
	status = http.StatusCreated
	if err := w.Take(t.Context(), head(t, 1)); err != nil || got != "POST "+string(head(t, 1)) {
		t.Errorf("it got %q, %v", got, err)
	}
	if _, err := witness.New("https:///heads"); err == nil {
		t.Error("an address without a host was taken")
	}
}
