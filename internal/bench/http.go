package bench

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

const emptyIs = "the very same POSTs to a handler of net/http that does nothing, in the same arrangement: server and client in one process, " +
	"2,048 keep-alive connections, the same client of few instructions. Ours counts POSTs too: a booking is two, a hold and a confirm"

func httpMeasures() []measure {
	return []measure{{name: "http", unit: "POSTs/s", yardstickIs: emptyIs, open: openHTTP}}
}

// webSides compares the whole server with an empty one.
type webSides struct {
	*desk
	empty *server
	size  int      // pairs of requests in a run
	last  [][]byte // the requests of the last run
}

func openHTTP(ctx context.Context, b *bench) (sides, error) {
	d, err := b.newDesk(ctx, sqlite)
	if err != nil {
		return nil, err
	}
	s := &webSides{desk: d, size: warmUp / 2}
	if s.empty, err = serve(like(d.server.http, http.HandlerFunc(nothing))); err != nil {
		return nil, errors.Join(err, d.shut(ctx))
	}
	rate, err := s.ours(ctx) // uncounted: it tells how many requests make a run of the wanted length
	s.size = max(s.size, int(rate/2*b.Length.Seconds()))
	return s, err
}

func (s *webSides) close() error { return errors.Join(s.empty.stop(), s.shut(context.Background())) }

func (s *webSides) ours(ctx context.Context) (float64, error) {
	rate, requests, err := s.most(ctx, s.size, rush)
	s.last = requests
	return rate, err
}

// most sends n pairs as fast as they are answered and returns POSTs a second.
func (d *desk) most(ctx context.Context, n, conns int) (rate float64, requests [][]byte, err error) {
	pairs, fresh, err := d.pairs(ctx, n)
	if err != nil {
		return 0, nil, err
	}
	for _, p := range pairs {
		requests = append(requests, p.hold, p.confirm)
	}
	confirm, done := d.path("/confirm"), d.path("/done")
	check := func(i int, a answer) error {
		if i%2 == 0 {
			return a.want(confirm)
		}
		return a.want(done)
	}
	var took time.Duration
	err = d.atWork(ctx, func() error {
		took, err = send(d.server.addr, conns, requests, len(requests), check)
		return err
	})
	if err != nil {
		return 0, nil, err
	}
	return float64(len(requests)) / took.Seconds(), requests, d.keep(ctx, fresh)
}

// yardstick sends the same requests again and again for the length of a run.
func (s *webSides) yardstick(ctx context.Context) (float64, error) {
	const share = 4 // of the length between two looks at the clock, at the slowest
	check := func(_ int, a answer) error {
		if a.status != 200 {
			return fmt.Errorf("the empty handler answers %d", a.status)
		}
		return nil
	}
	total, took := 0, time.Duration(0)
	for took < s.b.Length {
		n := len(s.last) * share
		t, err := send(s.empty.addr, rush, s.last, n, check)
		if err != nil {
			return 0, err
		}
		total, took = total+n, took+t
	}
	return float64(total) / took.Seconds(), ctx.Err()
}

// send sends n requests, over and over the given ones, on so many connections at
// once, and returns how long it took from the first to the last answer.
func send(addr string, connections int, requests [][]byte, n int, check func(i int, a answer) error) (took time.Duration, err error) {
	conns, err := dialAll(addr, connections)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, hangUp(conns)) }()
	var next atomic.Int64
	var wg sync.WaitGroup
	errs := make([]error, len(conns))
	start := time.Now()
	for w, c := range conns {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				a, err := c.ask(requests[i%len(requests)])
				if err == nil {
					err = check(i, a)
				}
				if err != nil {
					errs[w] = err
					next.Store(int64(n)) // the others need not go on
					return
				}
			}
		})
	}
	wg.Wait()
	return time.Since(start), errors.Join(errs...)
}
