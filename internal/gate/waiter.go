package gate

// Waiter is what somebody in the line knows: the place, once there is one, and
// the newest board they saw. The zero Waiter knows nothing yet.
type Waiter struct {
	Place    uint64
	HasPlace bool
	Board    Board
	seen     bool
}

// See takes in a board. An older version, an older epoch and another campaign
// are ignored, and within an epoch Serving is never taken back, so the number
// ahead never grows (rule G17). A newer epoch is another line: the place there
// is not known yet.
func (w Waiter) See(b Board) Waiter {
	switch {
	case !w.seen:
		w.Board, w.seen = b, true
	case b.Campaign != w.Board.Campaign || b.Epoch < w.Board.Epoch:
	case b.Epoch > w.Board.Epoch:
		w = Waiter{Board: b, seen: true}
	case b.Version > w.Board.Version:
		b.Serving = max(b.Serving, w.Board.Serving)
		w.Board = b
	}
	return w
}

// Ahead is the number of places to be called before this one; 0 when it is the
// next or has been called. It is not known before the draw.
func (w Waiter) Ahead() (ahead uint64, known bool) {
	if !w.HasPlace {
		return 0, false
	}
	return w.Place - min(w.Place, w.Board.Serving), true
}

// Called tells whether this place may enter.
func (w Waiter) Called() bool {
	return w.HasPlace && w.Board.Phase == Open && w.Place < w.Board.Serving
}

// Behind is the number of places given out after this one.
func (w Waiter) Behind() uint64 {
	if !w.HasPlace || w.Board.End() == 0 {
		return 0
	}
	return w.Board.End() - 1 - min(w.Place, w.Board.End()-1)
}
