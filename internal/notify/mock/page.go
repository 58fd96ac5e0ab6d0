package mock

import (
	"html/template"
	"net/http"
	"slices"
)

// shown is how many messages the page shows, the newest first.
const shown = 50

var page = template.Must(template.New("inbox").Parse(`<!DOCTYPE html>
<html lang="ko"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>모의 문자 사업자 · Mock provider of messages</title></head><body>
<h1>모의 문자 사업자 <span lang="en">Mock provider of messages</span></h1>
<p>아무에게도 보내지 않습니다. <span lang="en">Nothing is sent to anybody.</span></p>
<form method="post" action="/mode"><fieldset><legend>동작 <span lang="en">How it behaves: {{.Mode}}</span></legend>
{{range .Modes}}<button name="mode" value="{{.}}">{{.}}</button> {{end}}</fieldset></form>
{{range .Messages}}<article lang="{{.Lang}}"><h2>{{.To}} · {{.Channel}}</h2>
<p>{{.Text}}</p><p><small>{{.At.Format "15:04:05"}} · {{.Kind}} · {{.ID}} · ×{{.Asked}}</small></p></article>
{{else}}<p>없습니다. <span lang="en">Nothing yet.</span></p>{{end}}</body></html>
`))

func (p *Provider) page(w http.ResponseWriter, _ *http.Request) {
	all := p.Inbox()
	slices.Reverse(all)
	p.mu.Lock()
	mode := p.mode
	p.mu.Unlock()
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; form-action 'self'; frame-ancestors 'none'")
	_ = page.Execute(w, map[string]any{"Mode": mode, "Modes": modes, "Messages": all[:min(shown, len(all))]}) // nobody is left to tell
}

func (p *Provider) choose(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, bodyMost)
	m := Mode(r.PostFormValue("mode"))
	if !slices.Contains(modes, m) {
		http.Error(w, "no such mode", http.StatusBadRequest)
		return
	}
	p.Be(m)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}
