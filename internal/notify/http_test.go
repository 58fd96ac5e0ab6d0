package notify_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"naru/internal/fault"
	"naru/internal/message"
	"naru/internal/notify"
)

var now = time.Date(2021, 7, 26, 3, 0, 0, 0, time.UTC)

// What a provider answers is one of four things (rules M4, M6).
func TestHTTPProviderAnswers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status     int
		retry, say string
		answer     message.Answer
		wait       time.Duration
		cause      string
	}{
		{200, "", "", message.Taken, 0, ""},
		{202, "", "", message.Taken, 0, ""},
		{302, "", "", message.Unsure, 0, "status_302"},
		{400, "", `{"cause":"no_such_phone"}`, message.Refused, 0, "no_such_phone"},
		{401, "", "", message.Busy, 0, "status_401"},
		{409, "", "", message.Unsure, 0, "status_409"},
		{422, "", `{"cause":"<script>"}`, message.Refused, 0, "status_422"},
		{429, "7", "", message.Busy, 7 * time.Second, "status_429"},
		{503, now.Add(time.Minute).Format(http.TimeFormat), "", message.Busy, time.Minute, "status_503"},
		{503, "soon", "", message.Busy, 0, "status_503"},
		{500, "9", "", message.Unsure, 0, "status_500"},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			want := `{"id":"k","channel":"sms","kind":"code","lang":"ko","to":"01000000001","text":"12"}`
			if string(body) != want || r.Header.Get("Idempotency-Key") != "k" || r.Header.Get("Authorization") != "Bearer s" {
				t.Errorf("sent %s with %v", body, r.Header)
			}
			w.Header().Set("Retry-After", c.retry)
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(c.status)
			_, _ = io.WriteString(w, c.say)
		}))
		h := notify.NewHTTP(message.Provider{URL: server.URL, Channel: message.Text, InFlight: 1, Deadline: time.Second}, "s", func() time.Time { return now })
		err := h.Send(t.Context(), notify.Outgoing{ID: "k", Kind: message.Code, To: "01000000001", Lang: "ko", Text: "12"})
		server.Close()
		var r *notify.Refusal
		if c.answer == message.Taken && err == nil {
			continue
		}
		if !errors.As(err, &r) || r.Answer != c.answer || r.Wait != c.wait || r.Cause != c.cause {
			t.Errorf("%d %q: %+v (%v)", c.status, c.say, r, err)
		}
	}
}

// Nobody knows what became of a message that was not answered, and the error names no
// number and no text.
func TestHTTPProviderThatIsAway(t *testing.T) {
	t.Parallel()
	hang := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-hang }))
	defer server.Close()
	defer close(hang)
	for _, url := range []string{server.URL, "http://127.0.0.1:1/send"} {
		h := notify.NewHTTP(message.Provider{URL: url, Channel: message.Talk, InFlight: 1, Deadline: time.Second}, "s", func() time.Time { return now })
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		err := h.Send(ctx, notify.Outgoing{ID: "k", To: "01000000001", Text: "secret"})
		cancel()
		var r *notify.Refusal
		if !errors.As(err, &r) || r.Answer != message.Unsure || strings.Contains(err.Error(), "0100") || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", url, err)
		}
	}
}

// A report counts when it is signed, of now, and says nothing that is not known
// (rule M7).
func TestReportsAreSignedAndRead(t *testing.T) {
	t.Parallel()
	const good = `{"reports":[{"id":"60ebb0308077bdb8a505f79d89c30007","state":"delivered"},{"id":"60ebb030c52bae3460c467a0402b0007","state":"failed","cause":"phone_off"}]}`
	at := strconv.FormatInt(now.Unix(), 10)
	old := strconv.FormatInt(now.Add(-5*time.Minute-time.Second).Unix(), 10)
	soon := strconv.FormatInt(now.Add(5*time.Minute+time.Second).Unix(), 10)
	all, err := notify.ParseReports("s", at, notify.Sign("s", at, []byte(good)), []byte(good), now)
	if err != nil || len(all) != 2 || !all[0].Arrived || all[1].Arrived || all[1].Cause != "phone_off" {
		t.Fatalf("%+v (%v)", all, err)
	}
	for what, c := range map[string]struct {
		secret, at, signature, body string
		want                        fault.Code
	}{
		"another secret":     {"s", at, notify.Sign("x", at, []byte(good)), good, fault.Unauthenticated},
		"no secret":          {"", at, notify.Sign("", at, []byte(good)), good, fault.Unauthenticated},
		"another time":       {"s", old, notify.Sign("s", at, []byte(good)), good, fault.Unauthenticated},
		"another body":       {"s", at, notify.Sign("s", at, []byte(good+" ")), good, fault.Unauthenticated},
		"no signature":       {"s", at, "", good, fault.Unauthenticated},
		"no time":            {"s", "", notify.Sign("s", "", []byte(good)), good, fault.Unauthenticated},
		"an old report":      {"s", old, notify.Sign("s", old, []byte(good)), good, fault.Unauthenticated},
		"of the future":      {"s", soon, notify.Sign("s", soon, []byte(good)), good, fault.Unauthenticated},
		"a field too many":   {"s", at, "", `{"reports":[{"id":"60ebb0308077bdb8a505f79d89c30007","state":"delivered","x":1}]}`, fault.Malformed},
		"something after it": {"s", at, "", good + good, fault.Malformed},
		"no report":          {"s", at, "", `{"reports":[]}`, fault.Malformed},
		"another state":      {"s", at, "", `{"reports":[{"id":"60ebb0308077bdb8a505f79d89c30007","state":"read"}]}`, fault.Malformed},
		"no id":              {"s", at, "", `{"reports":[{"id":"7","state":"failed"}]}`, fault.Malformed},
		"a cause with words": {"s", at, "", `{"reports":[{"id":"60ebb0308077bdb8a505f79d89c30007","state":"failed","cause":"홍 길동"}]}`, fault.Malformed},
		"no JSON":            {"s", at, "", `reports`, fault.Malformed},
	} {
		if c.want == fault.Malformed {
			c.signature = notify.Sign("s", c.at, []byte(c.body))
		}
		if _, err := notify.ParseReports(c.secret, c.at, c.signature, []byte(c.body), now); fault.CodeOf(err) != c.want {
			t.Errorf("%s: %v, want %s", what, err, c.want)
		}
	}
}

func FuzzParseReports(f *testing.F) {
	f.Add([]byte(`{"reports":[{"id":"60ebb0308077bdb8a505f79d89c30007","state":"delivered"}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		at := strconv.FormatInt(now.Unix(), 10)
		all, err := notify.ParseReports("s", at, notify.Sign("s", at, body), body, now)
		for _, d := range all {
			if _, ok := message.BucketOf(d.ID); !ok || err != nil {
				t.Fatalf("%+v (%v)", d, err)
			}
		}
	})
}
