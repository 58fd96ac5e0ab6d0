package sip_test

import (
	"context"
	"io/fs"
	"log/slog"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"naru/examples"
	"naru/internal/agency"
	"naru/internal/caldate"
	"naru/internal/custodian"
	"naru/internal/sip"
	"naru/internal/store"
	"naru/internal/visit"
)

// switchboard is a facility with a number, the register behind it, and both custodians.
type switchboard struct {
	t        *testing.T
	dir      string
	a        *agency.Agency
	offset   atomic.Int64 // of the clock, in nanoseconds
	store    *store.Store
	facility visit.FacilityID
	folders  []custodian.Folder
	began    time.Time
}

const number = "82801234567"

func install(t *testing.T) *switchboard {
	t.Helper()
	a, err := agency.Load(examples.AgencyYAML)
	must(t, err)
	b := &switchboard{t: t, dir: t.TempDir(), a: a, began: time.Now()}
	for _, as := range []visit.Custodian{visit.Outer, visit.Inner} {
		b.folders = append(b.folders, custodian.Folder{Dir: store.CustodianFolder(b.dir, as), As: as})
	}
	b.open()
	t.Cleanup(func() { must(t, b.store.Close()) })
	b.keep()
	f, faults := visit.NewFacility("가상식당", "123-45-67890", "대표자")
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	b.facility, err = b.store.SignUpFacility(t.Context(), store.Manager{}, f)
	must(t, err)
	must(t, b.store.AssignNumber(t.Context(), store.FacilityNumber{Number: number, Facility: b.facility}))
	return b
}

func (b *switchboard) now() time.Time { return time.Now().Add(time.Duration(b.offset.Load())) }

func (b *switchboard) open() {
	b.t.Helper()
	var err error
	b.store, err = store.Open(context.Background(), store.Options{
		Dir: b.dir, Now: b.now, Agency: b.a, Log: slog.New(slog.DiscardHandler), Fatal: func(err error) { b.t.Error(err) },
	})
	must(b.t, err)
}

func (b *switchboard) today() visit.Day {
	day, _ := visit.DayOf(caldate.Of(b.now(), b.a.Zone))
	return day
}

// keep is what the custodians and the register do every day.
func (b *switchboard) keep() {
	b.t.Helper()
	for _, f := range b.folders {
		_, err := f.Keep(b.today())
		must(b.t, err)
	}
	must(b.t, b.store.KeepVisits(b.t.Context()))
}

// answers runs the endpoint while work is done.
func (b *switchboard) answers(work func(at string)) {
	b.t.Helper()
	e, err := sip.New(sip.Options{
		Listen: netip.MustParseAddrPort("127.0.0.1:0"), CountryCode: b.a.Phone.CountryCode, Zero: b.a.Phone.Trunk, Register: b.store, Now: b.now,
		Log: slog.New(slog.DiscardHandler), Trunks: sip.Trunks{{Name: "carrier", Addresses: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}},
	})
	must(b.t, err)
	ctx, stop := context.WithCancel(b.t.Context())
	done := make(chan error, 1)
	go func() { done <- e.Run(ctx) }()
	work(e.Addr().String())
	stop()
	must(b.t, <-done)
}

// visits are all that the register has of the facility since the beginning.
func (b *switchboard) visits() []visit.Visit {
	b.t.Helper()
	all, err := b.store.VisitsOf(b.t.Context(), b.facility, b.began.Add(-time.Minute), b.began.Add(time.Hour))
	must(b.t, err)
	return all
}

