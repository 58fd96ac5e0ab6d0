package history

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/anishathalye/porcupine"
)

// Illegal is the error of a history that one honest service could not have
// answered. Its text is for people: the object, why, and its operations in the
// order of their calls, with those that do not fit marked.
type Illegal struct {
	Part string // the object
	Why  string
	ops  []porcupine.Operation
	odd  []int // those that do not fit
	spec porcupine.Model
}

// mostLines bounds the text; Draw shows everything.
const mostLines = 120

func (m Model) illegal(p part, why string, odd []int) *Illegal {
	return &Illegal{Part: m.name + " " + p.name, Why: why, ops: p.ops, odd: odd, spec: m.spec}
}

// Error lists the operations: client, begin and end since the first of them,
// what was asked and answered; "!" marks what does not fit.
func (e *Illegal) Error() string {
	shown, left := e.shown()
	since := e.since()
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", e.Part, e.Why)
	for _, op := range shown {
		mark := " "
		if slices.Contains(e.odd, op) {
			mark = "!"
		}
		fmt.Fprintf(&b, "\n%s %s", mark, e.ops[op].Metadata.(line).show(since))
	}
	if left > 0 {
		fmt.Fprintf(&b, "\n  and %d more operations; Draw shows all", left)
	}
	return b.String()
}

// since is when the first operation began.
func (e *Illegal) since() int64 {
	first := int64(forever)
	for _, op := range e.ops {
		if l, ok := op.Metadata.(line); ok {
			first = min(first, l.begun)
		}
	}
	return first
}

// shown are the operations in the order of their calls; of very many, those
// that do not fit and what came before the first of them.
func (e *Illegal) shown() (ops []int, left int) {
	var order []int
	for i, op := range e.ops {
		if op.Metadata != nil { // the lines of what belongs to another are left out
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(e.ops[a].Call, e.ops[b].Call) })
	if len(order) <= mostLines {
		return order, 0
	}
	first := max(0, slices.IndexFunc(order, func(op int) bool { return slices.Contains(e.odd, op) }))
	start := min(max(0, first-mostLines/2), len(order)-mostLines)
	return order[start : start+mostLines], len(order) - mostLines
}

// Draw writes a page (HTML) on which the operations of the object can be seen
// side by side, with the longest order that was found.
func (e *Illegal) Draw(w io.Writer) error {
	spec := e.spec
	since := e.since()
	spec.DescribeOperation = func(input, _ any) string { return fmt.Sprint(input) }
	spec.DescribeOperationMetadata = func(metadata any) string {
		if l, ok := metadata.(line); ok {
			return l.show(since)
		}
		return ""
	}
	_, info := porcupine.CheckOperationsVerbose(spec, e.ops, 5*time.Second)
	if err := porcupine.Visualize(spec, info, w); err != nil {
		return fmt.Errorf("draw %s: %w", e.Part, err)
	}
	return nil
}
