package staff

import (
	"time"

	"naru/internal/fault"
)

// Limit is how often something may be tried (rule S11).
type Limit struct {
	Most   int
	Within time.Duration // from the first try on
}

// The limits. What they guard is long and random, but for the PIN: that one ends its
// sign-in after PINTries, whatever the limit leaves.
var (
	TriesByBrowser = Limit{Most: 20, Within: 10 * time.Minute}
	TriesByAccount = Limit{Most: 20, Within: time.Hour}
)

// Tries is what was tried since a moment.
type Tries struct {
	N     int
	Since time.Time
}

// Take counts one more try, or refuses it: code TooMany, with the Seconds until the
// next one is taken.
func (l Limit) Take(t Tries, now time.Time) (Tries, error) {
	if t.N == 0 || !now.Before(t.Since.Add(l.Within)) || now.Before(t.Since) {
		return Tries{1, now}, nil
	}
	if t.N >= l.Most {
		left := t.Since.Add(l.Within).Sub(now)
		return t, fault.New(fault.TooMany, "staff.too_many").With("Seconds", int(left/time.Second)+1)
	}
	return Tries{t.N + 1, t.Since}, nil
}
