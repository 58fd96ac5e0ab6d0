// Package mock is a provider of messages for demonstrations and tests. It sends
// nothing to anybody: its page is the phone. It is real HTTP, so that what speaks to it
// is what would speak to a real provider, and it can be told to be slow, to refuse, to
// be away, or to take a message and never say so. It must never be reachable from
// another machine: its page shows everybody's messages.
package mock

import (
	"crypto/subtle"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"
)

// Mode is how the provider behaves.
type Mode string

// The modes.
const (
	Well    Mode = "well"
	Slow    Mode = "slow"    // every answer takes SlowFor
	Refuse  Mode = "refuse"  // status 422: it will never take it
	Busy    Mode = "busy"    // status 503, Retry-After of BusyFor
	Swallow Mode = "swallow" // it takes the message and never answers
	Lose    Mode = "lose"    // it takes the message, and reports later that it did not arrive
)

var modes = []Mode{Well, Slow, Refuse, Busy, Swallow, Lose}

// How long it lets others wait.
const (
	SlowFor = 3 * time.Second
	BusyFor = 2 * time.Second
)

// kept bounds the messages it remembers.
const kept = 10_000

// Message is one that it took, once for each key.
type Message struct {
	ID      string    `json:"id"`
	Channel string    `json:"channel"`
	Kind    string    `json:"kind"`
	Lang    string    `json:"lang"`
	To      string    `json:"to"`
	Text    string    `json:"text"`
	At      time.Time `json:"-"`
	Asked   int       `json:"-"` // how often it came
}

// Provider is one running mock. Reports, when set, is told of every message that it
// took: whether it arrived; it must not wait.
type Provider struct {
	Secret  string // what a sender must show
	Now     func() time.Time
	Reports func(id string, arrived bool)

	mu       sync.Mutex
	mode     Mode
	messages []*Message
	byID     map[string]*Message
}

// New makes a provider that takes messages of who shows the secret.
func New(secret string, now func() time.Time) *Provider {
	return &Provider{Secret: secret, Now: now, mode: Well, byID: map[string]*Message{}}
}

// Be sets the mode.
func (p *Provider) Be(m Mode) { p.mu.Lock(); defer p.mu.Unlock(); p.mode = m }

// Inbox is what it took, the oldest first.
func (p *Provider) Inbox() []Message {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := make([]Message, 0, len(p.messages))
	for _, m := range p.messages {
		all = append(all, *m)
	}
	return all
}

// Handler serves POST /send, the page / and its forms.
func (p *Provider) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /send", p.send)
	mux.HandleFunc("GET /{$}", p.page)
	mux.Handle("POST /mode", http.NewCrossOriginProtection().Handler(http.HandlerFunc(p.choose)))
	return mux
}

// bodyMost bounds a request.
const bodyMost = 16 << 10

func (p *Provider) send(w http.ResponseWriter, r *http.Request) {
	if subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), []byte("Bearer "+p.Secret)) != 1 {
		refuse(w, http.StatusUnauthorized, "who_are_you")
		return
	}
	m, err := read(w, r)
	if err != nil {
		refuse(w, http.StatusBadRequest, "bad_request")
		return
	}
	p.mu.Lock()
	mode := p.mode
	p.mu.Unlock()
	switch mode {
	case Refuse:
		refuse(w, http.StatusUnprocessableEntity, "no_such_phone")
		return
	case Busy:
		w.Header().Set("Retry-After", "2")
		refuse(w, http.StatusServiceUnavailable, "busy")
		return
	case Slow:
		wait(r, SlowFor)
	}
	fresh := p.take(m)
	if fresh && p.Reports != nil {
		p.Reports(m.ID, mode != Lose)
	}
	if mode == Swallow {
		wait(r, time.Minute)
		panic(http.ErrAbortHandler)
	}
	w.WriteHeader(http.StatusAccepted)
}

func wait(r *http.Request, span time.Duration) {
	t := time.NewTimer(span)
	defer t.Stop()
	select {
	case <-t.C:
	case <-r.Context().Done():
	}
}

func read(w http.ResponseWriter, r *http.Request) (Message, error) {
	var m Message
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, bodyMost))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		return m, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) || m.ID == "" || m.To == "" || m.ID != r.Header.Get("Idempotency-Key") {
		return m, errors.New("the message is not whole")
	}
	return m, nil
}

// take keeps a message once for each key, and says whether it is new.
func (p *Provider) take(m Message) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if before, known := p.byID[m.ID]; known {
		before.Asked++
		return false
	}
	m.At, m.Asked = p.Now(), 1
	p.byID[m.ID] = &m
	p.messages = append(p.messages, &m)
	if len(p.messages) > kept {
		delete(p.byID, p.messages[0].ID)
		p.messages = p.messages[1:]
	}
	return true
}

func refuse(w http.ResponseWriter, status int, cause string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"cause": cause})
}
