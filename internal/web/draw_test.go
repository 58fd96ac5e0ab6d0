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
	for _, at := range []string{"", "/en"} {
		page := v.get(at + "/draw/" + july)
		page.want(t, 200, "NOT VERIFIABLE")
		if _, said, _ := strings.Cut(page.body, `<p class="notice">`); strings.Count(said[:strings.Index(said, "</p>")], "NOT VERIFIABLE") != 1 {
			t.Errorf("%s/draw says why it cannot be verified more than once, or not: %s", at, said)
		}
	}
}

// With an independent beacon the page says so; a draw that went without a part
// still says that it cannot be verified.
func TestTheDrawPageOfAnIndependentBeacon(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	page := func(lang string, d view.Draw) string {
		d.Page = h.pageIn(lang, "/", "draw.title", "Title", "x")
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
		"held without a value": {view.Draw{Held: true, Reason: doubtID[gate.ReasonNoBeacon]}, true},
	} {
		got := page("en", c.draw)
		if !strings.Contains(got, "nobody can know yet") || strings.Contains(got, "evelopment beacon") {
			t.Errorf("%s: %s", name, got)
		}
		if strings.Contains(got, "cannot be verified from outside") != c.doubt || strings.Contains(html.UnescapeString(got), "The beacon's value had not come") != c.doubt {
			t.Errorf("%s: doubt shown is not %v: %s", name, c.doubt, got)
		}
	}
	for reason, ko := range map[string]string{
		gate.ReasonUnknown: "독립된 것으로 알고 있는 난수가 아닙니다", gate.ReasonNoBeacon: "공개 난수가 개시 때까지 오지 않아", gate.ReasonNoSecret: "비밀값이 밝혀지지 않아",
	} {
		got := page("ko", view.Draw{Held: true, Reason: doubtID[reason]})
		if !strings.Contains(got, ko) || strings.Count(got, "NOT VERIFIABLE") != 1 || strings.Contains(got, reason) {
			t.Errorf("%s: the Korean page says %s", reason, got)
		}
	}
}
