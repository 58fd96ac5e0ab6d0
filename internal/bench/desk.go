package bench

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"naru/internal/booking"
)

// The cookies of a browser in the flow, as package web names them. If they are
// renamed there, the first request of a measure is refused and it ends.
const (
	browserCookie = "__Host-naru-browser"
	sessionCookie = "__Host-naru-session-"
)

// desk is a town behind its HTTP server.
type desk struct {
	*town
	server *server
	held   []guest // who hold and can confirm
}

// pair is two requests: one person holds, another confirms what they held
// before. So a load is half holds and half confirms at every moment.
type pair struct{ hold, confirm []byte }

func (b *bench) newDesk(ctx context.Context, on dialect) (*desk, error) {
	p, err := b.server(ctx, on)
	if err != nil {
		return nil, err
	}
	t, err := b.newTown(ctx, p)
	if err != nil {
		return nil, err
	}
	if err := t.openGate(ctx); err != nil {
		return nil, errors.Join(err, t.close(ctx))
	}
	web, err := b.Web(t.Store, t.clock.Now)
	if err != nil {
		return nil, errors.Join(err, t.close(ctx))
	}
	s, err := serve(web)
	if err != nil {
		return nil, errors.Join(err, t.close(ctx))
	}
	return &desk{town: t, server: s}, nil
}

func (d *desk) shut(ctx context.Context) error { return errors.Join(d.server.stop(), d.close(ctx)) }

// pairs prepares n holds by new people and n confirms by those who hold.
func (d *desk) pairs(ctx context.Context, n int) (pairs []pair, fresh []guest, err error) {
	if missing := n - len(d.held); missing > 0 {
		more, err := d.admit(ctx, missing)
		if err == nil {
			err = d.b.each(more, func(g *guest) error { return d.takeHold(ctx, g) })
		}
		if err != nil {
			return nil, nil, fmt.Errorf("prepare people who hold: %w", err)
		}
		d.held = append(d.held, more...)
	}
	if fresh, err = d.admit(ctx, n); err != nil {
		return nil, nil, fmt.Errorf("prepare people: %w", err)
	}
	for i := range n {
		pairs = append(pairs, pair{d.holdRequest(fresh[i]), d.confirmRequest(d.held[i])})
	}
	d.held = d.held[n:]
	return pairs, fresh, nil
}

// keep notes the people who hold now, for the next run.
func (d *desk) keep(ctx context.Context, fresh []guest) error {
	err := d.b.each(fresh, func(g *guest) error {
		r, err := d.Current(ctx, g.session)
		if err == nil && (r == nil || r.State != booking.Pending) {
			err = errors.New("somebody who held holds nothing")
		}
		if err == nil {
			g.hold = r.HoldID
		}
		return err
	})
	d.held = append(d.held, fresh...)
	return err
}

func (d *desk) holdRequest(g guest) []byte {
	form := url.Values{"key": {string(g.keys[0])}, "clinic": {g.seat.clinic}, "start": {g.seat.start.UTC().Format(time.RFC3339)}}
	return post(nil, d.server.addr, d.path("/hold"), d.cookies(g), []byte(form.Encode()))
}

func (d *desk) confirmRequest(g guest) []byte {
	form := url.Values{"key": {string(g.keys[1])}, "hold": {string(g.hold)}}
	return post(nil, d.server.addr, d.path("/confirm"), d.cookies(g), []byte(form.Encode()))
}

func (d *desk) cookies(g guest) string {
	return browserCookie + "=" + g.cookie + "; " + sessionCookie + d.id() + "=" + g.token
}

// path is a path of the campaign.
func (t *town) path(rest string) string { return "/c/" + t.id() + rest }
