package rulefile

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Map is one "key: value" block of a file. Each reading method asks for one
// required key: if it is missing or of the wrong type a fault is noted and the
// zero value returned, and reading goes on. For an optional key ask Has first.
// After the last key call Close, which reports the keys nobody asked for.
type Map struct {
	file   *File
	node   *yaml.Node // nil: missing or broken, already reported, now silent
	path   string
	values map[string]*yaml.Node
	keys   []*yaml.Node
	asked  []string
}

func newMap(f *File, node *yaml.Node, path string) *Map {
	m := &Map{file: f, node: node, path: path, values: map[string]*yaml.Node{}}
	if node == nil {
		return m
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		if key.Kind != yaml.ScalarNode {
			m.note(key, path, "a key that is not a word", "write \"key: value\"")
			continue
		}
		if first, twice := m.values[key.Value]; twice {
			m.note(key, m.at(key.Value), fmt.Sprintf("the key %q is here twice (first on line %d)", key.Value, first.Line), "keep one")
			continue
		}
		m.values[key.Value] = value
		m.keys = append(m.keys, key)
	}
	return m
}

// Has reports whether the key is in the block, and makes it a known key.
func (m *Map) Has(key string) bool {
	m.ask(key)
	_, ok := m.values[key]
	return ok
}

// Keys are the keys of the block in the order of the file, for blocks whose
// keys are names (vaccine codes, languages). They become known keys.
func (m *Map) Keys() []string {
	names := make([]string, len(m.keys))
	for i, k := range m.keys {
		names[i] = k.Value
		m.ask(k.Value)
	}
	return names
}

// Map reads a required block. The result is never nil.
func (m *Map) Map(key string) *Map {
	n := m.value(key)
	if n != nil && n.Kind != yaml.MappingNode {
		m.wrong(n, m.at(key), "a block of \"key: value\" lines")
		n = nil
	}
	if n != nil && len(n.Content) == 0 {
		m.note(n, m.at(key), "the block is empty", "fill it in or remove the key")
		n = nil
	}
	return newMap(m.file, n, m.at(key))
}

// Maps reads a required list of blocks; an empty list is a fault (rule C2).
func (m *Map) Maps(key string) []*Map {
	var out []*Map
	for i, n := range m.list(key) {
		path := fmt.Sprintf("%s[%d]", m.at(key), i)
		if n.Kind != yaml.MappingNode {
			m.wrong(n, path, "a block of \"key: value\" lines")
			n = nil
		}
		out = append(out, newMap(m.file, n, path))
	}
	return out
}

// Close reports every key that nobody asked for, with the nearest known one.
func (m *Map) Close() {
	for _, k := range m.keys {
		if slices.Contains(m.asked, k.Value) {
			continue
		}
		mend := "remove it; known keys are " + strings.Join(m.asked, ", ")
		if near, ok := Nearest(k.Value, m.asked); ok {
			mend = fmt.Sprintf("did you mean %q?", near)
		}
		m.note(k, m.at(k.Value), fmt.Sprintf("unknown key %q", k.Value), mend)
	}
}

// Fault notes a fault of meaning at the value of key, or at the block itself
// when the key is not there. It is silent on a block already reported.
func (m *Map) Fault(key, problem, mend string) { m.FaultAt(key, -1, problem, mend) }

// FaultAt is Fault at the item i (from 0) of the list under key.
func (m *Map) FaultAt(key string, i int, problem, mend string) {
	if m.node == nil {
		return
	}
	n, path := m.values[key], m.at(key)
	if n == nil {
		n = m.node
	}
	if i >= 0 && n.Kind == yaml.SequenceNode && i < len(n.Content) {
		n, path = n.Content[i], fmt.Sprintf("%s[%d]", path, i)
	}
	m.note(n, path, problem, mend)
}

// value finds a required key and notes its absence.
func (m *Map) value(key string) *yaml.Node {
	m.ask(key)
	if m.node == nil {
		return nil
	}
	n, ok := m.values[key]
	if !ok {
		m.note(m.node, m.at(key), fmt.Sprintf("the key %q is missing", key), "add \""+key+": …\"")
		return nil
	}
	if n.Tag == "!!null" {
		m.note(n, m.at(key), "no value is given", "write a value after the colon or remove the key")
		return nil
	}
	return n
}

func (m *Map) list(key string) []*yaml.Node {
	n := m.value(key)
	if n == nil {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		m.wrong(n, m.at(key), "a list")
		return nil
	}
	if len(n.Content) == 0 {
		m.note(n, m.at(key), "the list is empty", "add at least one item or remove the key")
	}
	return n.Content
}

func (m *Map) ask(key string) {
	if !slices.Contains(m.asked, key) {
		m.asked = append(m.asked, key)
	}
}

func (m *Map) at(key string) string {
	switch {
	case m.path == "":
		return key
	case key == "":
		return m.path
	}
	return m.path + "." + key
}

func (m *Map) note(n *yaml.Node, path, problem, mend string) {
	m.file.add(Fault{n.Line, n.Column, path, problem, mend})
}

func (m *Map) wrong(n *yaml.Node, path, want string) {
	m.note(n, path, "this is "+kindName(n)+", not "+want, "write "+want+" here")
}
