// Package view is what the pages look like: templ components and the plain
// structs they show.
//
// It promises HTML that works without JavaScript, with one heading of the first
// level, labels on every field, no inline style, handler or script, and every
// sentence from the catalogue. It never reads a clock, a store or a request:
// it shows what it is given. Rules W16 to W19 in docs/rules/web.md.
package view

import "strconv"

// Page is the frame around every page.
type Page struct {
	Lang      string // of this page: "ko"
	Path      string // without the language prefix: "/c/2021-07-12"
	Title     string // of the page; the service's name is added to it
	Refresh   int    // seconds until the browser asks again by itself; 0: never
	Surge     bool   // a page that must be small: nothing but style and one script
	Mock      bool   // shows the banner 모의 시스템
	Helpline  Helpline
	Languages []Language
	Styles    []string // addresses of style sheets
	Scripts   []string // addresses of ES modules
	Preload   []string // addresses of modules that the scripts import
	Manifest  string   // address of what makes the page installable

	// T is the sentence of an id in the page's language; args are names and
	// values in turn: T("wait.ahead", "Count", 12).
	T func(id string, args ...any) string
	// Prefix stands before every path of this language: "" or "/en".
	Prefix string
}

// Helpline is the telephone that every page names, in the same place.
type Helpline struct{ Name, Number, Hours string }

// Language is one link of the language switch, to the same page.
type Language struct {
	Code, Name, URL string
	Current         bool
}

// URL is the address of a path in the language of the page. Every link and
// form of a page goes through it, except /board/, /draw/*.json and assets,
// which have no language.
func (p Page) URL(path string) string { return p.Prefix + path }

// Tel is the helpline's number as a link.
func (h Helpline) Tel() string {
	digits := make([]byte, 0, len(h.Number))
	for i := range len(h.Number) {
		if c := h.Number[i]; c >= '0' && c <= '9' || c == '+' {
			digits = append(digits, c)
		}
	}
	return "tel:" + string(digits)
}

// Field is one labelled input of a form. When Error is set the field is marked
// and the error summary links to it.
type Field struct {
	Name, Label, Hint, Value, Error string
	Type                            string // "text" when empty
	Autocomplete                    string // what browsers fill in: "name", "bday", "tel", "one-time-code"
	InputMode                       string // the keyboard of a phone: "numeric", "tel"
	MaxLength                       int
	Required, Checkbox, Checked     bool
	In                              string // the form, where a page has several with the same field
}

// ID is the id of the input element.
func (f Field) ID() string {
	if f.In != "" {
		return "f-" + f.In + "-" + f.Name
	}
	return "f-" + f.Name
}

func (f Field) kind() string {
	if f.Type == "" {
		return "text"
	}
	return f.Type
}

// DescribedBy lists the ids of the hint and the error, for aria-describedby.
func (f Field) DescribedBy() string {
	s := ""
	if f.Hint != "" {
		s = f.ID() + "-hint"
	}
	if f.Error != "" {
		if s != "" {
			s += " "
		}
		s += f.ID() + "-error"
	}
	return s
}

// Problems are the faults of a form as the error summary lists them: those of
// the fields in order, after those of the form as a whole.
type Problems struct {
	Form   []string
	Fields []Field
}

// Any reports whether there is something to list.
func (p Problems) Any() bool {
	for _, f := range p.Fields {
		if f.Error != "" {
			return true
		}
	}
	return len(p.Form) > 0
}

func seconds(n int) string { return strconv.Itoa(n) }
