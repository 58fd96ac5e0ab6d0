package proof_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"naru/internal/fault"
	"naru/internal/identity"
	"naru/internal/proof"
	"naru/internal/proof/mock"
)

const back = "http://127.0.0.1:8080/identity/back"

var me = mock.Human{Name: "가상하나", Born: "1965-03-09", Mobile: "+82 10-0000-0001"}

// clock is moved by the test alone.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time      { c.mu.Lock(); defer c.mu.Unlock(); return c.now }
func (c *clock) Add(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.now = c.now.Add(d) }

// house is a desk with a real HTTP provider "a" and one that sends codes.
type house struct {
	*proof.Desk
	*clock
	t        *testing.T
	provider *mock.Provider
}

func newHouse(t *testing.T, deadline time.Duration) *house {
	t.Helper()
	h := &house{t: t, clock: &clock{now: time.Date(2021, 8, 9, 11, 0, 0, 0, time.UTC)}}
	var handler http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	var err error
	h.provider, err = mock.New(server.URL, "모의", "naru", back, h.Now)
	must(t, err)
	handler = h.provider.Handler()
	all := []identity.Provider{
		{ID: "code", Kind: identity.Code, PerSecond: 10, InFlight: 10, Slow: time.Second, Deadline: deadline},
		{ID: "a", Kind: identity.Redirect, PerSecond: 10, InFlight: 2, Slow: time.Second, Deadline: deadline},
	}
	h.Desk, err = proof.NewDesk(all, map[identity.ID]proof.Redirect{
		"a": proof.NewOIDC(proof.OIDCOptions{Issuer: server.URL, ClientID: "naru", Secret: "s", Return: back, Now: h.Now}),
	}, h.Now, nil)
	must(t, err)
	h.Probe(t.Context())
	return h
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// goes sends somebody to the provider and returns what comes back.
func (h *house) goes(who mock.Human, nonce, verifier string) (code string) {
	h.t.Helper()
	to, err := h.Address("a", "state", nonce, verifier)
	must(h.t, err)
	u, err := url.Parse(to)
	must(h.t, err)
	came, err := h.provider.Allow(u.Query(), who)
	must(h.t, err)
	u, err = url.Parse(came)
	must(h.t, err)
	return u.Query().Get("code")
}

func (h *house) light(id identity.ID) identity.Light { return h.Lights()[id] }

func wantCode(t *testing.T, err error, code fault.Code, message string) {
	t.Helper()
	if fault.CodeOf(err) != code || fault.Of(err).Message != message {
		t.Fatalf("%v, want %s %s", err, code, message)
	}
}

func TestASignedAnswerNamesTheHuman(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 5*time.Second)
	verifier := strings.Repeat("v", 43)
	to, err := h.Address("a", "the-state", "n", verifier)
	must(t, err)
	for _, want := range []string{"state=the-state", "nonce=n", "code_challenge=", "code_challenge_method=S256", "response_type=code", "client_id=naru"} {
		if !strings.Contains(to, want) {
			t.Errorf("the question lacks %s: %s", want, to)
		}
	}
	if strings.Contains(to, verifier) {
		t.Error("the verifier is in the question")
	}
	code := h.goes(me, "n", verifier)
	who, err := h.Answer(t.Context(), "a", code, "n", verifier)
	must(t, err)
	if who != (proof.Human{Name: me.Name, Born: me.Born, Mobile: me.Mobile, Stable: me.CI()}) {
		t.Errorf("%+v", who)
	}
	_, err = h.Answer(t.Context(), "a", code, "n", verifier)
	wantCode(t, err, fault.Invalid, "identity.answer_wrong") // a code is good once
	_, err = h.Answer(t.Context(), "a", h.goes(me, "n", verifier), "another", verifier)
	wantCode(t, err, fault.Invalid, "identity.answer_wrong") // somebody else's answer, slipped in
	_, err = h.Answer(t.Context(), "a", h.goes(me, "n", verifier), "n", strings.Repeat("w", 43))
	wantCode(t, err, fault.Invalid, "identity.answer_wrong") // without the verifier it was asked with
	_, err = h.Answer(t.Context(), "nobody", "x", "n", verifier)
	wantCode(t, err, fault.Invalid, "identity.no_provider")
	if h.light("a") != identity.Smooth {
		t.Errorf("wrong answers of people turned the provider's light to %v", h.light("a"))
	}
}

// A provider that takes the code and never answers costs its deadline, no more,
// and its light; one that is dead is left alone, and comes back.
func TestAProviderThatFailsTurnsItsLight(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 300*time.Millisecond)
	h.provider.Be(mock.Swallow)
	_, err := h.Answer(t.Context(), "a", h.goes(me, "n", "v"), "n", "v")
	wantCode(t, err, fault.Unavailable, "identity.failed")
	h.provider.Be(mock.Dead)
	for h.light("a") != identity.Down {
		if _, err = h.Answer(t.Context(), "a", "x", "n", "v"); err == nil {
			t.Fatal("a dead provider answered")
		}
	}
	_, err = h.Choose("a", false)
	wantCode(t, err, fault.Unavailable, "identity.down")
	if _, err := h.Choose("code", false); err != nil {
		t.Errorf("the other provider cannot be chosen: %v", err)
	}
	h.provider.Be(mock.Well)
	for range 60 {
		h.Add(time.Second)
		h.Probe(t.Context())
		h.Lights()
	}
	if h.light("a") != identity.Smooth {
		t.Errorf("a provider that is well again is %v", h.light("a"))
	}
}

