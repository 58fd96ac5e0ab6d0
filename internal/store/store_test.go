package store_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"naru/examples"
	"naru/internal/agency"
	"naru/internal/booking"
	"naru/internal/caldate"
	"naru/internal/campaign"
	"naru/internal/clinic"
	"naru/internal/fault"
	"naru/internal/gate"
	"naru/internal/identity"
	"naru/internal/person"
	"naru/internal/store"
)

const campaignID = "covid19-2021-07-12"

// clock is moved by the test alone.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.now }

func (c *clock) Add(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.now = c.now.Add(d) }

// house is a real store with the demo's regions, some made-up clinics and the
// campaign of 12 July 2021, twenty minutes before it opens.
type house struct {
	*store.Store
	t     testing.TB
	dir   string
	db    string // URL of PostgreSQL; "": SQLite in dir
	clock *clock
	a     *agency.Agency
	log   *slog.Logger
	watch func() time.Duration

	lights func() map[identity.ID]identity.Light // from the next open on

	leading sync.Mutex // a house has one leader; see step
}

var opening = time.Date(2021, 7, 11, 15, 0, 0, 0, time.UTC) // 2021-07-12 00:00 in Seoul

func newHouse(t testing.TB) *house { t.Helper(); return newHouseEdited(t) }

// newHouseEdited is newHouse with other words in the campaign's file: pairs of what
// is there and what is to be.
func newHouseEdited(t testing.TB, replace ...string) *house {
	t.Helper()
	regions, _, err := clinic.ParseRegions(bytes.NewReader(examples.RegionsCSV), 3)
	must(t, err)
	files, err := clinic.Build(regions, clinic.Generate(regions, 300, 1), nil)
	must(t, err)
	return newHouseWith(t, t.TempDir(), files, textOf(t, file12July, replace))
}

// newHouseOf is newHouse with regions and clinics of the test's own, in dir.
func newHouseOf(t testing.TB, dir string, files clinic.Files) *house {
	t.Helper()
	return newHouseWith(t, dir, files, textOf(t, file12July, nil))
}

// newHouseWith is newHouseOf with another file of the campaign.
func newHouseWith(t testing.TB, dir string, files clinic.Files, text []byte) *house {
	t.Helper()
	db := ""
	if onPostgres(t) {
		db = newDatabase(t)
	}
	return newHouseOn(t, dir, db, files, text)
}

// newHouseOn is newHouseWith on a database of its own.
func newHouseOn(t testing.TB, dir, db string, files clinic.Files, text []byte) *house {
	t.Helper()
	a, err := agency.Load(examples.AgencyYAML)
	must(t, err)
	h := &house{t: t, dir: dir, db: db, clock: &clock{now: opening.Add(-20 * time.Minute)}, a: a}
	h.open()
	must(t, h.ImportDirectory(t.Context(), files))
	c, err := campaign.Parse(text, a)
	must(t, err)
	_, err = h.Publish(t.Context(), text, c)
	must(t, err)
	t.Cleanup(func() { _ = h.Close() })
	return h
}

func (h *house) open() {
	h.t.Helper()
	s, err := store.Open(context.Background(), store.Options{
		Dir: h.dir, DB: h.db, Now: h.clock.Now, Agency: h.a, Log: h.log, Watch: h.watch, Lights: h.lights,
		Fatal: func(err error) { panic(err) },
	})
	must(h.t, err)
	h.Store = s
}

// restart closes the store and opens it again on the same files.
func (h *house) restart() {
	h.t.Helper()
	must(h.t, h.Close())
	h.open()
	if h.db != "" { // a node that crashed has not given its lease up
		h.clock.Add(4 * time.Second)
	}
}

// lead takes n steps of the leader.
func (h *house) lead(n int) {
	h.t.Helper()
	for range n {
		must(h.t, h.Lead(context.Background()))
	}
}

// step is a step of the leader from any goroutine.
func (h *house) step() error {
	h.leading.Lock()
	defer h.leading.Unlock()
	return h.Lead(context.Background())
}

// openGate brings the line from where it is to serving.
func (h *house) openGate() {
	h.t.Helper()
	h.lead(1) // lobby
	h.clock.Add(opening.Sub(h.clock.Now()) - time.Minute)
	h.lead(3)      // closed, roll, draw
	for range 12 { // led all the time: a silent line would be one that comes back
		h.clock.Add(5 * time.Second)
		h.lead(1)
	}
	h.lead(2) // open, first step of serving
	h.serve(3)
}

