package booking

import (
	"hash/fnv"
	"sync"
	"time"
)

// Buckets is the number of parts into which growing tables are cut (DESIGN §3).
const Buckets = 1024

// ClinicBucket is the bucket of a clinic's slots and holds.
func ClinicBucket(clinic string) int16 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(clinic)) // a hash never fails
	return int16(h.Sum32() % Buckets)
}

// Parts is the number of parts in which the snapshot is read anew: a part has
// the clinics of Buckets/Parts buckets that follow one another.
const Parts = 32

// PartBuckets are the first bucket of a part and the first after it.
func PartBuckets(part int) (from, to int16) {
	return int16(part * (Buckets / Parts)), int16((part + 1) * (Buckets / Parts)) //nolint:gosec // within Buckets
}

// Availability is the snapshot from which lists of free times are shown. It is
// for display only: the clinic's row decides (rule B10). Counts that are late
// are said to be late; they never hide a list. Safe for concurrent use.
type Availability struct{ parts [Parts]availabilityPart }

type availabilityPart struct {
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
func NewAvailability() *Availability {
	a := &Availability{}
	for i := range a.parts {
		a.parts[i].taken = map[slotKey]int{}
	}
	return a
}

func (a *Availability) part(clinic string) *availabilityPart {
	return &a.parts[int(ClinicBucket(clinic))/(Buckets/Parts)]
}

// Add applies what this node has just committed: n places taken (or, below 0, freed).
func (a *Availability) Add(s Slot, n int) {
	p := a.part(s.Clinic)
	p.mu.Lock()
	defer p.mu.Unlock()
	if left := p.taken[s.key()] + n; left > 0 {
		p.taken[s.key()] = left
	} else {
		delete(p.taken, s.key())
	}
}

// Replace puts a full reading of one part of the store in place of the snapshot's.
func (a *Availability) Replace(part int, taken map[Slot]int, at time.Time) {
	fresh := make(map[slotKey]int, len(taken))
	for slot, n := range taken {
		fresh[slot.key()] = n
	}
	p := &a.parts[part]
	p.mu.Lock()
	defer p.mu.Unlock()
	p.taken, p.at = fresh, at
}

// Taken is how many places of the slot were taken when last seen.
func (a *Availability) Taken(s Slot) int {
	p := a.part(s.Clinic)
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.taken[s.key()]
}

// ReadSince is since when every part has been read from the store: the time of the
// one that is longest ago, zero while there is one that never was.
func (a *Availability) ReadSince() time.Time {
	var oldest time.Time
	for i := range a.parts {
		p := &a.parts[i]
		p.mu.RLock()
		at := p.at
		p.mu.RUnlock()
		if i == 0 || at.Before(oldest) {
			oldest = at
		}
	}
	return oldest
}

// ReadAt is when a clinic's counts were last read from the store; zero means never.
func (a *Availability) ReadAt(clinic string) time.Time {
	p := a.part(clinic)
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.at
}
