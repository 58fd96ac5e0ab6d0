package store_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"naru/internal/booking"
	"naru/internal/clinic"
	"naru/internal/fault"
	"naru/internal/gate"
	"naru/internal/person"
	"naru/internal/store"
)

// The races of the conformance suite: what many do at once, on one node and on
// two, over both databases.

// nodes are the processes of a race: two on a PostgreSQL, one on a data folder.
func (h *house) nodes() []*house {
	h.t.Helper()
	if h.db == "" {
		return []*house{h}
	}
	return []*house{h, h.node()}
}

// clinicsOf is one region with one clinic that takes so many people a slot, so
// many hours a day from nine on.
func clinicsOf(t testing.TB, places, hours int) clinic.Files {
	t.Helper()
	list := clinic.RegionsHeader + `
4100000000,sido,,경기도,,,37.53000,127.15000
4183000000,sigungu,4100000000,경기도,양평군,,37.51800,127.57900
`
	regions, _, err := clinic.ParseRegions(strings.NewReader(list), 3)
	must(t, err)
	k := clinic.Clinic{
		ID: "one", Name: "가상의원", Kind: clinic.Practice, RegionCode: "4183000000", SigunguCode: "4183000000",
		Lat: 37.5, Lon: 127.5, Capacity: clinic.Capacity{PerHour: 2 * places}, Doctors: places,
	}
	for day := time.Monday; day <= time.Friday; day++ {
		k.Hours[day] = clinic.Day{Open: 9 * 60, Close: (9 + hours) * 60}
	}
	files, err := clinic.Build(regions, []clinic.Clinic{k}, nil)
	must(t, err)
	return files
}

// crowd seats so many people who are new to the house.
func (h *house) crowd(first, n int) []gate.Session {
	h.t.Helper()
	claims := make([]person.Claim, n)
	for i := range claims {
		claims[i] = h.citizen(1).claim
		claims[i].Mobile = fmt.Sprintf("010%08d", 20_000_000+first+i)
	}
	var all []gate.Session
	for chunk := range slices.Chunk(claims, 2000) {
		seated, err := h.Seat(context.Background(), campaignID, chunk)
		must(h.t, err)
		all = append(all, seated...)
	}
	return all
}

// soundSeated is sound for people who were seated without the gate.
func (h *house) soundSeated() store.Report {
	h.t.Helper()
	r, err := store.Check(context.Background(), h.dir, h.db)
	must(h.t, err)
	if r.Bypasses = 0; !r.Sound() {
		h.t.Fatalf("invariants broken: %+v", r)
	}
	return r
}

// book holds and confirms; full says that there was no place. Who is told that
// the store is busy or away repeats with the same key, as a browser does.
func (h *house) book(ses gate.Session, clinicID string, start time.Time) (full bool, err error) {
	ctx := context.Background()
	for range 100 {
		var r booking.Reservation
		r, err = h.Hold(ctx, ses, store.HoldRequest{Key: key("hold"), Clinic: clinicID, Start: start})
		if err == nil {
			_, err = h.Confirm(ctx, ses, store.ConfirmRequest{Key: key("confirm"), Hold: r.HoldID, Lang: "ko"})
		}
		switch fault.CodeOf(err) {
		case fault.Unavailable, fault.UnknownOutcome:
			continue
		case fault.Full:
			return true, nil
		}
		return false, err
	}
	return false, err
}

// rush lets everybody at once book the time that is theirs, the i-th person on
// the i-th node, at most so many under way.
func rush(t *testing.T, nodes []*house, people []gate.Session, atOnce int, timeOf func(i int) time.Time) (booked, full int) {
	t.Helper()
	var next, done, refused atomic.Int64
	var wg sync.WaitGroup
	for range min(atOnce, len(people)) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(people); i = int(next.Add(1)) - 1 {
				none, err := nodes[i%len(nodes)].book(people[i], "one", timeOf(i))
				switch {
				case err != nil:
					t.Errorf("person %d: %v", i, err)
				case none:
					refused.Add(1)
				default:
					done.Add(1)
				}
			}
		})
	}
	wg.Wait()
	return int(done.Load()), int(refused.Load())
}

func TestSevenForThree(t *testing.T) { onBoth(t, testSevenForThree) } // rule B13

func testSevenForThree(t *testing.T) {
	t.Parallel()
	h := newHouseOf(t, t.TempDir(), clinicsOf(t, 3, 9))
	h.openGate()
	nodes, times := h.nodes(), h.times("one")
	const rounds = 15
	for n, at := range times[:rounds] {
		if at.Capacity != 3 {
			t.Fatalf("a slot takes %d", at.Capacity)
		}
		booked, full := rush(t, nodes, h.crowd(7*n, 7), 7, func(int) time.Time { return at.Start })
		if booked != 3 || full != 4 {
			t.Fatalf("round %d: %d booked and %d refused, want 3 and 4", n, booked, full)
		}
	}
	if r := h.soundSeated(); r.Booked != 3*rounds {
		t.Errorf("%d booked in the database, want %d", r.Booked, 3*rounds)
	}
}

