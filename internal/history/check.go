package history

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/anishathalye/porcupine"
)

// ErrUndecided says that the search was not finished in time. It is no pass:
// nothing is known of the history.
var ErrUndecided = errors.New("history: not decided in time")

// Model is what one kind of object promises. Slots, Persons and Tickets make one.
type Model struct {
	name  string
	whole func(story) *Illegal                      // what must hold over all objects; nil: nothing
	parts func(story) []part                        // the history of each object
	quick func(part) (why string, operations []int) // finds some faults without a search; nil: none
	rank  func(porcupine.Operation) int             // which of several calls to try first; nil: as they came
	spec  porcupine.Model
}

// Result says how much a passed history held. A history of no operations passes
// too, and proves nothing: look at Ops.
type Result struct {
	Ops        int           // operations of the objects, as the model sees them
	Partitions int           // objects
	Unknown    int           // operations of the whole history whose answer never came
	Elapsed    time.Duration // on the recorder's clock
}

// Check says whether the history has, for every object of the model, one order
// in which all its answers make sense. The error is an *Illegal when it has
// none, and ErrUndecided when the limit, which must be above 0, did not suffice;
// another run may tell then. What is under way counts as Unknown.
func Check(r *Recorder, m Model, limit time.Duration) (Result, error) {
	if limit <= 0 {
		return Result{}, fmt.Errorf("check %ss without time: %w", m.name, ErrUndecided)
	}
	start := r.clock()
	s := r.story()
	parts := m.parts(s)
	result := Result{Partitions: len(parts)}
	for _, p := range parts {
		result.Ops += len(p.ops)
	}
	for _, record := range s.records {
		if record.Outcome == Unknown {
			result.Unknown++
		}
	}
	if err := m.check(s, parts, limit); err != nil {
		return Result{}, err
	}
	result.Elapsed = time.Duration(r.clock() - start)
	return result, nil
}

func (m Model) check(s story, parts []part, limit time.Duration) error {
	if m.whole != nil {
		if bad := m.whole(s); bad != nil {
			return bad
		}
	}
	if m.quick != nil {
		for _, p := range parts {
			if why, ops := m.quick(p); why != "" {
				return m.illegal(p, why, ops)
			}
		}
	}
	return m.search(parts, limit)
}

// search lets porcupine look for an order in every part, all within one limit.
func (m Model) search(parts []part, limit time.Duration) error {
	spec := m.spec
	spec.Partition = func([]porcupine.Operation) [][]porcupine.Operation {
		var all [][]porcupine.Operation
		for _, p := range parts {
			all = append(all, m.ordered(p))
		}
		return all
	}
	switch porcupine.CheckOperationsTimeout(spec, nil, limit) {
	case porcupine.Ok:
		return nil
	case porcupine.Illegal:
		return m.find(parts, limit)
	default:
		return fmt.Errorf("%d %ss in %v: %w", len(parts), m.name, limit, ErrUndecided)
	}
}

// find names the part without an order: porcupine says only that there is one.
func (m Model) find(parts []part, limit time.Duration) error {
	for _, p := range parts {
		ops := m.ordered(p)
		if porcupine.CheckOperationsTimeout(m.spec, ops, limit) != porcupine.Illegal {
			continue
		}
		_, info := porcupine.CheckOperationsVerbose(m.spec, ops, limit)
		return m.illegal(p, "no order explains what was answered", unexplained(info, ops))
	}
	return fmt.Errorf("one %s is illegal, and which was not found again in %v: %w", m.name, limit, ErrUndecided)
}

func (m Model) ordered(p part) []porcupine.Operation {
	if m.rank == nil {
		return p.ops
	}
	return earlyReads(p.ops, m.rank)
}

// unexplained are the operations one of which had to come next after the
// longest order found, and none could.
func unexplained(info porcupine.LinearizationInfo, ops []porcupine.Operation) []int {
	var longest []int
	for _, partials := range info.PartialLinearizations() {
		for _, order := range partials {
			if len(order) > len(longest) {
				longest = order
			}
		}
	}
	left := map[int]bool{}
	for i := range ops {
		left[i] = true
	}
	for _, i := range longest {
		delete(left, i)
	}
	end := int64(forever)
	for i := range left {
		end = min(end, ops[i].Return)
	}
	maps.DeleteFunc(left, func(i int, _ bool) bool { return ops[i].Call > end })
	return slices.Sorted(maps.Keys(left))
}
