package store_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"naru/internal/booking"
	"naru/internal/clinic"
	"naru/internal/fault"
	"naru/internal/store"
)

// refusals are what a person may be answered in a store that is well. Anything
// else (internal, unavailable, unknown outcome) breaks the property.
var refusals = []fault.Code{
	"", fault.Wait, fault.NotOpen, fault.Expired, fault.Conflict, fault.Full, fault.TooMany,
	fault.KeyReused, fault.Unauthenticated, fault.Invalid, fault.NotFound,
}

// world is a small house with its people, and what the store promised them.
type world struct {
	*house
	people   []*resident
	promised map[booking.Number]booking.State // booked or cancelled, as acknowledged
	placed   map[booking.Number][]booking.Dose
}

// resident is a citizen who does one thing after another, in any order.
type resident struct {
	*citizen
	hold booking.HoldID
	mine []booking.Number
	keys int // of holds
	asks int // changes

	changed int // the newest of them that led to something
}

// TestAnySequenceKeepsWhatWasPromised lets six people do anything in any order
// at two clinics, with the clock, the sweeper and restarts between: the report
// is sound, and what was acknowledged is as it was acknowledged (rules B1 to B13).
func TestAnySequenceKeepsWhatWasPromised(t *testing.T) {
	onBoth(t, testAnySequenceKeepsWhatWasPromised)
}

func testAnySequenceKeepsWhatWasPromised(t *testing.T) {
	t.Parallel()
	files := tinyFiles(t)
	promised := 0
	rapid.Check(t, func(rt *rapid.T) { promised += inAnyOrder(t, rt, files) })
	t.Logf("%d reservations were acknowledged", promised)
	if promised == 0 {
		t.Error("nobody ever booked: the property proves nothing")
	}
}

func inAnyOrder(t *testing.T, rt *rapid.T, files clinic.Files) (promised int) {
	w := &world{house: newHouseOf(t, t.TempDir(), files), promised: map[booking.Number]booking.State{}, placed: map[booking.Number][]booking.Dose{}}
	w.t = &inProperty{t, rt}
	defer func() { _ = w.Close() }()
	w.openGate()
	for n := range 6 {
		p := &resident{citizen: w.citizen(n)}
		if n < 4 { // four are inside already, two come or do not
			p.admit()
		}
		w.people = append(w.people, p)
	}
	anyone := func(act func(*rapid.T, *resident) error) func(*rapid.T) {
		return func(rt *rapid.T) {
			err := act(rt, w.people[rapid.IntRange(0, 5).Draw(rt, "person")])
			if !slices.Contains(refusals, fault.CodeOf(err)) {
				rt.Fatalf("answered %v", err)
			}
		}
	}
	rt.Repeat(map[string]func(*rapid.T){
		"join":   anyone(func(_ *rapid.T, p *resident) error { return p.join() }),
		"arrive": anyone(func(_ *rapid.T, p *resident) error { return p.arrive() }),
		"choose": anyone(w.choose),
		"book": anyone(func(rt *rapid.T, p *resident) error {
			if err := w.choose(rt, p); err != nil {
				return err
			}
			return w.confirm(rt, p)
		}),
		"confirm": anyone(w.confirm),
		"release": anyone(func(_ *rapid.T, p *resident) error { return p.letGo() }),
		"cancel":  anyone(w.cancel),
		"change":  anyone(w.change),
		"time": func(rt *rapid.T) {
			w.clock.Add(time.Duration(rapid.SampledFrom([]int{1, 30, 200, 310, 1000}).Draw(rt, "seconds")) * time.Second)
			w.lead(1)
		},
		"sweep":   func(*rapid.T) { must(w.t, w.Sweep(context.Background())) },
		"restart": func(*rapid.T) { w.restart() },
	})
	w.kept(rt)
	return len(w.promised)
}

// inProperty reports to the property, and cleans up with the test.
type inProperty struct {
	testing.TB
	rt *rapid.T
}

func (p *inProperty) Fatal(args ...any)              { p.rt.Fatal(args...) }
func (p *inProperty) Fatalf(form string, all ...any) { p.rt.Fatalf(form, all...) }

// kept compares the databases with what was promised, then lets all holds end.
func (w *world) kept(rt *rapid.T) {
	w.sound()
	states, err := store.States(context.Background(), w.dir, w.db)
	must(w.t, err)
	booked := 0
	for n, state := range w.promised {
		if states[n] != state {
			rt.Fatalf("%s was acknowledged as %s and is %q", n, state, states[n])
		}
		if state == booking.Booked {
			booked++
		}
	}
	for _, p := range w.people {
		w.keptTimes(rt, p)
	}
	w.clock.Add(time.Hour)
	must(w.t, w.Sweep(context.Background()))
	w.restart()
	r := w.sound()
	if free := w.left(); r.Pending != 0 || r.Booked != booked || free != w.capacity()-booked {
		rt.Fatalf("at the end %d pending, %d booked, %d acknowledged, %d free of %d", r.Pending, r.Booked, booked, free, w.capacity())
	}
}

