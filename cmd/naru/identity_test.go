package main

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"naru/examples"
	"naru/internal/agency"
)

// A provider that proves nothing must not be reachable where people are real.
func TestAMockProviderIsForDevelopmentOnly(t *testing.T) {
	t.Parallel()
	a, err := agency.Load(examples.AgencyYAML)
	if err != nil {
		t.Fatal(err)
	}
	h := &host{env: &Env{Stdout: io.Discard, Stderr: io.Discard, Now: time.Now}, agency: a}
	if _, err := h.openDesk(t.Context(), "https://booking.example"); err == nil || !strings.Contains(err.Error(), "development") {
		t.Errorf("%v, want a refusal", err)
	}
	h.development = true
	desk, err := h.openDesk(t.Context(), "http://localhost:8080")
	if err != nil {
		t.Fatal(err)
	}
	if n := len(desk.States()); n != 3 || len(h.mocks) != 2 {
		t.Errorf("%d providers, %d of them mocks", n, len(h.mocks))
	}
}

func TestAddressOfTheService(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	for public, want := range map[string]string{
		"https://booking.example": "https://booking.example", "https://booking.example/": "https://booking.example",
		"http://booking.example": "", "https://": "", "https://x/path": "", "https://x/?q=1": "", "x": "",
	} {
		got, err := (&host{public: public}).publicURL(l)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q %v, want %q", public, got, err, want)
		}
	}
	if got, err := (&host{}).publicURL(l); err != nil || !strings.HasPrefix(got, "http://localhost:") {
		t.Errorf("without a word of the operator: %q %v", got, err)
	}
	if got := secretName("mock-a"); got != "NARU_IDENTITY_SECRET_MOCK_A" {
		t.Errorf("the secret is looked for in %s", got)
	}
}