func TestAThousandForOne(t *testing.T) { onBoth(t, testAThousandForOne) } // rule B13

func testAThousandForOne(t *testing.T) {
	t.Parallel()
	h := newHouseOf(t, t.TempDir(), clinicsOf(t, 1, 9))
	h.openGate()
	at := h.firstTime("one")
	booked, full := rush(t, h.nodes(), h.crowd(0, 1000), 1000, func(int) time.Time { return at.Start })
	if booked != 1 || full != 999 {
		t.Errorf("%d booked and %d refused, want 1 and 999", booked, full)
	}
	if r := h.soundSeated(); r.Booked != 1 || r.Pending != 0 {
		t.Errorf("the database says %+v", r)
	}
}

// wholeRaces makes the great race as great as it is meant to be. Without it the
// race is for a thousand, so that the suite stays short on small machines.
const wholeRaces = "NARU_WHOLE_RACES"

func TestEverybodyFitsExactly(t *testing.T) { onBoth(t, testEverybodyFitsExactly) } // rule B13

func testEverybodyFitsExactly(t *testing.T) {
	t.Parallel()
	const slots = 100 // ten days of five hours
	places := 10
	if os.Getenv(wholeRaces) != "" {
		places = 250
	}
	h := newHouseOf(t, t.TempDir(), clinicsOf(t, places, 5))
	h.openGate()
	all := slots * places
	if h.capacity() != all {
		t.Fatalf("the clinic takes %d", h.capacity())
	}
	people, times := h.crowd(0, all), h.times("one")
	nodes := h.nodes()
	began := time.Now()
	booked, full := rush(t, nodes, people, 512, func(i int) time.Time { return times[i%slots].Start })
	t.Logf("%d people for %d places on %d nodes in %.1f s; %s=1 makes it 25,000", all, all, len(nodes), time.Since(began).Seconds(), wholeRaces)
	if booked != all || full != 0 {
		t.Errorf("%d booked and %d refused, want %d and none", booked, full, all)
	}
	must(t, h.Recount(context.Background()))
	if r := h.soundSeated(); r.Booked != all || h.left() != 0 {
		t.Errorf("%d booked in the database, %d places left", r.Booked, h.left())
	}
}

// One person presses on two nodes at once, each with a key of its own: one
// reservation.
func TestOnePersonOnTwoNodes(t *testing.T) { onBoth(t, testOnePersonOnTwoNodes) } // rule B1

func testOnePersonOnTwoNodes(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	h := newHouseOf(t, t.TempDir(), clinicsOf(t, 30, 9))
	h.openGate()
	nodes, times := h.nodes(), h.times("one")
	const people = 24
	for n, ses := range h.crowd(0, people) {
		var numbers sync.Map
		press := func(node *house, i int) {
			var r booking.Reservation
			var err error
			defer func() {
				if code := fault.CodeOf(err); code != "" && code != fault.Conflict && code != fault.Expired {
					t.Errorf("person %d: %v", n, err)
				}
			}()
			r, err = node.Hold(ctx, ses, store.HoldRequest{Key: key(fmt.Sprintf("hold-%d", i)), Clinic: "one", Start: times[(n+i)%people].Start})
			if err != nil {
				return // the other one was first
			}
			if r, err = node.Confirm(ctx, ses, store.ConfirmRequest{Key: key(fmt.Sprintf("confirm-%d", i)), Hold: r.HoldID, Lang: "ko"}); err == nil {
				numbers.Store(r.Number, true)
			}
		}
		var wg sync.WaitGroup
		for i := range 4 {
			wg.Go(func() { press(nodes[i%len(nodes)], i) })
		}
		wg.Wait()
		count := 0
		numbers.Range(func(any, any) bool { count++; return true })
		if count == 0 { // each took the other's hold away: the next try is alone
			press(h, 9)
			numbers.Range(func(any, any) bool { count++; return true })
		}
		if count != 1 {
			t.Fatalf("person %d got %d reservations", n, count)
		}
	}
	if r := h.soundSeated(); r.Booked != people {
		t.Errorf("%d booked in the database, want %d", r.Booked, people)
	}
}

// everywhere makes the same request on every node three times at once and wants
// one answer.
func everywhere(t *testing.T, what string, nodes []*house, ask func(*house) (booking.Reservation, error)) booking.Reservation {
	t.Helper()
	answers := make([]booking.Reservation, 3*len(nodes))
	errs := make([]error, len(answers))
	var wg sync.WaitGroup
	for i := range answers {
		wg.Go(func() { answers[i], errs[i] = ask(nodes[i%len(nodes)]) })
	}
	wg.Wait()
	for i := range answers {
		must(t, errs[i])
		if !alike(answers[i], answers[0]) {
			t.Fatalf("%s, one key: answered %+v and %+v", what, answers[0], answers[i])
		}
	}
	return answers[0]
}

