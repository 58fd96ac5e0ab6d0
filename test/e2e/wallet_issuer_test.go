package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"naru/internal/caldate"
	"naru/internal/cose"
	"naru/internal/pass"
	register "naru/internal/visit"
)

// issuer stands before the program and issues for the wallet, as a service would behind
// it; everything else goes through. Gone, it answers nothing and counts who asked.
type issuer struct {
	t       *testing.T
	url     string
	signer  cose.Signer
	trust   *pass.Trust
	outer   []byte // private keys of the custodians, of all days
	inner   []byte
	keys    [2]register.DayKey
	contact []byte // the secret of handles

	mu         sync.Mutex
	name, born string
	proofs     []pass.Proof
	proven     bool
	ahead      int // people before this one, once
	gone       bool
	asked      int
}

func newIssuer(t *testing.T, s *server) *issuer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ok(t, err)
	i := &issuer{t: t, contact: []byte("the secret of handles")}
	i.signer, err = cose.NewSigner(key, []byte("e2e-keys"))
	ok(t, err)
	i.trust = pass.NewTrust(time.Time{}, []pass.Key{{Kid: pass.Kid(i.signer.Kid), Public: &key.PublicKey, Passes: true}}, nil, nil)
	i.outer, i.keys[1], err = register.NewDayKey(register.Outer, 0)
	ok(t, err)
	i.inner, i.keys[0], err = register.NewDayKey(register.Inner, 0)
	ok(t, err)
	to, err := url.Parse(s.url)
	ok(t, err)
	through := httputil.NewSingleHostReverseProxy(to)
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		i.mu.Lock()
		defer i.mu.Unlock()
		i.asked++
		switch path := strings.TrimPrefix(r.URL.Path, "/en"); {
		case i.gone:
			panic(http.ErrAbortHandler) // the connection ends without an answer
		case path == "/wallet/proofs" || path == "/wallet/load":
			i.issue(w, r, path)
		default:
			through.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(front.Close)
	i.url = strings.Replace(front.URL, "127.0.0.1", "localhost", 1)
	return i
}

func (i *issuer) issue(w http.ResponseWriter, r *http.Request, path string) {
	w.Header().Set("Content-Type", "application/json")
	switch {
	case !i.proven:
		w.WriteHeader(http.StatusUnauthorized)
	case path == "/wallet/proofs":
		i.say(w, map[string]any{"proofs": i.listed()})
	case i.ahead > 0:
		w.Header().Set("Retry-After", "2")
		w.WriteHeader(http.StatusAccepted)
		i.say(w, map[string]any{"place": i.ahead + 1, "seconds": 300})
		i.ahead = 0
	default:
		i.load(w, r)
	}
}

func (i *issuer) listed() (all []map[string]any) {
	for n := range i.proofs {
		all = append(all, map[string]any{"id": string(rune('a' + n))})
	}
	return all
}

func (i *issuer) load(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Proof string
		Keys  []string
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || len(in.Proof) != 1 || len(in.Keys) != 30 {
		i.t.Errorf("the wallet sent %d keys for %q, want 30: %v", len(in.Keys), in.Proof, err)
		return
	}
	e := base64.RawURLEncoding
	n := int(in.Proof[0] - 'a')
	var all []map[string]string
	for m, text := range in.Keys {
		public, err := e.DecodeString(text)
		ok(i.t, err)
		holder, err := pass.ParseHolderKey(public)
		ok(i.t, err)
		salt := [pass.SaltSize]byte{byte(n), byte(m)}
		proof := i.proofs[n]
		proof.Commitment = pass.Opened{Salt: salt, Name: i.name, Born: i.born}.Commit()
		c, err := pass.Issue(i.signer, pass.ID{byte(n), byte(m)}, holder, proof)
		ok(i.t, err)
		all = append(all, map[string]string{"credential": e.EncodeToString(c), "salt": e.EncodeToString(salt[:])})
	}
	var contacts, keys []map[string]any
	today, _ := register.DayOf(caldate.Of(time.Now(), korea))
	for day := today; day < today+30; day++ {
		c := register.NewContact(i.contact, register.ByCode, day)
		contacts = append(contacts, map[string]any{"day": day, "handle": e.EncodeToString(c.Handle[:]), "mac": e.EncodeToString(c.MAC[:])})
		keys = append(keys, map[string]any{"day": day, "inner": e.EncodeToString(i.keys[0].Public), "outer": e.EncodeToString(i.keys[1].Public)})
	}
	i.say(w, map[string]any{"name": i.name, "born": i.born, "credentials": all, "contacts": contacts, "visit_keys": keys})
}

func (i *issuer) say(w http.ResponseWriter, what any) {
	if err := json.NewEncoder(w).Encode(what); err != nil {
		i.t.Errorf("issue: %v", err)
	}
}

// with changes the issuer between two requests.
func (i *issuer) with(change func()) { i.mu.Lock(); defer i.mu.Unlock(); change() }

func (i *issuer) count() int { i.mu.Lock(); defer i.mu.Unlock(); return i.asked }

// korea is the zone of the demonstration agency.
var korea = time.FixedZone("KST", 9*60*60)
