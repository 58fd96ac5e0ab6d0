package booking

import (
	"sync"
	"time"
)

// Availability is the snapshot from which lists of free times are shown. It is
// for display only: the clinic's row decides (rule B10). Counts that are late
// are said to be late; they never hide a list. Safe for concurrent use.
type Availability struct {
	mu    sync.RWMutex
	taken map[slotKey]int
	at    time.Time
}

// slotKey is a slot as a map key: the instant, whatever the zone it is written in.
type slotKey struct {
	clinic string
	start  int64
}

func (s Slot) key() slotKey { return slotKey{s.Clinic, s.Start.Unix()} }

// NewAvailability starts empty and never reconciled.
func NewAvailability() *Availability { return &Availability{taken: map[slotKey]int{}} }

// Add applies what this node has just committed: n places taken (or, below 0, freed).
func (a *Availability) Add(s Slot, n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if left := a.taken[s.key()] + n; left > 0 {
		a.taken[s.key()] = left
	} else {
		delete(a.taken, s.key())
	}
}

// Replace puts a full reading of the store in place of the snapshot.
func (a *Availability) Replace(taken map[Slot]int, at time.Time) {
	fresh := make(map[slotKey]int, len(taken))
	for slot, n := range taken {
		fresh[slot.key()] = n
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.taken, a.at = fresh, at
}

// Taken is how many places of the slot were taken when last seen.
func (a *Availability) Taken(s Slot) int {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return a.taken[s.key()]
}

// ReadAt is when the store was last read in full; zero means never.
func (a *Availability) ReadAt() time.Time {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return a.at
}
