package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"naru/internal/message"
)

// HTTP is a provider that takes one JSON POST a message:
//
//	{"id", "channel", "kind", "lang", "to", "text"}
//
// with the header Idempotency-Key, which is the id, and Authorization: Bearer. channel
// is sms, lms or talk. Any 2xx says that it was taken, also the second time. 429 and
// 503 say later (Retry-After is kept to), 401, 403 and 404 that this service is not set
// up there, which is no message's fault; any other 4xx that it will never be taken. What
// is neither is unsure: it is tried again under the same key.
type HTTP struct {
	of     message.Provider
	secret string
	client *http.Client
	now    func() time.Time
}

var _ Provider = (*HTTP)(nil)

// NewHTTP makes the adapter of a provider. secret is sent with each message.
func NewHTTP(of message.Provider, secret string, now func() time.Time) *HTTP {
	return &HTTP{of: of, secret: secret, now: now, client: &http.Client{
		Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: of.InFlight, MaxConnsPerHost: of.InFlight,
			IdleConnTimeout: time.Minute, TLSHandshakeTimeout: of.Deadline, MaxResponseHeaderBytes: 16 << 10, ForceAttemptHTTP2: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // the secret goes nowhere else
	}}
}

// outgoing is the body of a request.
type outgoing struct {
	ID      string       `json:"id"`
	Channel string       `json:"channel"`
	Kind    message.Kind `json:"kind"`
	Lang    string       `json:"lang"`
	To      string       `json:"to"`
	Text    string       `json:"text"`
}

// Send posts one message.
func (h *HTTP) Send(ctx context.Context, o Outgoing) error {
	body, err := json.Marshal(outgoing{o.ID, channelOf(h.of.Channel, o.Text), o.Kind, o.Lang, o.To, o.Text})
	if err != nil {
		return fmt.Errorf("write message: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, h.of.URL, bytes.NewReader(body))
	if err != nil {
		return &Refusal{Answer: message.Unsure, Cause: "bad_address"}
	}
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	r.Header.Set("Authorization", "Bearer "+h.secret)
	r.Header.Set("Idempotency-Key", o.ID)
	answer, err := h.client.Do(r)
	if err != nil {
		return &Refusal{Answer: message.Unsure, Cause: "no_answer"} // the error names the address alone, but may quote what came
	}
	defer func() { _ = answer.Body.Close() }()
	said, _ := io.ReadAll(io.LimitReader(answer.Body, answerMost)) // what cannot be read says nothing
	return h.refusal(answer, said)
}

// answerMost bounds what is read of an answer.
const answerMost = 4 << 10

func channelOf(c message.Channel, text string) string {
	switch {
	case c == message.Talk:
		return "talk"
	case message.Short(text):
		return "sms"
	}
	return "lms"
}

func (h *HTTP) refusal(answer *http.Response, said []byte) error {
	r := &Refusal{Answer: message.Unsure, Cause: causeIn(said)}
	if r.Cause == "" {
		r.Cause = "status_" + strconv.Itoa(answer.StatusCode)
	}
	switch code := answer.StatusCode; {
	case code >= 200 && code < 300:
		return nil
	case code == http.StatusTooManyRequests, code == http.StatusServiceUnavailable:
		r.Answer, r.Wait = message.Busy, retryAfter(answer.Header.Get("Retry-After"), h.now())
	case code == http.StatusRequestTimeout, code == http.StatusConflict, code == http.StatusTooEarly: // 409: the same key is on its way there
		r.Wait = 0
	case code == http.StatusUnauthorized, code == http.StatusForbidden, code == http.StatusNotFound, code == http.StatusMethodNotAllowed:
		r.Answer = message.Busy
	case code >= 400 && code < 500:
		r.Answer = message.Refused
	}
	return r
}

// retryAfter reads the header's seconds or date (RFC 9110, 10.2.3); 0 when it is
// neither.
func retryAfter(text string, now time.Time) time.Duration {
	if n, err := strconv.Atoi(text); err == nil && n >= 0 {
		return time.Duration(min(n, 24*3600)) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}

// causeForm is what a provider's word for a cause may be.
var causeForm = regexp.MustCompile(`^[a-z0-9_.-]{1,40}$`)

// causeIn is the "cause" of an answer, "" when there is none that may be shown.
func causeIn(said []byte) string {
	var a struct {
		Cause string `json:"cause"`
	}
	if json.Unmarshal(said, &a) != nil || !causeForm.MatchString(a.Cause) {
		return ""
	}
	return a.Cause
}
