package rulefile

import (
	"regexp"

	"go.yaml.in/yaml/v3"
)

// slugForm bounds names that end up in addresses, keys and logs.
var slugForm = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$`)

// Slug reads a required short name: small letters, digits and hyphens.
func (m *Map) Slug(key string) string {
	s := m.Text(key)
	if s != "" && !slugForm.MatchString(s) {
		m.Fault(key, "the name has other signs than small letters, digits and hyphens, or is longer than 64", "write for example covid19-2021-07-12")
		return ""
	}
	return s
}

// Nearest finds the known word that somebody who wrote s probably meant.
func Nearest(s string, known []string) (word string, ok bool) {
	best := 3
	for _, k := range known {
		if d := distance(s, k); d < best && d < len(k) {
			word, best = k, d
		}
	}
	return word, word != ""
}

// distance counts the letters to insert, remove or replace. Long words are no
// slips of the pen and cost no time.
func distance(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return len(a) + len(b)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}

func kindName(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "a block"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	}
	switch n.Tag {
	case "!!int", "!!float":
		return "a number"
	case "!!bool":
		return "true or false"
	case "!!null":
		return "nothing"
	}
	return "a text"
}
