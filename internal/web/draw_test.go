package web

import (
	"bytes"
	"html"
	"strings"
	"testing"

	"naru/internal/gate"
	"naru/internal/web/view"
)

// With the development beacon the page claims no independence, before the draw
// or after it, and says how to compute the draw again (rule G13).
func TestTheDrawPageClaimsNoIndependence(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.lead(1)
	v := h.visitor()
	v.join(1)
	for range 2 {
		ko, en := v.get("/draw/"+july), v.get("/en/draw/"+july)
		ko.want(t, 200, "개발용 난수를 쓰는 추첨입니다", "바깥에서 검증할 수 없습니다",
			"<code>naru draw verify http://127.0.0.1:8080/draw/"+july+"</code>", "examples/draw/verify.py")
		en.want(t, 200, "outsiders cannot verify that the draw is fair (NOT VERIFIABLE)", "Development beacon (not independent)")
		for page, claims := range map[string][]string{
			ko.body: {"공개 난수", "아직 아무도 모르는", "운영자도 바꿀 수 없습니다"},
			en.body: {"public random beacon", "nobody can know yet", "operator cannot change it"},
		} {
			for _, claim := range claims {
				if strings.Contains(page, claim) {
					t.Errorf("the page claims %q", claim)
				}
			}
		}
		h.openGate()
	}
	v.get("/draw/"+july).want(t, 200, gate.ReasonDevelopment)
}

// With an independent beacon the page says so; a draw that went without a part
// still says that it cannot be verified.
func TestTheDrawPageOfAnIndependentBeacon(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	page := func(d view.Draw) string {
		d.Page = h.pageIn("en", "/", "draw.title", "Title", "x")
		d.Independent = true
		var b bytes.Buffer
		must(t, view.DrawPage(d).Render(t.Context(), &b))
		return b.String()
	}
	for name, c := range map[string]struct {
		draw  view.Draw
		doubt bool
	}{
		"announced":            {view.Draw{}, false},
		"held":                 {view.Draw{Held: true, Verifiable: true}, false},
		"held without a value": {view.Draw{Held: true, Reason: gate.ReasonNoBeacon}, true},
	} {
		got := page(c.draw)
		if !strings.Contains(got, "nobody can know yet") || strings.Contains(got, "evelopment beacon") {
			t.Errorf("%s: %s", name, got)
		}
		if strings.Contains(got, "cannot be verified from outside") != c.doubt || strings.Contains(html.UnescapeString(got), gate.ReasonNoBeacon) != c.doubt {
			t.Errorf("%s: doubt shown is not %v: %s", name, c.doubt, got)
		}
	}
}