func TestProbesFindADeadProviderBeforePeopleDo(t *testing.T) {
	t.Parallel()
	for _, mode := range []mock.Mode{mock.Dead, mock.Failing} {
		h := newHouse(t, 300*time.Millisecond)
		h.provider.Be(mode)
		for range 10 {
			h.Add(identity.ProbeEvery)
			h.Probe(t.Context())
		}
		if h.light("a") != identity.Down {
			t.Errorf("%s: %v", mode, h.light("a"))
		}
	}
}

func TestABulkheadHoldsCallsBack(t *testing.T) {
	t.Parallel()
	h := newHouse(t, time.Second)
	h.provider.Be(mock.Swallow)
	var wg sync.WaitGroup
	var busy, failed int
	var mu sync.Mutex
	codes := []string{h.goes(me, "n", "v"), h.goes(me, "n", "v"), h.goes(me, "n", "v"), h.goes(me, "n", "v")}
	for _, code := range codes {
		wg.Go(func() {
			_, err := h.Answer(t.Context(), "a", code, "n", "v")
			mu.Lock()
			defer mu.Unlock()
			switch fault.Of(err).Message {
			case "identity.busy":
				busy++
			case "identity.failed":
				failed++
			}
		})
	}
	wg.Wait()
	if busy != 2 || failed != 2 {
		t.Errorf("%d turned away and %d failed, of four at a bulkhead of two", busy, failed)
	}
}

// Messages go on whatever the light, and make it.
func TestThePostmansCallsMakeTheLightOfCodes(t *testing.T) {
	t.Parallel()
	h := newHouse(t, time.Second)
	sent := 0
	for range 10 {
		_ = h.Watch(t.Context(), "code", func(context.Context) error { sent++; return http.ErrServerClosed })
	}
	if sent != 10 || h.light("code") != identity.Down {
		t.Errorf("%d of 10 sent, the light is %v", sent, h.light("code"))
	}
	if p, found := h.Coder(); !found || p.ID != "code" {
		t.Error("the provider of codes is not found")
	}
}

func TestEarlyProofsWaitForASmoothLight(t *testing.T) {
	t.Parallel()
	h := newHouse(t, time.Second)
	refused := 0
	for range 20 {
		if _, err := h.Choose("a", true); fault.CodeOf(err) == fault.TooMany {
			refused++
		}
	}
	if refused == 0 || refused == 20 {
		t.Errorf("%d of 20 early proofs at once were refused", refused)
	}
	for range 4 {
		_ = h.Watch(t.Context(), "code", func(context.Context) error { return nil })
	}
	_ = h.Watch(t.Context(), "code", func(context.Context) error { return http.ErrServerClosed })
	_, err := h.Choose("code", true)
	wantCode(t, err, fault.Unavailable, "identity.early_later")
	if _, err := h.Choose("code", false); err != nil {
		t.Errorf("those whose turn it is cannot choose it: %v", err)
	}
}

// What a provider writes is bounded and read strictly.
func TestAnAnswerThatIsNoneIsTheProvidersFault(t *testing.T) {
	t.Parallel()
	for name, write := range map[string]func(w http.ResponseWriter){
		"nothing":        func(http.ResponseWriter) {},
		"no JSON":        func(w http.ResponseWriter) { _, _ = w.Write([]byte("<html>")) },
		"no signed part": func(w http.ResponseWriter) { writeJSON(w, `{"access_token":"x","token_type":"Bearer"}`) },
		"a forged part": func(w http.ResponseWriter) {
			writeJSON(w, `{"access_token":"x","token_type":"Bearer","id_token":"a.b.c"}`)
		},
		"an endless text": func(w http.ResponseWriter) { writeJSON(w, `{"access_token":"`+strings.Repeat("x", 1<<20)+`"}`) },
		"an error of its": func(w http.ResponseWriter) { http.Error(w, "가상하나", http.StatusInternalServerError) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var url string
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/token" {
					write(w)
					return
				}
				writeJSON(w, `{"issuer":"`+url+`","authorization_endpoint":"`+url+`/a","token_endpoint":"`+url+`/token","jwks_uri":"`+url+`/keys","keys":[]}`)
			}))
			defer server.Close()
			url = server.URL
			p := proof.NewOIDC(proof.OIDCOptions{Issuer: url, ClientID: "naru", Return: back, Now: time.Now})
			if _, err := p.Address("s", "n", "v"); err == nil {
				t.Error("an address of a provider that has never answered")
			}
			must(t, p.Ping(t.Context()))
			must(t, p.Ping(t.Context()))
			_, err := p.Answer(t.Context(), "c", "n", "v")
			if err == nil || fault.CodeOf(err) == fault.Invalid || strings.Contains(err.Error(), "가상하나") {
				t.Errorf("%v", err)
			}
		})
	}
}

func writeJSON(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(text))
}
