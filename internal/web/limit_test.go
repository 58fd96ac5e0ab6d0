package web_test

import (
	"testing"
	"time"

	"naru/internal/limit"
)

// With every place taken a step says so on a page, with nothing changed, and works
// once a place is free.
func TestStepsAreServedInTurn(t *testing.T) {
	t.Parallel()
	h := newFlowHouse(t)
	one := limit.New(limit.Options{Now: time.Now, Least: 1, Most: 1, Start: 1, Patience: 50 * time.Millisecond})
	h.serveWith(one)
	b := h.browser("").enter(flowEligible).proveIt()
	leave, err := one.Enter(t.Context())
	flowMust(t, err)
	h.broken = true // 503 is expected
	b.get(step("/region")).want(503, step("/region"))
	if b.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	b.get(step("/wait")).want(200, step("/wait")) // waiting pages take no place
	leave()
	b.get(step("/region")).want(200, step("/region"))
}
