package sip

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"encoding/hex"
	"time"

	gosip "github.com/emiago/sipgo/sip"
	"github.com/icholy/digest"
)

const (
	realm     = "naru"
	nonceLife = 30 * time.Second
	maxCreds  = 2048 // bytes of an Authorization header
)

// authorized says whether a call carries the answer to a challenge that was made for
// this very call and address a moment ago: overheard, it serves for nothing else.
func (e *Endpoint) authorized(req *gosip.Request, t *Trunk) bool {
	h := req.GetHeader("Authorization")
	if h == nil || len(h.Value()) > maxCreds {
		return false
	}
	got, err := digest.ParseCredentials(h.Value())
	if err != nil || !e.fresh(got.Nonce, req) {
		return false
	}
	asked := gosip.Uri{}
	if gosip.ParseUri(got.URI, &asked) != nil || asked.User != req.Recipient.User {
		return false // an answer for another number
	}
	want, err := digest.Digest(e.challenge(t, got.Nonce), digest.Options{
		Method: req.Method.String(), URI: got.URI, Count: got.Nc, Cnonce: got.Cnonce, Username: t.User, Password: t.Password,
	})
	return err == nil && subtle.ConstantTimeCompare([]byte(got.Username+" "+got.Response), []byte(want.Username+" "+want.Response)) == 1
}

func (e *Endpoint) challenge(t *Trunk, nonce string) *digest.Challenge {
	return &digest.Challenge{Realm: realm, Nonce: nonce, Algorithm: t.Algorithm, QOP: []string{"auth"}}
}

// nonce is the time and a MAC over it, the call and the address: nothing is remembered.
func (e *Endpoint) nonce(req *gosip.Request, at time.Time) string {
	stamp := binary.BigEndian.AppendUint64(nil, uint64(at.UnixMilli())) //nolint:gosec // after 1970
	m := hmac.New(sha256.New, e.key[:])
	m.Write(stamp)
	m.Write([]byte(req.CallID().Value()))
	m.Write([]byte{0})
	m.Write([]byte(sourceOf(req).Addr().String()))
	return hex.EncodeToString(append(stamp, m.Sum(nil)[:16]...))
}

func (e *Endpoint) fresh(nonce string, req *gosip.Request) bool {
	raw, err := hex.DecodeString(nonce)
	if err != nil || len(raw) != 24 {
		return false
	}
	at := time.UnixMilli(int64(binary.BigEndian.Uint64(raw))) //nolint:gosec // checked by the MAC
	age := e.o.Now().Sub(at)
	return hmac.Equal([]byte(nonce), []byte(e.nonce(req, at))) && age >= 0 && age <= nonceLife
}
