package bench

import (
	"bytes"
	"context"
	"crypto/rand"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"naru/examples"
	"naru/internal/campaign"
	"naru/internal/clinic"
	"naru/internal/gate"
	"naru/internal/store"
)

// Many clinics, as in a country: bookings spread over their slots.
const (
	townClinics = 3000
	townSeed    = 20210712
)

//go:embed campaign.yaml
var campaignYAML []byte

// town is a store of its own with made-up clinics and one campaign, on SQLite or
// on a database of the PostgreSQL server. Its people come from admit.
type town struct {
	*store.Store
	b         *bench
	place     place
	clock     *clock
	published store.Published
	people    int      // admitted so far
	clinics   []string // their ids
	offered   []offer  // free first doses, in random order; nil before the first guest
}

// place is where a store keeps its rows.
type place struct {
	dir string // keys and lists; with SQLite the databases as well
	url string // of PostgreSQL; "": SQLite
}

// clock goes with the machine's, ahead or behind by what it was moved.
type clock struct{ offset atomic.Int64 }

func (c *clock) Now() time.Time { return time.Now().Add(time.Duration(c.offset.Load())) }

func (c *clock) add(d time.Duration) { c.offset.Add(int64(d)) }

func (c *clock) set(to time.Time) { c.offset.Store(int64(time.Until(to))) }

// newPlace makes an empty folder, and an empty database when url names a server.
func (b *bench) newPlace(ctx context.Context, p *postgres) (place, error) {
	b.folders++
	dir := filepath.Join(b.Dir, fmt.Sprintf("town-%d", b.folders))
	if err := os.Mkdir(dir, 0o750); err != nil {
		return place{}, err
	}
	if p == nil {
		return place{dir: dir}, nil
	}
	var name [8]byte
	_, _ = rand.Read(name[:]) // never fails
	url, err := p.create(ctx, "naru_bench_"+hex.EncodeToString(name[:]))
	return place{dir, url}, err
}

// remove forgets a place and everything in it.
func (b *bench) remove(ctx context.Context, at place) error {
	err := os.RemoveAll(at.dir)
	if at.url != "" {
		err = errors.Join(err, b.postgres.drop(ctx, at.url))
	}
	return err
}

// newTown opens a store on SQLite (nil) or PostgreSQL with clinics and a
// campaign that is announced.
func (b *bench) newTown(ctx context.Context, p *postgres) (*town, error) {
	at, err := b.newPlace(ctx, p)
	if err != nil {
		return nil, err
	}
	t := &town{b: b, place: at, clock: &clock{}}
	if err := t.found(ctx); err != nil {
		return nil, errors.Join(err, b.remove(context.WithoutCancel(ctx), at))
	}
	return t, nil
}

// found gives the town its clinics and its campaign.
func (t *town) found(ctx context.Context) error {
	files, err := madeUpClinics(t.b.clinics)
	if err != nil {
		return err
	}
	c, err := campaign.Parse(campaignYAML, t.b.Agency)
	if err != nil {
		return err
	}
	lobby, _ := c.Gate.Lobby(c.Windows[0])
	t.clock.set(lobby.Add(time.Minute))
	if err := t.open(ctx); err != nil {
		return err
	}
	err = t.ImportDirectory(ctx, files)
	if err == nil {
		t.published, err = t.Publish(ctx, campaignYAML, c)
	}
	if err != nil {
		return errors.Join(err, t.Close())
	}
	return nil
}

func madeUpClinics(n int) (clinic.Files, error) {
	regions, _, err := clinic.ParseRegions(bytes.NewReader(examples.RegionsCSV), 3)
	if err != nil {
		return nil, err
	}
	return clinic.Build(regions, clinic.Generate(regions, n, townSeed), nil)
}

// storeAt opens a store at a place. A disk that fails ends the bench.
func (b *bench) storeAt(at place, now func() time.Time) store.Options {
	return store.Options{Dir: at.dir, DB: at.url, Now: now, Agency: b.Agency, Fatal: func(err error) { panic(err) }}
}

// newSchema makes a place whose tables are there and empty.
func (b *bench) newSchema(ctx context.Context, p *postgres) (place, error) {
	at, err := b.newPlace(ctx, p)
	if err != nil {
		return place{}, err
	}
	s, err := store.Open(ctx, b.storeAt(at, time.Now))
	if err != nil {
		return place{}, errors.Join(err, b.remove(ctx, at))
	}
	return at, s.Close()
}

// beside opens the town's bookings beside the store.
func (t *town) beside(ctx context.Context) (database, error) {
	if t.place.url != "" {
		return openSchema(ctx, t.place.url)
	}
	return openSQLite(t.place.dir, "")
}

// open opens the store, also after it was closed.
func (t *town) open(ctx context.Context) (err error) {
	t.Store, err = store.Open(ctx, t.b.storeAt(t.place, t.clock.Now))
	return err
}

// close closes the store and removes all of it.
func (t *town) close(ctx context.Context) error {
	return errors.Join(t.Close(), t.b.remove(context.WithoutCancel(ctx), t.place))
}

// id is the campaign's.
func (t *town) id() string { return string(t.published.Campaign.ID) }

// openLobby lets people join.
func (t *town) openLobby(ctx context.Context) error { return t.leadUntil(ctx, gate.LobbyOpen) }

// openGate lets people in: the lobby stays empty, everybody comes late.
func (t *town) openGate(ctx context.Context) error {
	opening := t.published.Campaign.OpeningAt()
	if err := t.openLobby(ctx); err != nil {
		return err
	}
	t.clock.set(opening.Add(-time.Minute))
	if err := t.leadUntil(ctx, gate.HeldDraw); err != nil {
		return err
	}
	t.clock.set(opening.Add(time.Second))
	return t.leadUntil(ctx, gate.Open)
}

// leadUntil takes the line's leader's steps until the phase is reached.
func (t *town) leadUntil(ctx context.Context, phase gate.Phase) error {
	const steps = 20 // more than there are phases
	for range steps {
		if err := t.Lead(ctx); err != nil {
			return err
		}
		v, err := t.View(t.id())
		if err != nil {
			return err
		}
		if v.Board.Phase == phase {
			return nil
		}
	}
	return fmt.Errorf("the line does not come to the phase %s", phase)
}

// callAll moves the serving number past everybody who has joined.
func (t *town) callAll(ctx context.Context) error {
	const steps = 100 // each calls up to a second's rate
	for range steps {
		t.clock.add(time.Second)
		if err := t.Lead(ctx); err != nil {
			return err
		}
		v, err := t.View(t.id())
		if err != nil {
			return err
		}
		if v.Board.Serving >= v.Board.End() {
			return nil
		}
	}
	return errors.New("the serving number does not come to the end of the line")
}

// atWork does the work while the store's own loops run, as they do in a server,
// and with nothing left to write from before.
func (t *town) atWork(ctx context.Context, work func() error) error {
	if err := t.settle(ctx); err != nil {
		return err
	}
	loops, end := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { defer close(done); t.Run(loops) }()
	err := work()
	end()
	<-done
	return err
}

func (t *town) settle(ctx context.Context) (err error) {
	d, err := t.beside(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close(ctx)) }()
	return d.settle(ctx)
}
