//go:build js && wasm

// Command scanwasm is the scanner's core in a browser: it gives the page two functions,
// load and judge, and does nothing else. It is built by make and sent to browsers; the
// program of the service does not contain it.
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/json"
	"errors"
	"syscall/js"
	"time"

	"naru/internal/bundle"
	"naru/internal/entry"
	"naru/internal/fault"
	"naru/internal/incident"
	"naru/internal/rule"
)

// core is what the page has loaded.
type core struct {
	known *entry.Known
}

func main() {
	c := &core{}
	js.Global().Set("naruScan", js.ValueOf(map[string]any{
		"load":  js.FuncOf(func(_ js.Value, args []js.Value) any { return answer(c.load(args)) }),
		"judge": js.FuncOf(func(_ js.Value, args []js.Value) any { return answer(c.judge(args)) }),
	}))
	select {} // the page calls until it is closed
}

// answer is what the page reads: JSON, with the error beside it.
func answer(v any, err error) any {
	if err != nil {
		v = map[string]string{"error": err.Error(), "code": string(fault.CodeOf(err))}
	}
	text, err := json.Marshal(v)
	if err != nil {
		return `{"error":"the answer cannot be written"}`
	}
	return string(text)
}

// loaded is what the page shows of a bundle.
type loaded struct {
	Version    uint64     `json:"version"`
	Issued     time.Time  `json:"issued"`
	GoodUntil  time.Time  `json:"good_until,omitzero"`
	Facilities []facility `json:"facilities"`
}

type facility struct {
	ID    string    `json:"id"`
	Name  rule.Text `json:"name"`
	Party bool      `json:"party"` // how many come together matters there
}

// load takes a bundle's bytes, the pinned key (65 bytes) and the lowest version that is
// taken, as a number. Without an error the bundle is in use.
func (c *core) load(args []js.Value) (any, error) {
	if len(args) != 3 {
		return nil, errors.New("load takes a bundle, a key and a version")
	}
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), bytesOf(args[1]))
	if err != nil {
		return nil, err
	}
	b, err := bundle.Open(bytesOf(args[0]), uint64(max(args[2].Int(), 0)), key)
	if err != nil {
		return nil, err
	}
	known, err := entry.With(b)
	if err != nil {
		return nil, err
	}
	if c.known == nil {
		if err := warm(b); err != nil {
			return nil, err
		}
	}
	c.known = known
	l := loaded{Version: b.Version, Issued: b.Issued, GoodUntil: b.GoodUntil}
	for _, f := range known.Rules().Facilities {
		l.Facilities = append(l.Facilities, facility{f.ID, f.Name, known.Counts(f.ID)})
	}
	return l, nil
}

func bytesOf(v js.Value) []byte {
	b := make([]byte, v.Length())
	js.CopyBytesToGo(b, v)
	return b
}

// asked is the page's question.
type asked struct {
	Texts    []string `json:"texts"`
	At       int64    `json:"at"` // milliseconds since 1970
	Facility string   `json:"facility"`
	Region   string   `json:"region"`
	People   int      `json:"people"`
	Without  int      `json:"without"`
	Asked    string   `json:"asked"`    // the digits that are shown; "": none
	Answered []string `json:"answered"` // digits that were answered before
}

// said is the verdict, and what stands beside it on the screen.
type said struct {
	entry.Verdict
	Modes []incident.Mode `json:"modes,omitempty"`
}

func (c *core) judge(args []js.Value) (any, error) {
	if c.known == nil || len(args) != 1 {
		return nil, errors.New("judge takes a question, after a bundle was loaded")
	}
	var a asked
	if err := json.Unmarshal([]byte(args[0].String()), &a); err != nil {
		return nil, err
	}
	q := entry.Question{
		Texts: a.Texts, At: time.UnixMilli(a.At), Facility: a.Facility, Region: a.Region,
		Party: rule.Party{People: a.People, Without: a.Without},
	}
	if a.Asked != "" {
		q.Nonce = entry.Nonce(a.Asked)
	}
	for _, digits := range a.Answered {
		q.Answered = append(q.Answered, entry.Nonce(digits))
	}
	return said{c.known.Judge(q), c.known.Acceptable(q.At, q.Region)}, nil
}