// keptTimes compares what the look-up shows with the times that were acknowledged.
func (w *world) keptTimes(rt *rapid.T, p *resident) {
	if len(p.mine) == 0 {
		return
	}
	w.clock.Add(2 * time.Hour) // wrong tries are forgotten
	token, err := w.LookUp(context.Background(), p.claim, p.mine[0], p.browser)
	must(w.t, err)
	all, _, err := w.Reservations(context.Background(), token, p.browser)
	must(w.t, err)
	for _, r := range all {
		if !slices.EqualFunc(r.Doses, w.placed[r.Number], func(a, b booking.Dose) bool { return a.Number == b.Number && a.Start.Equal(b.Start) }) {
			rt.Fatalf("%s was acknowledged at %v and is at %v", r.Number, w.placed[r.Number], r.Doses)
		}
	}
}

// arrive is the way from the door to a proven session, as far as it is open.
func (p *resident) arrive() error {
	if err := p.join(); err != nil {
		return err
	}
	p.h.clock.Add(time.Second)
	p.h.lead(1)
	if err := p.enter(); err != nil {
		return err
	}
	ses, err := p.h.Session(campaignID, p.session, p.cookie)
	if err != nil || ses.Proven {
		return err
	}
	return p.proveQuietly()
}

// choose holds one of the first few times, sometimes again with an old key.
func (w *world) choose(rt *rapid.T, p *resident) error {
	ses, err := w.Session(campaignID, p.session, p.cookie)
	if err != nil {
		return err
	}
	if p.keys == 0 || rapid.IntRange(0, 3).Draw(rt, "new key") > 0 {
		p.keys++
	}
	clinics := w.Directory().Clinics()
	id := string(clinics[rapid.IntRange(0, len(clinics)-1).Draw(rt, "clinic")].ID)
	start := w.times(id)[rapid.IntRange(0, 1).Draw(rt, "time")].Start
	r, err := w.Hold(context.Background(), ses, store.HoldRequest{Key: key(fmt.Sprintf("hold-%d", p.keys)), Clinic: id, Start: start})
	if err == nil {
		p.hold = r.HoldID
	}
	return err
}

func (w *world) confirm(_ *rapid.T, p *resident) error {
	ses, err := w.Session(campaignID, p.session, p.cookie)
	if err != nil {
		return err
	}
	r, err := w.Confirm(context.Background(), ses, store.ConfirmRequest{Key: key("confirm-" + string(p.hold)), Hold: p.hold, Lang: "ko"})
	if err == nil && w.promised[r.Number] == "" { // a repeat is answered as the first time, whatever was done since
		w.promised[r.Number], w.placed[r.Number] = r.State, r.Doses
		p.mine = append(p.mine, r.Number)
	}
	return err
}

// change moves a dose by some days, sometimes with the key before.
func (w *world) change(rt *rapid.T, p *resident) error {
	if len(p.mine) == 0 {
		return nil
	}
	n := rapid.SampledFrom(p.mine).Draw(rt, "number")
	token, err := w.LookUp(context.Background(), p.claim, n, p.browser)
	if err != nil {
		return err
	}
	if p.asks == 0 || rapid.IntRange(0, 3).Draw(rt, "new key") > 0 {
		p.asks++
	}
	dose := rapid.IntRange(1, 2).Draw(rt, "dose")
	start := w.placed[n][dose-1].Start.AddDate(0, 0, rapid.SampledFrom([]int{-7, -1, 1, 2, 7}).Draw(rt, "days"))
	r, err := w.Change(context.Background(), token, p.browser, n, dose, start, key(fmt.Sprintf("change-%d", p.asks)), "ko")
	if err == nil && p.changed < p.asks { // a key that was refused before it led anywhere is as good as new
		w.placed[n], p.changed = r.Doses, p.asks
	}
	return err
}

func (p *resident) letGo() error {
	ses, err := p.h.Session(campaignID, p.session, p.cookie)
	if err != nil {
		return err
	}
	return p.h.Release(context.Background(), ses, p.hold)
}

func (w *world) cancel(rt *rapid.T, p *resident) error {
	if len(p.mine) == 0 {
		return nil
	}
	n := rapid.SampledFrom(p.mine).Draw(rt, "number")
	token, err := w.LookUp(context.Background(), p.claim, n, p.browser)
	if err != nil {
		return err
	}
	r, err := w.Cancel(context.Background(), token, p.browser, n, key("cancel-"+string(n)), "ko")
	if err == nil {
		w.promised[n] = r.State
	}
	return err
}
