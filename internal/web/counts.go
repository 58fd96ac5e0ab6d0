package web

import (
	"sync"
	"time"

	"naru/internal/clinic"
)

// countsLife is for how long the places left in a region are shown as they
// were counted. Only the clinic's row decides (rule B10).
const countsLife = 2 * time.Second

// counts remembers how many places are left at the clinics of a region, so that
// a list that thousands look at is counted once. Safe for concurrent use.
type counts struct {
	now func() time.Time
	mu  sync.Mutex
	of  map[countsKey]*regionCounts
}

type countsKey struct {
	campaign string
	region   clinic.RegionCode
}

type regionCounts struct {
	mu   sync.Mutex
	at   time.Time
	left map[clinic.ID]int
}

func newCounts(now func() time.Time) *counts {
	return &counts{now: now, of: map[countsKey]*regionCounts{}}
}

// left counts with count, at most once in countsLife for a region. The map is
// not changed any more. Its size is bounded by the regions there are.
func (c *counts) left(key countsKey, list []*clinic.Clinic, count func(clinic.ID) int) map[clinic.ID]int {
	c.mu.Lock()
	r := c.of[key]
	if r == nil {
		r = &regionCounts{}
		c.of[key] = r
	}
	c.mu.Unlock()

	r.mu.Lock()
	defer r.mu.Unlock()
	if now := c.now(); r.left == nil || now.Sub(r.at).Abs() >= countsLife {
		r.at, r.left = now, make(map[clinic.ID]int, len(list))
		for _, one := range list {
			r.left[one.ID] = count(one.ID)
		}
	}
	return r.left
}
