package main

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"naru/examples"
	"naru/internal/agency"
)

// realAgency is the example with a provider at an address, and nobody of development.
func realAgency(t *testing.T, address string) []byte {
	t.Helper()
	text := string(examples.AgencyYAML)
	text = strings.Replace(text, "url: development, channel: text", "url: "+address+", channel: text", 1)
	from, to := strings.Index(text, "    - id: mock-a"), strings.Index(text, "# Who carries messages")
	return []byte(text[:from] + text[to:])
}

// Everything that is missing is said at once (rule M11).
func TestServeSaysWhatIsStillNeeded(t *testing.T) {
	example, err := agency.Load(examples.AgencyYAML)
	if err != nil {
		t.Fatal(err)
	}
	err = (&host{agency: example, public: "http://booking.example"}).needed()
	for _, want := range []string{"--public https://", "messages.providers, text", "mock-a: a real issuer", "mock-b"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
	real, err := agency.Load(realAgency(t, "https://sms.example/send"))
	if err != nil {
		t.Fatal(err)
	}
	h := &host{agency: real, public: "https://booking.example"}
	t.Setenv("NARU_MESSAGE_SECRET_TEXT", "a")
	if err := h.needed(); err == nil || !strings.Contains(err.Error(), "NARU_MESSAGE_REPORTS_TEXT") || strings.Contains(err.Error(), "NARU_MESSAGE_SECRET_TEXT") {
		t.Errorf("with one secret of two: %v", err)
	}
	t.Setenv("NARU_MESSAGE_REPORTS_TEXT", "b")
	if err := h.needed(); err != nil {
		t.Errorf("with all there is: %v", err)
	}
}

// The program serves without --development when a provider is there, and shows neither
// /inbox nor /demo (rule M11).
func TestServeWithARealProvider(t *testing.T) {
	t.Parallel()
	provider := httptest.NewServer(http.NotFoundHandler())
	defer provider.Close()
	dir := t.TempDir()
	file := filepath.Join(dir, "agency.yaml")
	if err := os.WriteFile(file, realAgency(t, provider.URL+"/send"), 0o600); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(dir, "naru")
	if err := os.Symlink(self, bin); err != nil {
		t.Fatal(err)
	}
	c := exec.Command(bin, "serve", "--listen", "127.0.0.1:0", "--data", filepath.Join(dir, "d"), "--agency", file, "--public", "https://booking.example")
	c.Env = append(os.Environ(), "NARU_MESSAGE_SECRET_TEXT=a", "NARU_MESSAGE_REPORTS_TEXT=b")
	var said bytes.Buffer
	c.Stderr = &said
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Wait() }()
	defer func() { _ = c.Process.Signal(syscall.SIGTERM) }()
	line, err := bufio.NewReader(out).ReadString('\n')
	url, found := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
	if !found {
		t.Fatalf("%q %v: %s", line, err, said.String())
	}
	client := &http.Client{Timeout: 10 * time.Second}
	for path, want := range map[string]int{"/": 200, "/inbox": 404, "/inbox.json": 404, "/demo": 404} {
		r, err := client.Get(url + path)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, r.Body)
		_ = r.Body.Close()
		if r.StatusCode != want {
			t.Errorf("%s: status %d, want %d", path, r.StatusCode, want)
		}
	}
}
