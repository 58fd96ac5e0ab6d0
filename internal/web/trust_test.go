package web_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"net/http"
	"strings"
	"testing"

	"naru/internal/issue"
)

func TestTrustIsServed(t *testing.T) {
	t.Parallel()
	h := newFlowHouse(t)
	b := h.browser("")
	b.get("/trust/list").want(http.StatusNotFound, "/trust/list")
	b.get("/.well-known/jwks.json").want(200, "/.well-known/jwks.json").says(`{"keys":[]}`)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	flowMust(t, err)
	for range 2 {
		_, err := h.PublishTrust(t.Context(), key, issue.Authority{})
		flowMust(t, err)
	}
	for _, path := range []string{"/trust/list", "/trust/delta/1"} {
		if b.get(path).want(200, path); strings.Count(b.page, ".") != 2 {
			t.Errorf("%s is no JWS: %.80s", path, b.page)
		}
	}
	for _, path := range []string{"/trust/delta/2", "/trust/delta/0", "/trust/delta/x"} {
		b.get(path).want(http.StatusNotFound, path)
	}
}
