// Package drill replays the incidents of 2021-22 against a real server process
// over real HTTP, and counts afterwards, in the database, what must never be.
//
// It promises an open loop: when somebody comes is decided before the first
// request, latency counts from the intended instant, and a generator that falls
// behind voids its own run instead of flattering the server. The same seed
// gives the same people, habits and arrivals. It believes nothing the server
// said: what was acknowledged is looked up in the database after the server has
// ended. It never speaks to an address that is not a loopback, never touches
// the data folder it was given (it works in a folder of its own below it), and
// ends no process but the server it started.
//
// A drill held when every safety counter is 0, somebody booked, at least 95 % of
// the planned arrivals were offered in time, and the run is not void.
package drill

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"naru/internal/agency"
	"naru/internal/campaign"
)

// OpeningRush is the name of the drill of 12 July 2021.
const OpeningRush = "opening-rush"

// Options say what is played and where. Executable or Target is needed; the
// others have the defaults of the command line.
type Options struct {
	Executable string             // naru itself; started with "serve"
	Target     string             // a running server instead; a loopback address
	Data       string             // folder with static/; with Target the server's own folder
	ClinicsCSV io.Reader          // other clinics; nil: those of Data, or made-up ones
	Text       []byte             // campaign file, byte for byte
	Campaign   *campaign.Campaign // what it says
	Agency     *agency.Agency
	AgencyFile string // passed on to the server; "" is the built-in one
	ShiftToNow bool
	Citizens   int
	Duration   time.Duration // arrivals after the opening are spread over it
	Seed       uint64
	ServedFor  time.Duration // after the last planned arrival; 0: servedFor
	KillAt     []float64     // fractions of Duration after the opening at which the server is killed
	CPUProfile string        // of the server; "" none
	Progress   io.Writer     // a line every five seconds; nil: none
}

// UsageError is a drill that was asked for wrongly: nothing was started.
type UsageError struct{ Err error }

func (e *UsageError) Error() string { return e.Err.Error() }
func (e *UsageError) Unwrap() error { return e.Err }

func usage(format string, args ...any) error { return &UsageError{fmt.Errorf(format, args...)} }

// servedFor is how long after the last planned arrival people are still served
// at most; a drill ends when everybody is done.
const servedFor = 150 * time.Second

// Run plays opening-rush and returns what was measured and counted. An error
// means that the drill could not be played; a drill that did not hold is no
// error.
func Run(ctx context.Context, o Options) (*Result, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	s, err := setUp(ctx, o)
	if err != nil {
		return nil, err
	}
	defer s.end()
	crowd, err := NewCrowd(s.plan())
	if err != nil {
		return nil, err
	}
	r, err := s.play(ctx, crowd)
	if err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, errors.New("it was ended before it was over; nothing was counted")
	}
	s.end() // before counting: nothing may change any more
	s.resources(r)
	if err := r.count(ctx, s.dir, crowd.tally); err != nil {
		return nil, err
	}
	r.judge()
	return r, nil
}

func (o *Options) check() error {
	switch {
	case o.Citizens < 1 || o.Citizens > 1_000_000:
		return usage("citizens: %d is not within 1 to 1,000,000", o.Citizens)
	case o.Duration < time.Second || o.Duration > time.Hour:
		return usage("duration: %v is not within 1s to 1h", o.Duration)
	case o.Target != "" && len(o.KillAt) > 0:
		return usage("kill-at: only a server that the drill started itself is killed; leave out the target")
	case o.Target != "" && o.ShiftToNow:
		return usage("shift-to-now: the campaign of a running server is not moved; publish it there, open in the near future")
	}
	for _, at := range o.KillAt {
		if at <= 0 || at >= 1 {
			return usage("kill-at: %v is not a fraction between 0 and 1", at)
		}
	}
	return nil
}
