package certlogic

import (
	"fmt"
	"math"
	"regexp"
	"strings"
)

// compiler turns JSON into nodes and collects what is wrong.
type compiler struct{ issues Issues }

func (c *compiler) wrong(expr any, format string, args ...any) node {
	c.issues = append(c.issues, Issue{expr, fmt.Sprintf(format, args...)})
	return literal{nil}
}

func (c *compiler) compile(raw any, depth int) node {
	if depth > maxDepth {
		return c.wrong(nil, "the expression is too deep")
	}
	switch x := raw.(type) {
	case nil:
		return c.wrong(raw, "invalid CertLogic expression: null")
	case bool, string, int64:
		return literal{x}
	case float64:
		return c.wrong(raw, "%v is not an integer", x)
	case []any:
		return array{c.all(x, depth)}
	case map[string]any:
		return c.operation(x, depth)
	}
	return c.wrong(raw, "invalid CertLogic expression: %v", raw)
}

func (c *compiler) all(raw []any, depth int) []node {
	nodes := make([]node, len(raw))
	for i := range raw {
		nodes[i] = c.compile(raw[i], depth+1)
	}
	return nodes
}

// operation compiles an object with its one key.
func (c *compiler) operation(x map[string]any, depth int) node {
	if len(x) != 1 {
		return c.wrong(x, "unrecognised expression object encountered")
	}
	var name string
	for k := range x {
		name = k
	}
	if name == "var" {
		return c.access(x)
	}
	shape, known := shapes[name]
	if !known {
		return c.wrong(x, "unrecognised operator: %q", name)
	}
	args, ok := x[name].([]any)
	switch {
	case !ok:
		return c.wrong(x, "operation not of the form { %q: [ <operands> ] }", name)
	case len(args) < shape.least:
		return c.wrong(x, "an operation with operator %q must have at least %d operands", name, shape.least)
	case len(args) > shape.most:
		return c.wrong(x, "an operation with operator %q must have at most %d operands", name, shape.most)
	}
	if name == "plusTime" {
		return c.plusTime(x, args, depth)
	}
	return shape.make(name, c.all(args, depth))
}

// shape is how many operands an operation takes, and what it becomes.
type shape struct {
	least, most int
	make        func(name string, args []node) node
}

// shapes are the operations of CertLogic besides var.
var shapes = map[string]shape{
	"if":              {3, 3, func(_ string, a []node) node { return choice{a[0], a[1], a[2]} }},
	"and":             {2, math.MaxInt, func(_ string, a []node) node { return conjunction{a} }},
	"!":               {1, 1, func(_ string, a []node) node { return negation{a[0]} }},
	"===":             {2, 2, func(_ string, a []node) node { return equality{a[0], a[1]} }},
	"in":              {2, 2, func(_ string, a []node) node { return membership{a[0], a[1]} }},
	"+":               {2, 2, func(_ string, a []node) node { return sum{a[0], a[1]} }},
	">":               {2, 3, comparison},
	"<":               {2, 3, comparison},
	">=":              {2, 3, comparison},
	"<=":              {2, 3, comparison},
	"after":           {2, 3, comparison},
	"before":          {2, 3, comparison},
	"not-after":       {2, 3, comparison},
	"not-before":      {2, 3, comparison},
	"reduce":          {3, 3, func(_ string, a []node) node { return reduction{a[0], a[1], a[2]} }},
	"plusTime":        {3, 3, nil}, // its last two operands are literals
	"dccDateOfBirth":  {1, 1, func(_ string, a []node) node { return dateOfBirth{a[0]} }},
	"extractFromUVCI": {2, 2, func(_ string, a []node) node { return fragment{a[0], a[1]} }},
}

// path is fragments of letters, digits and the like, joined by periods; "" is all.
var path = regexp.MustCompile(`^([^.]+(\.[^.]+)*)?$`)

func (c *compiler) access(x map[string]any) node {
	text, ok := x["var"].(string)
	if !ok {
		return c.wrong(x, `not of the form { "var": "<path>" }`)
	}
	if !path.MatchString(text) {
		return c.wrong(x, "data access path doesn't have a valid format: %s", text)
	}
	if text == "" {
		return access{}
	}
	return newAccess(strings.Split(text, "."))
}

func (c *compiler) plusTime(x map[string]any, args []any, depth int) node {
	amount, ok := args[1].(int64)
	if !ok {
		return c.wrong(x, `"amount" argument (#2) of "plusTime" must be an integer`)
	}
	unit, _ := args[2].(string)
	switch unit {
	case "year", "month", "day", "hour":
	default:
		return c.wrong(x, `"unit" argument (#3) of "plusTime" must be a string with one of the time units: year, month, day, hour`)
	}
	if amount < -maxAmount || amount > maxAmount {
		return c.wrong(x, `"amount" argument (#2) of "plusTime" is out of range`)
	}
	return plusTime{c.compile(args[0], depth+1), int(amount), unit}
}
