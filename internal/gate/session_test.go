package gate

import (
	"strings"
	"testing"
	"time"

	"naru/internal/fault"
)

var epoch0 = time.Date(2021, 7, 11, 15, 0, 0, 0, time.UTC)

func testSession(proven bool) Session {
	s := Session{
		Campaign: "2021-07-12", Epoch: 3, ID: [16]byte{1}, Ticket: ticketNumber(1),
		Browser: BrowserHash("cookie"), Expires: epoch0.Add(UnprovenFor), Lane: Phone,
	}
	if proven {
		s.Proven, s.Person = true, "0123456789abcdef0123456789abcdef"
	}
	return s
}

func TestSessionOpensAsSealed(t *testing.T) {
	t.Parallel()
	longest := testSession(true)
	longest.Person = strings.Repeat("p", maxPerson)
	for _, want := range []Session{testSession(false), testSession(true), longest} {
		text := testKeys().SealSession(want)
		if len(text) >= MaxSessionText {
			t.Errorf("session has %d characters", len(text))
		}
		got, err := testKeys().OpenSession(text, "cookie", epoch0)
		if err != nil || got != want {
			t.Errorf("opened %+v, %v; sealed %+v", got, err, want)
		}
	}
}

func TestSessionIsCheckedAtEveryStep(t *testing.T) {
	t.Parallel()
	good := testKeys().SealSession(testSession(true))
	end := testSession(true).Expires
	for _, c := range []struct {
		why     string
		keys    *Keys
		token   string
		cookie  string
		now     time.Time
		code    fault.Code
		message string
	}{
		{"other browser", testKeys(), good, "cookie2", epoch0, fault.Unauthenticated, "gate.session_other_browser"},
		{"no cookie", testKeys(), good, "", epoch0, fault.Unauthenticated, "gate.session_other_browser"},
		{"the second it expires", testKeys(), good, "cookie", end, fault.Expired, "gate.session_expired"},
		{"long after", testKeys(), good, "cookie", end.Add(time.Hour), fault.Expired, "gate.session_expired"},
		{"other browser after the end", testKeys(), good, "x", end, fault.Unauthenticated, "gate.session_other_browser"},
		{"other campaign", NewKeys(master(7), "2021-07-14", 3), good, "cookie", epoch0, fault.Unauthenticated, "gate.session_bad"},
		{"other epoch", NewKeys(master(7), "2021-07-12", 4), good, "cookie", epoch0, fault.Unauthenticated, "gate.session_bad"},
		{"other master", NewKeys(master(8), "2021-07-12", 3), good, "cookie", epoch0, fault.Unauthenticated, "gate.session_bad"},
		{"nothing", testKeys(), "", "cookie", epoch0, fault.Unauthenticated, "gate.session_bad"},
		{"too long", testKeys(), good + strings.Repeat("A", 300), "cookie", epoch0, fault.Unauthenticated, "gate.session_bad"},
	} {
		got, err := c.keys.OpenSession(c.token, c.cookie, c.now)
		t.Log(c.why)
		wantFault(t, err, c.code, c.message)
		if got != (Session{}) {
			t.Errorf("%s: data came with the error", c.why)
		}
	}
	if _, err := testKeys().OpenSession(good, "cookie", end.Add(-time.Nanosecond)); err != nil {
		t.Errorf("just before the end: %v", err)
	}
}

// A session made for a browser without a cookie would be everybody's.
func TestSessionNeedsACookie(t *testing.T) {
	t.Parallel()
	s := testSession(false)
	s.Browser = BrowserHash("")
	_, err := testKeys().OpenSession(testKeys().SealSession(s), "", epoch0)
	wantFault(t, err, fault.Unauthenticated, "gate.session_other_browser")
}

// A token that the right key signed for another audience does not open.
func TestSessionOfOtherAudienceIsRefused(t *testing.T) {
	t.Parallel()
	k := testKeys()
	good := k.SealSession(testSession(true))
	payload, _, ok := splitToken(sessionPrefix, good, MaxSessionText)
	if !ok {
		t.Fatal("the good session does not split")
	}
	_, err := k.OpenSession(sealToken(sessionPrefix, k.session, payload), "cookie", epoch0)
	wantFault(t, err, fault.Unauthenticated, "gate.session_bad")
}

func TestSessionChangedAnywhereIsRefused(t *testing.T) {
	t.Parallel()
	k := testKeys()
	good := k.SealSession(testSession(false))
	for i := range len(good) {
		for _, c := range []byte("A_.1\n") {
			if good[i] == c {
				continue
			}
			if _, err := k.OpenSession(good[:i]+string(c)+good[i+1:], "cookie", epoch0); err == nil {
				t.Errorf("accepted with %q at %d", c, i)
			}
		}
	}
}

func FuzzOpenSession(f *testing.F) {
	keys := testKeys()
	f.Add(keys.SealSession(testSession(false)), "cookie")
	f.Add(keys.SealSession(testSession(true)), "cookie")
	f.Add("NS1.AAAA.AAAA", "")
	f.Fuzz(func(t *testing.T, text, cookie string) {
		got, err := keys.OpenSession(text, cookie, epoch0)
		if err != nil {
			return
		}
		if keys.SealSession(got) != text || got.Browser != BrowserHash(cookie) || !epoch0.Before(got.Expires) {
			t.Errorf("%q opens as %+v", text, got)
		}
	})
}
