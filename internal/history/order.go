package history

import (
	"cmp"
	"slices"

	"github.com/anishathalye/porcupine"
)

// earlyReads moves operations whose rank is lower before others that were
// called in the same stretch, so that the search tries them first at every
// step. What must come before what, it leaves as it is: only a call after an
// answer orders two operations, so calls with no answer between them may stand
// in any order. Without it a count among many holds is tried only after all of
// them, and then after every choice of them.
func earlyReads(ops []porcupine.Operation, rank func(porcupine.Operation) int) []porcupine.Operation {
	returns := make([]int64, len(ops))
	calls := make([]int, len(ops))
	for i, op := range ops {
		returns[i], calls[i] = op.Return, i
	}
	slices.Sort(returns)
	answered := func(before int64) int64 { n, _ := slices.BinarySearch(returns, before); return int64(n) }
	slices.SortStableFunc(calls, func(a, b int) int {
		return cmp.Or(cmp.Compare(answered(ops[a].Call), answered(ops[b].Call)),
			cmp.Compare(rank(ops[a]), rank(ops[b])), cmp.Compare(ops[a].Call, ops[b].Call))
	})
	stretch := int64(len(ops) + 2) // room for every call between two answers
	moved := slices.Clone(ops)
	for place, i := range calls {
		moved[i].Call = answered(ops[i].Call)*stretch + 1 + int64(place)
		moved[i].Return = (answered(ops[i].Return) + 1) * stretch
	}
	return moved
}
