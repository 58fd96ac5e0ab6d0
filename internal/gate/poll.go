package gate

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// PollStep says: from this distance on, ask for the board again after Low to
// High seconds, chosen at random by the client (rule G19).
type PollStep struct {
	From      uint64
	Low, High uint16 // seconds
}

// maxPollSteps and the bounds below keep the table within its share of the board.
const (
	maxPollSteps = 4
	maxPollSecs  = 99
	maxPollFrom  = 999_999
)

// DefaultPoll is the table used when the operator sets none: 2 s at the head
// of the line, up to 60 s far from it.
func DefaultPoll() []PollStep {
	return []PollStep{{0, 2, 3}, {300, 5, 8}, {3_000, 15, 20}, {10_000, 40, 60}}
}

// PollAfter returns the step for somebody at this distance from being called.
// The table must be valid (see Board.Validate). Patience or impatience of the
// client does not enter.
func PollAfter(steps []PollStep, distance uint64) PollStep {
	found := steps[0]
	for _, s := range steps {
		if s.From <= distance {
			found = s
		}
	}
	return found
}

// PollAfter is the step for a waiter of this board. Before the opening nobody
// is near the head, so all ask at the slowest step.
func (b Board) PollAfter(ahead uint64) PollStep {
	if b.Phase != Open {
		return b.Poll[len(b.Poll)-1]
	}
	return PollAfter(b.Poll, ahead)
}

// After spreads the step by r, a random number in [0, 1).
func (s PollStep) After(r float64) time.Duration {
	low := time.Duration(s.Low) * time.Second
	return low + time.Duration(r*float64(s.High-s.Low)*float64(time.Second))
}

// MarshalJSON writes [from, low, high].
func (s PollStep) MarshalJSON() ([]byte, error) {
	return fmt.Appendf(nil, "[%d,%d,%d]", s.From, s.Low, s.High), nil
}

// UnmarshalJSON reads [from, low, high].
func (s *PollStep) UnmarshalJSON(text []byte) error {
	var n []uint64
	if err := json.Unmarshal(text, &n); err != nil {
		return err
	}
	if len(n) != 3 || n[1] > maxPollSecs || n[2] > maxPollSecs {
		return errors.New("a poll step is [from, low, high] with at most 99 seconds")
	}
	*s = PollStep{From: n[0], Low: uint16(n[1]), High: uint16(n[2])}
	return nil
}

func validatePoll(steps []PollStep) error {
	if len(steps) == 0 || len(steps) > maxPollSteps || steps[0].From != 0 {
		return errors.New("the poll table has 1 to 4 steps and starts at 0")
	}
	for i, s := range steps {
		if s.Low < 1 || s.High < s.Low || s.High > maxPollSecs || s.From > maxPollFrom {
			return errors.New("a poll step has 1 ≤ low ≤ high ≤ 99 seconds and starts below a million")
		}
		if i > 0 && s.From <= steps[i-1].From {
			return errors.New("poll steps ascend")
		}
	}
	return nil
}