func (h *house) serve(seconds int) {
	h.t.Helper()
	for range seconds {
		h.clock.Add(time.Second)
		h.lead(1)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantCode(t testing.TB, err error, code fault.Code) {
	t.Helper()
	if fault.CodeOf(err) != code {
		t.Fatalf("error %v, want code %q", err, code)
	}
}

// citizen is one person with one browser.
type citizen struct {
	h       *house
	at      string // the campaign
	claim   person.Claim
	browser [32]byte
	cookie  string
	ticket  string
	session string
}

func (h *house) citizen(n int) *citizen {
	cookie := fmt.Sprintf("browser-%d", n)
	return &citizen{
		h: h, at: campaignID, cookie: cookie, browser: gate.BrowserHash(cookie),
		claim: person.Claim{
			Name: fmt.Sprintf("시험%s", strings.Repeat("가", n%9+1)), Born: caldate.Date{Year: 1965, Month: 3, Day: 9},
			Mobile: fmt.Sprintf("0100000%04d", n),
		},
	}
}

// onOtherDevice is the same person with another browser.
func (c *citizen) onOtherDevice(name string) *citizen {
	o := *c
	o.cookie, o.browser, o.ticket, o.session = name, gate.BrowserHash(name), "", ""
	return &o
}

func (c *citizen) join() error {
	var err error
	c.ticket, _, err = c.h.Join(context.Background(), c.at, c.claim)
	return err
}

func (c *citizen) enter() error {
	e, err := c.h.Enter(context.Background(), c.at, c.ticket, c.browser)
	if err == nil {
		c.session = e.Session
	}
	return err
}

func (c *citizen) ses() gate.Session {
	c.h.t.Helper()
	ses, err := c.h.Session(c.at, c.session, c.cookie)
	must(c.h.t, err)
	return ses
}

// code reads the newest code from the person's phone. The test is the postman.
func (c *citizen) code() string {
	c.h.t.Helper()
	ctx := context.Background()
	queued, err := c.h.Queued(ctx, 1000)
	must(c.h.t, err)
	must(c.h.t, c.h.Delivered(ctx, queued, nil))
	code := ""
	for _, m := range queued {
		if m.Kind == "code" && m.To == c.claim.Mobile {
			code = m.Values["Code"]
		}
	}
	return code
}

func (c *citizen) prove() error {
	ctx := context.Background()
	ses := c.ses()
	if err := c.h.SendCode(ctx, ses, c.claim, "ko"); err != nil {
		return err
	}
	token, err := c.h.Prove(ctx, ses, c.claim, c.code())
	if err == nil {
		c.session = token
	}
	return err
}

// admit brings the citizen through the gate, proven.
func (c *citizen) admit() *citizen {
	c.h.t.Helper()
	must(c.h.t, c.join())
	c.h.serve(2)
	must(c.h.t, c.enter())
	must(c.h.t, c.prove())
	return c
}

func key(s string) booking.Key { return booking.Key(s + strings.Repeat("-", max(0, 16-len(s)))) }

// firstTime is the first time a clinic offers, full or not.
func (h *house) firstTime(id string) store.Time { h.t.Helper(); return h.times(id)[0] }

// freeTime is the first time a clinic offers that has a place left.
func (h *house) freeTime(id string) store.Time {
	h.t.Helper()
	for _, at := range h.times(id) {
		if at.Left > 0 {
			return at
		}
	}
	h.t.Fatalf("clinic %s is full", id)
	return store.Time{}
}

func (h *house) times(id string) []store.Time {
	h.t.Helper()
	p, err := h.Campaign(campaignID)
	must(h.t, err)
	times, _, err := h.Times(p, gate.Web, id)
	must(h.t, err)
	if len(times) == 0 {
		h.t.Fatalf("clinic %s offers no time", id)
	}
	return times
}

func (h *house) anyClinic() string { return string(h.Directory().Clinics()[0].ID) }

func (c *citizen) hold(k string, clinicID string, start time.Time) (booking.Reservation, error) {
	return c.h.Hold(context.Background(), c.ses(), store.HoldRequest{Key: key(k), Clinic: clinicID, Start: start})
}

func (c *citizen) confirm(k string, hold booking.HoldID) (booking.Reservation, error) {
	return c.h.Confirm(context.Background(), c.ses(), store.ConfirmRequest{Key: key(k), Hold: hold, Lang: "ko"})
}

// sound checks every invariant of the databases.
func (h *house) sound() store.Report {
	h.t.Helper()
	r, err := store.Check(context.Background(), h.dir, h.db)
	must(h.t, err)
	if !r.Sound() {
		h.t.Fatalf("invariants broken: %+v", r)
	}
	return r
}

// filesWith counts the files under dir that contain the text.
func filesWith(t testing.TB, dir, text string) (names []string) {
	t.Helper()
	must(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if bytes.Contains(b, []byte(text)) {
			names = append(names, filepath.Base(path))
		}
		return err
	}))
	return names
}
