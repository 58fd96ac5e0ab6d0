package certlogic

import (
	"errors"
	"fmt"
	"strconv"
	"time"
)

// literal is a boolean, an integer or a string.
type literal struct{ value any }

func (n literal) eval(any) (any, error) { return n.value, nil }

// array is evaluated item by item.
type array struct{ items []node }

func (n array) eval(data any) (any, error) {
	all := make([]any, len(n.items))
	for i, item := range n.items {
		v, err := item.eval(data)
		if err != nil {
			return nil, err
		}
		all[i] = v
	}
	return all, nil
}

// access reads from the data; the path is split once.
type access struct {
	names   []string
	indices []int // -1 where the name is no number
}

func newAccess(names []string) access {
	a := access{names, make([]int, len(names))}
	for i, name := range names {
		a.indices[i] = -1
		if n, err := strconv.Atoi(name); err == nil && n >= 0 {
			a.indices[i] = n
		}
	}
	return a
}

// eval follows the path; what is not there is null.
func (n access) eval(data any) (any, error) {
	for i, name := range n.names {
		switch at := data.(type) {
		case map[string]any:
			data = at[name]
		case []any:
			if n.indices[i] < 0 || n.indices[i] >= len(at) {
				return nil, nil
			}
			data = at[n.indices[i]]
		default:
			return nil, nil
		}
	}
	return data, nil
}

// truth is a value that is truthy or falsy; some are neither, and then it is an error
// to ask.
func truth(v any) (bool, error) {
	switch x := v.(type) {
	case nil:
		return false, nil
	case bool:
		return x, nil
	case string:
		return x != "", nil
	case int64:
		return x != 0, nil
	case []any:
		return len(x) > 0, nil
	case map[string]any:
		return len(x) > 0, nil
	}
	return false, fmt.Errorf("certlogic: %s is neither truthy nor falsy", kind(v))
}

func kind(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "a boolean"
	case string:
		return "a string"
	case int64:
		return "an integer"
	case float64:
		return "a number that is not whole"
	case []any:
		return "an array"
	case map[string]any:
		return "an object"
	case time.Time:
		return "a date-time"
	}
	return "an unknown value"
}

// same is equality without coercion, of what the language can compare.
func same(a, b any) (bool, error) {
	switch x := a.(type) {
	case []any, map[string]any:
		return false, errors.New("certlogic: arrays and objects cannot be compared")
	case time.Time:
		y, ok := b.(time.Time)
		return ok && x.Equal(y), nil
	}
	switch b.(type) {
	case []any, map[string]any:
		return false, errors.New("certlogic: arrays and objects cannot be compared")
	case time.Time:
		return false, nil
	}
	return a == b, nil
}
