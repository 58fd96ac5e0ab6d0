// Package certlogic evaluates CertLogic 1.3.3, the rule language of the European
// health certificates: a subset of JsonLogic with operations on dates.
//
// It promises that a rule is checked whole before it is ever evaluated, that
// evaluation ends (a rule has no loop but over an array of the data), and that what
// the specification calls an error is an error here and never a value. It knows no
// certificate, no clock and no verdict: "now" is data. Rules L1-L6 in
// docs/rules/rule.md.
package certlogic

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Bounds of a rule and of data. The published European rules reach a depth of 30.
const (
	maxBytes = 1 << 20
	maxDepth = 128
)

// Expression is a rule that was checked. It does not change and can be evaluated
// by many at once.
type Expression struct{ root node }

// node is one part of an expression.
type node interface {
	eval(data any) (any, error)
}

// Issue is one thing that is wrong with an expression.
type Issue struct {
	Expr    any    `json:"expr"` // the part that is wrong
	Message string `json:"message"`
}

// Issues are all things that are wrong with an expression.
type Issues []Issue

// Error lists what is wrong.
func (all Issues) Error() string {
	text := "certlogic: "
	for i, issue := range all {
		if i > 0 {
			text += "; "
		}
		text += issue.Message
	}
	return text
}

// Parse reads an expression from JSON and checks it whole. An expression that
// breaks the language gives Issues.
func Parse(text []byte) (*Expression, error) {
	raw, err := Decode(text)
	if err != nil {
		return nil, err
	}
	return Compile(raw)
}

// Compile checks an expression that was decoded by Decode.
func Compile(raw any) (*Expression, error) {
	c := &compiler{}
	root := c.compile(raw, 0)
	if len(c.issues) > 0 {
		return nil, c.issues
	}
	return &Expression{root}, nil
}

// Decode reads one JSON value as rules and data are: whole numbers stay exact. A
// value deeper than rules ever are, or followed by anything, is an error.
func Decode(text []byte) (any, error) {
	if len(text) > maxBytes {
		return nil, errors.New("certlogic: the value is too long")
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var raw any
	if err := d.Decode(&raw); err != nil {
		return nil, fmt.Errorf("certlogic: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("certlogic: something follows the value")
	}
	return plain(raw, 0)
}

// plain turns numbers into int64 where they are whole, into float64 where not.
func plain(v any, depth int) (any, error) {
	if depth > maxDepth {
		return nil, errors.New("certlogic: the value is too deep")
	}
	var err error
	switch x := v.(type) {
	case json.Number:
		return number(x)
	case []any:
		for i := range x {
			if x[i], err = plain(x[i], depth+1); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		for k := range x {
			if x[k], err = plain(x[k], depth+1); err != nil {
				return nil, err
			}
		}
	}
	return v, nil
}

// exact is the range in which every whole number is one float64.
const exact = 1 << 53

func number(n json.Number) (any, error) {
	if i, err := n.Int64(); err == nil {
		return i, nil
	}
	f, err := n.Float64()
	if err != nil {
		return nil, fmt.Errorf("certlogic: number %s: %w", n, err)
	}
	if f == float64(int64(f)) && f > -exact && f < exact {
		return int64(f), nil // 1.0 is how some issuers write a dose number
	}
	return f, nil
}

// Evaluate works the expression out over data made of nil, bool, int64, float64,
// string, []any and map[string]any, as Decode gives it. The result is one of
// these, or a time.Time.
func (e *Expression) Evaluate(data any) (any, error) { return e.root.eval(data) }
