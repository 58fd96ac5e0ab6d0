package bench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// The most a confirm may take at half of the measured maximum (issue 3).
const (
	limitSQLite     = 50.0
	limitPostgreSQL = 25.0
)

const limitIs = "the limit, not a measurement: a ratio below 1 is within it. Ours is the 99th percentile of a confirm over HTTP, from its intended instant, " +
	"at half of the maximum measured just before on the same server by 256 who wait for their answers: open loop, Poisson arrivals, as many holds as confirms beside each other"

func confirmMeasures() []measure {
	return []measure{
		{name: "confirm_p99_sqlite", unit: "ms", yardstickIs: limitIs, open: openConfirm(sqlite, limitSQLite)},
		{name: "confirm_p99_postgres", unit: "ms", yardstickIs: limitIs, open: openConfirm(postgreSQL, limitPostgreSQL)},
	}
}

// confirmSides measures how long a confirm takes on a server that is half busy.
type confirmSides struct {
	*desk
	limit float64
	rate  float64 // POSTs a second that are offered
	took  []time.Duration
}

// loudLag is how far the generator may fall behind before the run says so.
const loudLag = 5 * time.Millisecond

func openConfirm(on dialect, limit float64) opener {
	return func(ctx context.Context, b *bench) (sides, error) {
		d, err := b.newDesk(ctx, on)
		if err != nil {
			return nil, err
		}
		s := &confirmSides{desk: d, limit: limit}
		most, err := d.maximum(ctx)
		if err != nil {
			return nil, errors.Join(err, d.shut(ctx))
		}
		s.rate = most / 2
		b.say("the maximum is %.4g POSTs/s; %.4g are offered", most, s.rate)
		return s, nil
	}
}

// maximum is the median of three rushes after an uncounted one.
func (d *desk) maximum(ctx context.Context) (float64, error) {
	rate, _, err := d.most(ctx, warmUp/2, queue)
	var rates []float64
	for range 3 {
		if err != nil {
			return 0, err
		}
		rate, _, err = d.most(ctx, max(warmUp/2, int(rate/2*d.b.Length.Seconds())), queue)
		rates = append(rates, rate)
	}
	return median(rates), err
}

func (s *confirmSides) ours(ctx context.Context) (float64, error) {
	pairs, fresh, err := s.pairs(ctx, max(1, int(s.rate/2*s.b.Length.Seconds())))
	if err != nil {
		return 0, err
	}
	var run *paced
	err = s.atWork(ctx, func() error {
		run, err = s.pace(pairs)
		return err
	})
	if err != nil {
		return 0, err
	}
	if lag := at(sorted(run.lag), 0.99); lag > loudLag {
		s.b.say("the generator was late by %v (99th percentile): other work on the machine is in these figures", lag)
	}
	s.took = append(s.took, run.took...)
	return ms(at(sorted(run.took), 0.99)), s.keep(ctx, fresh)
}

func (s *confirmSides) yardstick(context.Context) (float64, error) { return s.limit, nil }

func (s *confirmSides) detail(r *Result) { r.Histogram = newHistogram(s.took) }

func (s *confirmSides) close() error { return s.shut(context.Background()) }

// arrival is one request and when it is meant to be sent.
type arrival struct {
	at      time.Duration // after the beginning
	request []byte
	path    string // to which the answer must lead
	counts  bool   // its latency is asked for
}

// arrivals spreads holds and confirms over time, each kind by itself as people
// come who know nothing of each other.
func (s *confirmSides) arrivals(pairs []pair) []arrival {
	rnd := rand.New(rand.NewPCG(townSeed, uint64(len(s.took)))) //nolint:gosec // no secret
	var all []arrival
	var clock [2]time.Duration
	gap := func() time.Duration { return time.Duration(rnd.ExpFloat64() / (s.rate / 2) * float64(time.Second)) }
	for len(pairs) > 0 {
		clock[0], clock[1] = clock[0]+gap(), clock[1]+gap()
		all = append(all,
			arrival{clock[0], pairs[0].hold, s.path("/confirm"), false},
			arrival{clock[1], pairs[0].confirm, s.path("/done"), true})
		pairs = pairs[1:]
	}
	slices.SortFunc(all, func(a, b arrival) int { return cmp.Compare(a.at, b.at) })
	return all
}

// paced is what an open-loop run found.
type paced struct {
	mu   sync.Mutex
	took []time.Duration // of those that count
	lag  []time.Duration // of the generator
	errs []error
}

// pace sends every request at its instant, whether or not the ones before it
// are answered; waiting for a connection counts as latency.
func (s *confirmSides) pace(pairs []pair) (*paced, error) {
	conns, err := dialAll(s.server.addr, queue)
	if err != nil {
		return nil, err
	}
	all := s.arrivals(pairs)
	run := &paced{}
	due := make(chan arrival, len(all))
	start := time.Now()
	var wg sync.WaitGroup
	for _, c := range conns {
		wg.Go(func() { run.work(c, start, due) })
	}
	for _, a := range all {
		time.Sleep(a.at - time.Since(start))
		run.lag = append(run.lag, time.Since(start)-a.at)
		due <- a
	}
	close(due)
	wg.Wait()
	return run, errors.Join(append(run.errs, hangUp(conns))...)
}

// work answers arrivals over one connection until there are no more.
func (p *paced) work(c *conn, start time.Time, due <-chan arrival) {
	for a := range due {
		got, err := c.ask(a.request)
		took := time.Since(start) - a.at
		if err == nil {
			err = got.want(a.path)
		}
		p.note(a, took, err)
		if err != nil {
			return
		}
	}
}

func (p *paced) note(a arrival, took time.Duration, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil {
		p.errs = append(p.errs, fmt.Errorf("after %v: %w", a.at, err))
	} else if a.counts {
		p.took = append(p.took, took)
	}
}
