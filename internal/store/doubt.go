package store

import (
	"sync/atomic"
	"time"
)

// maxClockStep is how far the clock may jump against the stopwatch before
// phases and serving stand still (rule G14, DESIGN §3).
const maxClockStep = time.Second

// clockDoubt watches the clock by a stopwatch. A step is what happens between
// two looks; slow corrections are none. A step back that makes it right again
// ends the doubt.
type clockDoubt struct {
	wall  time.Time
	watch time.Duration
	drift time.Duration // sum of the steps seen
	cold  atomic.Bool
}

// step takes a look; it says true when the doubt has just begun.
func (c *clockDoubt) step(wall time.Time, watch time.Duration) bool {
	wall = wall.Round(0) // without the monotonic reading: the clock alone
	if !c.wall.IsZero() {
		if by := wall.Sub(c.wall) - (watch - c.watch); by.Abs() > maxClockStep/2 {
			c.drift += by
		}
	}
	c.wall, c.watch = wall, watch
	frozen := c.drift.Abs() > maxClockStep
	return !c.cold.Swap(frozen) && frozen
}

func (c *clockDoubt) frozen() bool { return c.cold.Load() }
