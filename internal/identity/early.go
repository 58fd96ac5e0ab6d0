package identity

import (
	"time"

	"naru/internal/fault"
)

// EarlyShare is the part of a provider's normal proofs that people who prove
// before the opening may use, and earlyBurst how many may come at once.
const (
	EarlyShare = 0.25
	earlyBurst = 5
)

// Pace bounds the early proofs of one node at one provider (rule I8). The zero
// Pace has let nobody through yet.
type Pace struct{ due time.Time }

// Take lets one early proof begin, or says after how many seconds to ask again:
// Unavailable "identity.early_later" when the provider is not smooth, TooMany
// "identity.early_soon" when the pace is reached.
func (p *Pace) Take(of Provider, l Light, now time.Time) *fault.Error {
	if l != Smooth {
		return fault.New(fault.Unavailable, "identity.early_later")
	}
	each := time.Duration(float64(time.Second) / (EarlyShare * float64(max(1, of.PerSecond))))
	due := p.due
	if due.Before(now) || due.Sub(now) > each*earlyBurst { // never longer, whatever the clock did
		due = now
	}
	if ahead := due.Add(each).Sub(now) - each*earlyBurst; ahead > 0 {
		return fault.New(fault.TooMany, "identity.early_soon").With("Seconds", int((ahead+time.Second-1)/time.Second))
	}
	p.due = due.Add(each)
	return nil
}
