package certlogic

import (
	"cmp"
	"fmt"
	"math"
	"strings"
	"time"
)

// choice is "if": only the branch that is taken is evaluated.
type choice struct{ guard, then, otherwise node }

func (n choice) eval(data any) (any, error) {
	v, err := n.guard.eval(data)
	if err != nil {
		return nil, err
	}
	yes, err := truth(v)
	if err != nil {
		return nil, err
	}
	if yes {
		return n.then.eval(data)
	}
	return n.otherwise.eval(data)
}

// conjunction is "and": the first falsy value, or the last one.
type conjunction struct{ args []node }

func (n conjunction) eval(data any) (v any, err error) {
	for _, arg := range n.args {
		if v, err = arg.eval(data); err != nil {
			return nil, err
		}
		yes, err := truth(v)
		if err != nil || !yes {
			return v, err
		}
	}
	return v, nil
}

type negation struct{ arg node }

func (n negation) eval(data any) (any, error) {
	v, err := n.arg.eval(data)
	if err != nil {
		return nil, err
	}
	yes, err := truth(v)
	return !yes, err
}

type equality struct{ a, b node }

func (n equality) eval(data any) (any, error) {
	a, b, err := both(n.a, n.b, data)
	if err != nil {
		return nil, err
	}
	return same(a, b)
}

func both(x, y node, data any) (a, b any, err error) {
	if a, err = x.eval(data); err != nil {
		return nil, nil, err
	}
	b, err = y.eval(data)
	return a, b, err
}

// membership is "in": the second operand must be an array.
type membership struct{ one, all node }

func (n membership) eval(data any) (any, error) {
	one, v, err := both(n.one, n.all, data)
	if err != nil {
		return nil, err
	}
	all, ok := v.([]any)
	if !ok {
		return nil, fmt.Errorf("certlogic: right-hand side of \"in\" must be an array, it is %s", kind(v))
	}
	for _, other := range all {
		if found, err := same(one, other); err == nil && found {
			return true, nil
		}
	}
	return false, nil
}

type sum struct{ a, b node }

func (n sum) eval(data any) (any, error) {
	v, w, err := both(n.a, n.b, data)
	if err != nil {
		return nil, err
	}
	a, ok := v.(int64)
	b, also := w.(int64)
	if !ok || !also {
		return nil, fmt.Errorf("certlogic: operands of \"+\" must be integers, they are %s and %s", kind(v), kind(w))
	}
	if a > 0 && b > math.MaxInt64-a || a < 0 && b < math.MinInt64-a {
		return nil, fmt.Errorf("certlogic: %d + %d is out of range", a, b)
	}
	return a + b, nil
}

// compare is one of the eight comparisons, over two operands or three.
type compare struct {
	name  string
	dates bool // of date-times, else of integers
	holds func(order int) bool
	args  []node
}

var orders = map[string]func(int) bool{
	">": func(o int) bool { return o > 0 }, "after": func(o int) bool { return o > 0 },
	"<": func(o int) bool { return o < 0 }, "before": func(o int) bool { return o < 0 },
	">=": func(o int) bool { return o >= 0 }, "not-before": func(o int) bool { return o >= 0 },
	"<=": func(o int) bool { return o <= 0 }, "not-after": func(o int) bool { return o <= 0 },
}

func comparison(name string, args []node) node {
	return compare{name, name[0] != '<' && name[0] != '>', orders[name], args}
}

// eval evaluates and checks every operand: a comparison of what cannot be compared is
// an error even where the first pair decides.
func (n compare) eval(data any) (any, error) {
	values := make([]any, len(n.args))
	for i, arg := range n.args {
		v, err := arg.eval(data)
		if err != nil {
			return nil, err
		}
		if !n.takes(v) {
			return nil, fmt.Errorf("certlogic: operand %d of %q is %s", i+1, n.name, kind(v))
		}
		values[i] = v
	}
	for i := range len(values) - 1 {
		if !n.holds(n.order(values[i], values[i+1])) {
			return false, nil
		}
	}
	return true, nil
}

func (n compare) takes(v any) bool {
	if n.dates {
		_, ok := v.(time.Time)
		return ok
	}
	_, ok := v.(int64)
	return ok
}

func (n compare) order(a, b any) int {
	if n.dates {
		return a.(time.Time).Compare(b.(time.Time))
	}
	return cmp.Compare(a.(int64), b.(int64))
}

// reduction is a left fold; the array may be missing.
type reduction struct{ over, step, initial node }

func (n reduction) eval(data any) (any, error) {
	over, result, err := both(n.over, n.initial, data)
	if err != nil || over == nil {
		return result, err
	}
	all, ok := over.([]any)
	if !ok {
		return nil, fmt.Errorf("certlogic: operand of \"reduce\" must be an array, it is %s", kind(over))
	}
	for _, current := range all {
		result, err = n.step.eval(map[string]any{"current": current, "accumulator": result, "data": data})
		if err != nil {
			return nil, err
		}
	}
	return result, nil
}

// fragment is a part of a certificate's identifier.
type fragment struct{ of, index node }

var separators = strings.NewReplacer("/", "\x00", "#", "\x00", ":", "\x00")

func (n fragment) eval(data any) (any, error) {
	v, at, err := both(n.of, n.index, data)
	if err != nil {
		return nil, err
	}
	index, ok := at.(int64)
	if !ok {
		return nil, fmt.Errorf("certlogic: index of \"extractFromUVCI\" must be an integer, it is %s", kind(at))
	}
	if v == nil {
		return nil, nil
	}
	text, ok := v.(string)
	if !ok {
		return nil, fmt.Errorf("certlogic: operand of \"extractFromUVCI\" must be a string, it is %s", kind(v))
	}
	parts := strings.Split(separators.Replace(strings.TrimPrefix(text, "URN:UVCI:")), "\x00")
	if index < 0 || index >= int64(len(parts)) {
		return nil, nil
	}
	return parts[index], nil
}
