package mock

import (
	"html/template"
	"net/http"
	"slices"
	"strings"
)

// pages are the provider's own: on another address than the agency's, in words
// that say what they are.
var pages = template.Must(template.New("").Parse(`{{define "head"}}<!doctype html><html lang="ko"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>{{.Name}}</title><h1>{{.Name}}</h1>
<p>모의 인증기관입니다. 아무것도 증명하지 않습니다. / A mock provider. It proves nothing.</p>{{end}}
{{define "ask"}}{{template "head" .}}<form method="post">
<p><label for="name">이름 / Name</label> <input id="name" name="name" required autocomplete="name"></p>
<p><label for="born">생년월일 / Date of birth</label> <input id="born" name="born" required placeholder="1965-03-09"></p>
{{if .Staff}}<p><label for="email">이메일 / E-mail</label> <input id="email" name="email" type="email" autocomplete="email"></p>
{{else}}<p><label for="mobile">휴대전화 / Mobile</label> <input id="mobile" name="mobile" required inputmode="tel"></p>{{end}}
<p><button name="do" value="allow">인증하기 / Prove</button> <button name="do" value="deny" formnovalidate>취소 / Cancel</button></p></form>{{end}}
{{define "panel"}}{{template "head" .}}<p>지금 / now: <strong>{{.Mode}}</strong></p><form method="post" action="/mode">
{{range .Modes}}<button name="mode" value="{{.}}">{{.}}</button> {{end}}</form>{{end}}`))

type page struct {
	Name  string
	Mode  Mode
	Modes []Mode
	Staff bool // whoever asks wants an e-mail address, not a telephone
}

func (p *Provider) show(w http.ResponseWriter, name string, staff bool) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	// The reader may be gone; the data cannot fail the templates.
	_ = pages.ExecuteTemplate(w, name, page{p.Name, p.Mode(), []Mode{Well, Slow, Failing, Dead, Swallow}, staff})
}

func (p *Provider) ask(w http.ResponseWriter, r *http.Request) {
	p.show(w, "ask", slices.Contains(strings.Fields(r.URL.Query().Get("scope")), "email"))
}

func (p *Provider) allow(w http.ResponseWriter, r *http.Request) {
	question := r.URL.Query()
	r.Body = http.MaxBytesReader(w, r.Body, 8<<10)
	to, err := p.Allow(question, Human{r.PostFormValue("name"), r.PostFormValue("born"), r.PostFormValue("mobile"), r.PostFormValue("email")})
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if r.PostFormValue("do") == "deny" {
		to = p.Return + "?error=access_denied&state=" + template.URLQueryEscaper(question.Get("state"))
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

func (p *Provider) panel(w http.ResponseWriter, _ *http.Request) { p.show(w, "panel", false) }

func (p *Provider) setMode(w http.ResponseWriter, r *http.Request) {
	switch m := Mode(r.FormValue("mode")); m {
	case Well, Slow, Failing, Dead, Swallow:
		p.Be(m)
		http.Redirect(w, r, "/", http.StatusSeeOther)
	default:
		http.Error(w, "no such mode", http.StatusBadRequest)
	}
}
