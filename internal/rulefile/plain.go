package rulefile

import (
	"fmt"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// maxPlainDepth bounds Value.
const maxPlainDepth = 100

// Value reads a required value of any shape as nil-free JSON: bool, int64, string,
// []any and map[string]any. Other numbers are a fault; dates stay texts.
func (m *Map) Value(key string) any {
	n := m.value(key)
	if n == nil {
		return nil
	}
	v, problem := jsonOf(n, 0)
	if problem != "" {
		m.note(n, m.at(key), problem, "write texts, whole numbers, true or false, lists and blocks")
		return nil
	}
	return v
}

func jsonOf(n *yaml.Node, depth int) (v any, problem string) {
	if depth > maxPlainDepth {
		return nil, "this is too deep"
	}
	switch n.Kind {
	case yaml.SequenceNode:
		all := make([]any, len(n.Content))
		for i, c := range n.Content {
			if all[i], problem = jsonOf(c, depth+1); problem != "" {
				return nil, problem
			}
		}
		return all, ""
	case yaml.MappingNode:
		all := make(map[string]any, len(n.Content)/2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i].Value
			if _, twice := all[key]; twice || n.Content[i].Kind != yaml.ScalarNode {
				return nil, fmt.Sprintf("the key %q is here twice, or is no word", key)
			}
			if all[key], problem = jsonOf(n.Content[i+1], depth+1); problem != "" {
				return nil, problem
			}
		}
		return all, ""
	}
	switch n.Tag {
	case "!!str", "!!timestamp":
		return n.Value, ""
	case "!!bool":
		return n.Value == "true", ""
	case "!!int":
		i, err := strconv.ParseInt(n.Value, 10, 64)
		if err != nil {
			return nil, "this is not a whole number"
		}
		return i, ""
	}
	return nil, "this is " + kindName(n)
}

// Ints reads a required list of whole numbers, each from low to high.
func (m *Map) Ints(key string, low, high int) []int {
	var all []int
	for i, n := range m.list(key) {
		v, err := strconv.Atoi(n.Value)
		if n.Tag != "!!int" || err != nil || v < low || v > high {
			m.FaultAt(key, i, fmt.Sprintf("%q is not a whole number from %d to %d", n.Value, low, high), "correct it")
			continue
		}
		all = append(all, v)
	}
	return all
}
