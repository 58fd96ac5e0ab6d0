package drill

import (
	"bytes"
	"testing"

	"naru/internal/gate"
)

// A text that was read before is the same board; any other is read strictly.
func TestBoardsAreReadStrictly(t *testing.T) {
	t.Parallel()
	var b boards
	one := gate.Board{Campaign: "c", Epoch: 1, Version: 1, Phase: gate.Open, L: 9, Poll: gate.DefaultPoll()}
	two := one
	two.Version, two.Serving = 2, 5
	for _, want := range []gate.Board{one, two, two, one} {
		text := want.Encode()
		got, err := b.read(text)
		if err != nil || !bytes.Equal(got.Encode(), want.Encode()) {
			t.Errorf("%+v, want %+v: %v", got, want, err)
		}
		clear(text) // the buffer is used again
		if _, err := b.read(append(want.Encode(), ' ')); err == nil {
			t.Error("a board in another form was read")
		}
	}
}