// alike compares answers as people see them.
func alike(a, b booking.Reservation) bool {
	return a.Number == b.Number && a.State == b.State && slices.EqualFunc(a.Doses, b.Doses, func(a, b booking.Dose) bool {
		return a.Number == b.Number && a.Start.Equal(b.Start)
	})
}

func TestOneKeyOnTwoNodes(t *testing.T) { onBoth(t, testOneKeyOnTwoNodes) } // rule B11

func testOneKeyOnTwoNodes(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	h := newHouseOf(t, t.TempDir(), clinicsOf(t, 30, 9))
	h.openGate()
	nodes := h.nodes()
	const people = 6
	for n := range people {
		c := h.citizen(n).admit()
		ses, at := c.ses(), h.freeTime("one").Start
		held := everywhere(t, "hold", nodes, func(on *house) (booking.Reservation, error) {
			return on.Hold(ctx, ses, store.HoldRequest{Key: key("hold"), Clinic: "one", Start: at})
		})
		booked := everywhere(t, "confirm", nodes, func(on *house) (booking.Reservation, error) {
			return on.Confirm(ctx, ses, store.ConfirmRequest{Key: key("confirm"), Hold: held.HoldID, Lang: "ko"})
		})
		o := &owner{citizen: c, booked: booked}
		o.lookUp()
		moved := everywhere(t, "change", nodes, func(on *house) (booking.Reservation, error) {
			return o.changeOn(on, "change", 2, o.start(2, week))
		})
		is(t, "the change", moved, booking.Booked, o.start(1, 0), o.start(2, week))
		everywhere(t, "cancel", nodes, func(on *house) (booking.Reservation, error) { return o.cancelOn(on, "cancel") })
		if told := h.told(); told["booked"] != 1 || told["changed"] != 1 || told["cancelled"] != 1 {
			t.Errorf("person %d got the messages %v", n, told)
		}
	}
	must(t, h.Recount(ctx))
	if h.sound(); h.left() != h.capacity() {
		t.Errorf("%d of %d places are free", h.left(), h.capacity())
	}
}

// Whatever was done since, on whatever node, a key gives its first answer.
func TestReplayAfterCancelGivesTheFirstAnswer(t *testing.T) {
	onBoth(t, testReplayAfterCancelGivesTheFirstAnswer)
}

func testReplayAfterCancelGivesTheFirstAnswer(t *testing.T) { // rule B11
	t.Parallel()
	h := newTinyHouse(t)
	o := h.owner(1, h.anyClinic())
	ses := o.ses()
	nodes := h.nodes()
	hold := store.ConfirmRequest{Key: key("confirm"), Hold: o.booked.HoldID, Lang: "ko"}
	var asked []func(*house) (booking.Reservation, error)
	var first []booking.Reservation
	ask := func(do func(*house) (booking.Reservation, error)) {
		t.Helper()
		asked = append(asked, do)
		first = append(first, booking.Reservation{})
		for i, again := range asked {
			for _, on := range nodes {
				r, err := again(on)
				must(t, err)
				if first[i].Number == "" {
					first[i] = r
				}
				if !alike(r, first[i]) {
					t.Fatalf("after %d acts, act %d is answered %+v, first %+v", len(asked), i, r, first[i])
				}
			}
		}
		h.sound()
	}
	ask(func(on *house) (booking.Reservation, error) { return on.Confirm(context.Background(), ses, hold) })
	ask(func(on *house) (booking.Reservation, error) { return o.changeOn(on, "change-1", 2, o.start(2, week)) })
	ask(func(on *house) (booking.Reservation, error) {
		return o.changeOn(on, "change-2", 1, o.start(1, 24*time.Hour))
	})
	ask(func(on *house) (booking.Reservation, error) { return o.changeOn(on, "change-3", 2, o.start(2, 2*week)) })
	ask(func(on *house) (booking.Reservation, error) { return o.cancelOn(on, "cancel") })
	is(t, "the first", first[0], booking.Booked, o.start(1, 0), o.start(2, 0))
	is(t, "the third", first[2], booking.Booked, o.start(1, 24*time.Hour), o.start(2, week))
	is(t, "the last", first[4], booking.Cancelled, o.start(1, 24*time.Hour), o.start(2, 2*week))
	h.restart()
	nodes = nodes[:1]
	h.clock.Add(time.Minute)
	h.serve(2)
	must(t, o.enter())
	must(t, o.prove())
	at := h.freeTime(o.booked.Clinic).Start
	held, err := o.hold("hold again", o.booked.Clinic, at)
	must(t, err)
	ask(func(on *house) (booking.Reservation, error) {
		return on.Confirm(context.Background(), o.citizen.ses(), store.ConfirmRequest{Key: key("confirm-2"), Hold: held.HoldID, Lang: "ko"})
	})
}
