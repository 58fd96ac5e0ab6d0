package store

import (
	"sync"

	"naru/internal/booking"
	"naru/internal/person"
)

// heldNow is a hold as this node has just made it: where its places are, and
// whose it is, sealed. Neither changes while the hold lives, so its confirm
// needs no reading here; on another node it reads.
type heldNow struct {
	person      person.ID
	row         *personRow
	reservation booking.Reservation
	actor       string // who held it for them; "": themself
}

// maxRecent bounds each half of what is remembered; holds live for minutes.
const maxRecent = 8192

// recentHolds remembers the newest holds: two halves, of which the older is
// forgotten when the younger is full. Safe for concurrent use.
type recentHolds struct {
	mu         sync.Mutex
	young, old map[booking.HoldID]heldNow
}

func (r *recentHolds) keep(h heldNow) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.young) >= maxRecent || r.young == nil {
		r.young, r.old = make(map[booking.HoldID]heldNow, maxRecent), r.young
	}
	r.young[h.reservation.HoldID] = h
}

func (r *recentHolds) find(id booking.HoldID, of person.ID) (heldNow, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	h, ok := r.young[id]
	if !ok {
		h, ok = r.old[id]
	}
	return h, ok && h.person == of
}
