package identity

import (
	"time"

	"naru/internal/fault"
)

// Bounds of the way to a provider and back (rule I5).
const (
	AttemptLife = 10 * time.Minute // the way to the provider and back
	Tries       = 5                // answers that proved nothing, per claim, browser and provider in TryWindow
	TryWindow   = time.Hour
)

// Attempt is the newest way of one browser to one provider.
type Attempt struct {
	State   [16]byte // what must come back
	BeganAt time.Time
	Used    bool
	Tries   int // in the window that began at Since
	Since   time.Time
}

// MayBegin decides whether the browser may go to the provider once more: TooMany
// "identity.too_many" after Tries answers that proved nothing. What the provider
// failed at is not counted.
func (a Attempt) MayBegin(now time.Time) *fault.Error {
	if a.Tries >= Tries && now.Sub(a.Since) < TryWindow {
		return fault.New(fault.TooMany, "identity.too_many")
	}
	return nil
}

// Return decides whether what came back is the answer to this attempt, the first
// time and in time: Conflict "identity.answer_used", Expired
// "identity.answer_late".
func (a Attempt) Return(state [16]byte, now time.Time) *fault.Error {
	switch {
	case a.State != state || a.Used:
		return fault.New(fault.Conflict, "identity.answer_used")
	case now.Sub(a.BeganAt) >= AttemptLife:
		return fault.New(fault.Expired, "identity.answer_late")
	}
	return nil
}

// Missed counts an answer that proved nothing.
func (a Attempt) Missed(now time.Time) Attempt {
	if now.Sub(a.Since) >= TryWindow {
		a.Tries, a.Since = 0, now
	}
	a.Tries++
	return a
}
