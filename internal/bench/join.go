package bench

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
)

const redisIs = "the same join on the same server (same way through it, parsing, claim's HMAC, signed ticket, sealed cookie, log line) with " +
	"ZADD NX and ZRANK in a redis-server without persistence in the place of the store: pipelined over one unix socket. " +
	"2,048 keep-alive connections, server and client in one process, on both sides"

func joinMeasures() []measure {
	return []measure{
		{name: "join_sqlite", unit: "joins/s", yardstickIs: redisIs, open: openJoin(sqlite)},
		{name: "join_postgres", unit: "joins/s", yardstickIs: redisIs, open: openJoin(postgreSQL)},
	}
}

// joinSides compares joining at the server with joining at its twin.
type joinSides struct {
	town   *town
	server *server
	redis  *redisServer
	client *redis
	log    *os.File
	twin   *server
	size   int // requests in a run
}

func openJoin(on dialect) opener {
	return func(ctx context.Context, b *bench) (_ sides, err error) {
		s := &joinSides{size: 2 * warmUp}
		defer func() {
			if err != nil {
				err = errors.Join(err, s.close())
			}
		}()
		if s.redis, err = startRedis(ctx); err != nil { // first: it may be missing
			return nil, err
		}
		if err = s.openTown(ctx, b, on); err != nil {
			return nil, err
		}
		if err = s.openTwin(); err != nil {
			return nil, err
		}
		rate, err := s.ours(ctx) // uncounted: it tells how many requests make a run of the wanted length
		if err == nil {
			_, err = s.yardstick(ctx)
		}
		s.size = max(s.size, int(rate*b.Length.Seconds()))
		return s, err
	}
}

func (s *joinSides) openTown(ctx context.Context, b *bench, on dialect) error {
	p, err := b.server(ctx, on)
	if err != nil {
		return err
	}
	if s.town, err = b.newTown(ctx, p); err != nil {
		return err
	}
	if err := s.town.openLobby(ctx); err != nil {
		return err
	}
	web, err := b.Web(s.town.Store, s.town.clock.Now)
	if err != nil {
		return err
	}
	s.server, err = serve(web)
	return err
}

func (s *joinSides) openTwin() (err error) {
	if s.client, err = dialRedis(s.redis.socket); err != nil {
		return err
	}
	if s.log, err = os.OpenFile(os.DevNull, os.O_WRONLY, 0); err != nil {
		return err
	}
	handler, err := newTwin(s.town, s.client, slog.New(slog.NewJSONHandler(s.log, nil)))
	if err != nil {
		return err
	}
	s.twin, err = serve(like(s.server.http, handler))
	return err
}

// ours has the store's own loops at work, as in a server.
func (s *joinSides) ours(ctx context.Context) (rate float64, err error) {
	err = s.town.atWork(ctx, func() error {
		rate, err = s.rush(s.server.addr)
		return err
	})
	return rate, err
}

func (s *joinSides) yardstick(ctx context.Context) (float64, error) {
	rate, err := s.rush(s.twin.addr)
	return rate, errors.Join(err, ctx.Err())
}

// rush lets new people join at a server as fast as they are answered.
func (s *joinSides) rush(addr string) (rate float64, err error) {
	requests := make([][]byte, s.size)
	for i := range requests {
		requests[i] = s.town.joinRequest(addr)
	}
	wait := s.town.path("/wait")
	took, err := send(addr, rush, requests, len(requests), func(_ int, a answer) error { return a.want(wait) })
	return float64(len(requests)) / took.Seconds(), err
}

// joinRequest is somebody who has not joined before.
func (t *town) joinRequest(addr string) []byte {
	t.people++
	form := url.Values{
		"name": {"가상사람"}, "born": {"1965-03-09"}, "consent": {"yes"},
		"mobile": {fmt.Sprintf("010-%04d-%04d", t.people/10000, t.people%10000)},
	}
	return post(nil, addr, t.path("/join"), "", []byte(form.Encode()))
}

func (s *joinSides) close() error {
	var errs []error
	for _, running := range []*server{s.twin, s.server} {
		if running != nil {
			errs = append(errs, running.stop())
		}
	}
	if s.client != nil {
		errs = append(errs, s.client.close())
	}
	if s.log != nil {
		errs = append(errs, s.log.Close())
	}
	if s.redis != nil {
		errs = append(errs, s.redis.stop())
	}
	if s.town != nil {
		errs = append(errs, s.town.close(context.Background()))
	}
	return errors.Join(errs...)
}
