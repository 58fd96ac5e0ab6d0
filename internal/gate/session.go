package gate

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"

	"naru/internal/fault"
)

// Session is the right to book for a few minutes, bound to one browser. The
// token proves what was granted; the store knows whether it is still live.
type Session struct {
	Campaign CampaignID
	Epoch    uint32
	ID       [16]byte
	Ticket   TicketID
	Browser  [32]byte // SHA-256 of the browser's cookie, see BrowserHash
	Proven   bool
	Lane     Lane      // by which it was opened; "" is the web
	Person   string    // random person id; "" until proven
	Expires  time.Time // whole seconds
}

const (
	sessionPrefix = "NS1."
	sessionFixed  = 1 + 1 + 4 + 8 + 8 + 16 + 16 + 32
	maxPerson     = 64
	// MaxSessionText is more than the length of any sealed session.
	MaxSessionText = 260
	// sessionAudience is signed but not sent: a token made for any other
	// audience fails here.
	sessionAudience = "naru/session/1 booking\x00"
)

// BrowserHash is what a session keeps of the browser's random cookie.
func BrowserHash(cookie string) [32]byte { return sha256.Sum256([]byte(cookie)) }

// SealSession signs a session:
//
//	"NS1." base64url(proven 1 ‖ lane 1 ‖ epoch 4 ‖ campaign tag 8 ‖ expires 8 ‖ id 16 ‖ ticket 16 ‖ browser 32 ‖ person) "."
//	base64url(HMAC-SHA-256(audience ‖ payload))
//
// It panics when the session is of another campaign or epoch than the keys,
// when it has a person and is not proven (or the reverse), when there is no such
// lane, or when the person id is longer than 64 bytes.
func (k *Keys) SealSession(s Session) string {
	if s.Campaign != k.campaign || s.Epoch != k.epoch {
		panic(fmt.Sprintf("gate: session of %q epoch %d sealed with %v", s.Campaign, s.Epoch, k))
	}
	if s.Proven != (s.Person != "") || len(s.Person) > maxPerson || s.Expires.Unix() < 0 {
		panic("gate: a proven session has a person id of at most 64 bytes, an unproven one has none")
	}
	p := make([]byte, 0, sessionFixed+len(s.Person))
	p = append(p, flag(s.Proven), s.Lane.sign())
	p = binary.BigEndian.AppendUint32(p, s.Epoch)
	p = append(p, k.tag[:]...)
	p = binary.BigEndian.AppendUint64(p, uint64(s.Expires.Unix()))
	p = append(p, s.ID[:]...)
	p = append(p, s.Ticket[:]...)
	p = append(p, s.Browser[:]...)
	p = append(p, s.Person...)
	return sessionPrefix + strict.EncodeToString(p) + "." + strict.EncodeToString(k.sessionMAC(p))
}

// OpenSession returns the session of a token presented with the browser's
// cookie. Faults: "gate.session_bad" (Unauthenticated) for anything these keys
// did not sign, "gate.session_other_browser" (Unauthenticated) when the cookie
// is another, "gate.session_expired" (Expired) from the second it expires. A
// token that opens may still have been ended in the store (rule G16).
func (k *Keys) OpenSession(token, browserCookie string, now time.Time) (Session, error) {
	payload, sum, ok := splitToken(sessionPrefix, token, MaxSessionText)
	if !ok || !hmac.Equal(k.sessionMAC(payload), sum) {
		return Session{}, fault.New(fault.Unauthenticated, "gate.session_bad")
	}
	s, ok := k.parseSession(payload)
	if !ok {
		return Session{}, fault.New(fault.Unauthenticated, "gate.session_bad")
	}
	hash := BrowserHash(browserCookie)
	if browserCookie == "" || !hmac.Equal(hash[:], s.Browser[:]) {
		return Session{}, fault.New(fault.Unauthenticated, "gate.session_other_browser")
	}
	if !now.Before(s.Expires) {
		return Session{}, fault.New(fault.Expired, "gate.session_expired")
	}
	return s, nil
}

func (k *Keys) sessionMAC(payload []byte) []byte {
	return mac(k.session, append([]byte(sessionAudience), payload...))
}

func (k *Keys) parseSession(p []byte) (Session, bool) {
	if len(p) < sessionFixed || len(p) > sessionFixed+maxPerson || p[0] > 1 || p[1] >= byte(len(laneSigns)) {
		return Session{}, false
	}
	expires := binary.BigEndian.Uint64(p[14:])
	if [8]byte(p[6:14]) != k.tag || binary.BigEndian.Uint32(p[2:]) != k.epoch || expires > 1<<40 {
		return Session{}, false
	}
	s := Session{
		Campaign: k.campaign,
		Epoch:    k.epoch,
		ID:       [16]byte(p[22:38]),
		Ticket:   TicketID(p[38:54]),
		Browser:  [32]byte(p[54:86]),
		Proven:   p[0] == 1,
		Lane:     laneSigns[p[1]],
		Person:   string(p[sessionFixed:]),
		Expires:  time.Unix(int64(expires), 0).UTC(),
	}
	return s, s.Proven == (s.Person != "")
}

func flag(on bool) byte {
	if on {
		return 1
	}
	return 0
}
