package history

import (
	"testing"

	"github.com/anishathalye/porcupine"
	"pgregory.net/rapid"
)

// Moving calls changes nothing of what came before what.
func TestEarlyReadsKeepThePrecedence(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		var ops []porcupine.Operation
		for range rapid.IntRange(0, 12).Draw(rt, "operations") {
			from := rapid.Int64Range(1, 30).Draw(rt, "call")
			ops = append(ops, porcupine.Operation{
				Input: rapid.IntRange(0, 2).Draw(rt, "rank"), Call: from, Return: from + rapid.Int64Range(0, 9).Draw(rt, "length"),
			})
		}
		moved := earlyReads(ops, func(op porcupine.Operation) int { return op.Input.(int) })
		for i := range ops {
			if moved[i].Call > moved[i].Return {
				rt.Errorf("operation %d ends before it begins: %+v", i, moved[i])
			}
			for j := range ops {
				if was, is := ops[i].Return < ops[j].Call, moved[i].Return < moved[j].Call; was != is {
					rt.Errorf("%+v before %+v: %v, and then %v", ops[i], ops[j], was, is)
				}
				if moved[i].Call < moved[j].Call && ops[i].Input.(int) > ops[j].Input.(int) && sameStretch(ops, i, j) {
					rt.Errorf("%+v is tried before %+v", ops[i], ops[j])
				}
			}
		}
	})
}

// sameStretch tells whether no answer came between two calls.
func sameStretch(ops []porcupine.Operation, i, j int) bool {
	first, last := min(ops[i].Call, ops[j].Call), max(ops[i].Call, ops[j].Call)
	for _, op := range ops {
		if first <= op.Return && op.Return < last {
			return false
		}
	}
	return true
}