// callers opens visits with both custodians' keys, and counts each number.
func (b *switchboard) callers(visits []visit.Visit) map[string]int {
	b.t.Helper()
	file := visit.CaseFile{ID: "0000000000000000", Stage: visit.Closed}
	for _, v := range visits {
		file.Items = append(file.Items, visit.Item{Visit: v.ID[:], Day: v.Token.Day(), Bytes: v.Token})
	}
	for _, f := range b.folders {
		var err error
		file, err = f.Open(file, b.now(), b.today())
		must(b.t, err)
	}
	times := map[string]int{}
	for _, one := range file.Items {
		contact, opened := one.Contact()
		caller, err := contact.Caller()
		if !opened || err != nil || !caller.Proven {
			b.t.Fatalf("a visit of nobody: %v", err)
		}
		times[caller.Number]++
	}
	return times
}

// sipp plays a scenario, and fails unless each of its calls went as written there.
func sipp(t *testing.T, at, scenario string, calls, rate int, more ...string) {
	t.Helper()
	args := append([]string{
		at, "-sf", scenario, "-i", "127.0.0.1", "-nostdin", "-r", strconv.Itoa(rate), "-m", strconv.Itoa(calls), "-l", "2000",
		"-timeout", "60s", "-timeout_error",
	}, more...)
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, "sipp", args...).CombinedOutput() //nolint:gosec // the test's own words
	if err != nil {
		t.Fatalf("%s: %v\n%s", scenario, err, out[max(0, len(out)-3000):])
	}
}

func needSIPp(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("sipp"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("sipp is not installed: script/setup test")
		}
		t.Skip("sipp is not installed: script/setup test")
	}
}

// A thousand calls at a hundred a second: each is a visit once, by its own number, and all
// of them are gone when 28 days have passed.
func TestAThousandCallsAreAThousandVisits(t *testing.T) {
	needSIPp(t)
	b := install(t)
	b.answers(func(at string) { sipp(t, at, "checkin.xml", 1000, 100, "-s", "0801234567") })
	must(t, b.store.Close())
	b.open()
	visits := b.visits()
	times := b.callers(visits)
	if len(visits) != 1000 || len(times) != 1000 {
		t.Errorf("%d visits of %d callers, of 1000 calls", len(visits), len(times))
	}
	b.offset.Add(int64(28 * 24 * time.Hour))
	b.keep()
	if n := len(b.visits()); n != 1000 {
		t.Errorf("%d are there on the last day", n)
	}
	b.offset.Add(int64(24 * time.Hour))
	b.keep()
	if n := len(b.visits()); n != 0 {
		t.Errorf("%d are there on day 29", n)
	}
	must(t, filepath.WalkDir(b.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if strings.Contains(string(text), string(visits[0].Token)) {
			t.Errorf("a token stands in %s", d.Name())
		}
		return err
	}))
}

// A tenth of all messages is lost on the way: what is repeated is no second visit.
func TestLostMessagesMakeNoSecondVisit(t *testing.T) {
	needSIPp(t)
	b := install(t)
	b.answers(func(at string) { sipp(t, at, "checkin.xml", 200, 50, "-s", "0801234567", "-lost", "10") })
	visits := b.visits()
	if times := b.callers(visits); len(visits) != 200 || len(times) != 200 {
		t.Errorf("%d visits of %d callers, of 200 calls", len(visits), len(times))
	}
}

func TestCallsThatAreNoVisits(t *testing.T) {
	needSIPp(t)
	b := install(t)
	b.answers(func(at string) {
		sipp(t, at, "withheld.xml", 50, 50, "-s", "0801234567")
		sipp(t, at, "unsuitable.xml", 50, 50, "-s", "0801234567")
		sipp(t, at, "unknown.xml", 50, 50, "-s", "0809999999")
	})
	if n := len(b.visits()); n != 0 {
		t.Errorf("%d visits", n)
	}
}

// Calls come over TCP as well.
func TestCallsOverTCP(t *testing.T) {
	needSIPp(t)
	b := install(t)
	b.answers(func(at string) { sipp(t, at, "checkin.xml", 50, 50, "-s", "0801234567", "-t", "t1") })
	if n := len(b.visits()); n != 50 {
		t.Errorf("%d visits of 50 calls", n)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
