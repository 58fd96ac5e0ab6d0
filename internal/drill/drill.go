// Package drill replays the incidents of 2021-22 against a real server process
// over real HTTP, and counts afterwards, in the database, what must never be.
//
// It promises an open loop: when somebody comes is decided before the first
// request, latency counts from the intended instant, and a generator that falls
// behind voids its own run instead of flattering the server. The same seed
// gives the same people, habits and arrivals. It believes nothing the server
// said: what was acknowledged is looked up in the database after the server has
// ended. It never speaks to an address that is not a loopback, never touches
// the data folder or the databases it was given (it works in a folder and a
// database of its own), and ends no process but those it started.
//
// A drill held when every safety counter is 0, somebody booked, at least 95 % of
// the planned arrivals were offered in time, and the run is not void. Answers of
// 500 and above, and connections that broke, speak against it unless they are a
// fault's the drill made itself: those are counted apart.
//
// The crowd asks for more pages than a real one of its size. One in five devices runs
// no script and loads the waiting page again at the interval it is told, and one
// in five is impatient: three times as often, or the whole page now and then where
// others read the board. So a citizen asks for some five waiting pages where people
// whose script runs and who are patient ask for one or two (when they have joined, and
// after a refusal). It is not made easier: people in July 2021 reloaded. Styles
// and scripts are not fetched, and a device has no connection of its own.
//
// back-doors (docs/adr/0017) adds attackers: it held when no trick gave a session, a
// step or an admission that the rules do not allow, the places of honest people are
// those of the public draw, and as many bots as people do not make these wait more
// than 1.3 times as long.
//
// Of many nodes (docs/adr/0012) it adds: they stand behind HAProxy, any of them
// gets any request, and people do what people do when a page does not come:
// press again, with the same key.
package drill

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// The names of the drills.
const (
	OpeningRush = "opening-rush" // 12 July 2021
	BackDoors   = "back-doors"   // 14 to 21 July 2021
)

// UsageError is a drill that was asked for wrongly: nothing was started.
type UsageError struct{ Err error }

func (e *UsageError) Error() string { return e.Err.Error() }
func (e *UsageError) Unwrap() error { return e.Err }

func usage(format string, args ...any) error { return &UsageError{fmt.Errorf(format, args...)} }

// servedFor is how long after the last planned arrival people are still served
// at most; a drill ends when everybody is done.
const servedFor = 150 * time.Second

// Run plays a drill and returns what was measured and counted. An error means
// that the drill could not be played; a drill that did not hold is no error.
func Run(ctx context.Context, o Options) (*Result, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if o.Drill == BackDoors {
		return runBackDoors(ctx, o)
	}
	s, err := setUp(ctx, o)
	if err != nil {
		return nil, err
	}
	defer s.close()
	crowd, err := NewCrowd(s.plan())
	if err != nil {
		return nil, err
	}
	r, err := s.play(ctx, crowd)
	if ctx.Err() != nil {
		return nil, errors.New("it was ended before it was over; nothing was counted")
	}
	if err != nil {
		return nil, err
	}
	s.end() // before counting: nothing may change any more
	s.resources(r)
	if err := r.count(ctx, s.dir, s.db.url, crowd.tally); err != nil {
		return nil, err
	}
	r.judge()
	return r, nil
}
