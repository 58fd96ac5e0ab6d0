package clinic

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// row is one row of a list. Its readers return the zero value and remember the
// fault when a value is wrong; only the first fault of a row is kept.
type row struct {
	line    int
	columns map[string]int
	values  []string
	fault   *RowFault
}

func (r *row) refuse(field, problem, mend string) {
	if r.fault == nil {
		r.fault = &RowFault{Line: r.line, Field: field, Problem: problem, Mend: mend}
	}
}

// raw is the value as written. A column that no header has is a bug here.
func (r *row) raw(field string) string {
	i, ok := r.columns[field]
	if !ok {
		panic("clinic: no column " + field)
	}
	return r.values[i]
}

// text reads words to be shown: trimmed, composed (NFC), at most max bytes.
func (r *row) text(field string, max int) string {
	s := norm.NFC.String(strings.TrimSpace(r.raw(field)))
	if len(s) > max {
		r.refuse(field, fmt.Sprintf("%d bytes long", len(s)), fmt.Sprintf("shorten it to %d bytes", max))
		return ""
	}
	return s
}

// words is text that must not be empty.
func (r *row) words(field string, max int) string {
	s := r.text(field, max)
	if s == "" {
		r.refuse(field, "it is empty", "fill it in")
	}
	return s
}

// Codes and ids become parts of file names and addresses, so their letters are
// few and they do not begin with a dot.
var codeShape = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,19}$`)

func (r *row) code(field string) RegionCode {
	s := r.raw(field)
	if !codeShape.MatchString(s) {
		r.refuse(field, fmt.Sprintf("%.60q is no region code", s), "write 1 to 20 letters, digits, - or _")
		return ""
	}
	return RegionCode(s)
}

var idShape = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$`)

func (r *row) id(field string) ID {
	s := r.raw(field)
	if !idShape.MatchString(s) {
		r.refuse(field, fmt.Sprintf("%.60q is no facility id", s), "write 1 to 40 letters, digits, ., - or _")
		return ""
	}
	return ID(s)
}

var degreeShape = regexp.MustCompile(`^-?[0-9]{1,3}(\.[0-9]{1,12})?$`)

// degrees reads a latitude (limit 90) or longitude (limit 180).
func (r *row) degrees(field string, limit float64) float64 {
	s := r.raw(field)
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || !degreeShape.MatchString(s) || v < -limit || v > limit {
		r.refuse(field, fmt.Sprintf("%.40q is no coordinate", s),
			fmt.Sprintf("write decimal degrees between -%g and %g", limit, limit))
		return 0
	}
	return v
}

// count reads a whole number in a range.
func (r *row) count(field string, low, high int) int {
	s := r.raw(field)
	v, err := strconv.Atoi(s)
	if err != nil || len(s) > 9 || v < low || v > high || strings.HasPrefix(s, "+") {
		r.refuse(field, fmt.Sprintf("%.40q is no whole number from %d to %d", s, low, high), "correct the number")
		return 0
	}
	return v
}
