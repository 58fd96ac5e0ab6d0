package store_test

import (
	"bufio"
	"bytes"
	"context"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"naru/examples"
	"naru/internal/agency"
	"naru/internal/booking"
	"naru/internal/fault"
	"naru/internal/store"
)

// The environment of a child process that books in a loop until it is ended.
const (
	childDir   = "STORE_TEST_CHILD_DIR"   // data folder
	childNow   = "STORE_TEST_CHILD_NOW"   // its clock at the start, unix seconds
	childFirst = "STORE_TEST_CHILD_FIRST" // number of its first citizen
	childSpace = "STORE_TEST_CHILD_SPACE" // bytes a file may still grow by; empty: no bound
)

// statusFatal is how a child ends when the store said that the disk failed.
const statusFatal = 77

// TestMain is a booking process when the environment says so. Otherwise it runs
// the tests; properties over a real store are dear, so they run fewer checks
// unless the command line says otherwise.
func TestMain(m *testing.M) {
	if os.Getenv(childDir) != "" {
		bookForever()
		return
	}
	flag.Parse()
	given := map[string]bool{}
	flag.Visit(func(f *flag.Flag) { given[f.Name] = true })
	for name, value := range map[string]string{"rapid.checks": "12", "rapid.shrinktime": "5s", "rapid.nofailfile": "true"} {
		if !given[name] {
			_ = flag.Set(name, value)
		}
	}
	os.Exit(max(m.Run(), closeDatabases()))
}

func number(name string) int64 {
	n, err := strconv.ParseInt(os.Getenv(name), 10, 64)
	if err != nil {
		panic(name + ": " + err.Error())
	}
	return n
}

// bookForever books for one citizen after another, several at once, and prints
// each acknowledged number and the clock. It never returns by itself.
func bookForever() {
	t := &stranger{}
	a, err := agency.Load(examples.AgencyYAML)
	must(t, err)
	h := &house{t: t, dir: os.Getenv(childDir), clock: &clock{now: time.Unix(number(childNow), 0).UTC()}, a: a, log: slog.New(slog.DiscardHandler)}
	h.Store, err = store.Open(context.Background(), store.Options{
		Dir: h.dir, Now: h.clock.Now, Agency: a,
		Fatal: func(err error) { fmt.Fprintln(os.Stderr, "fatal:", err); os.Exit(statusFatal) },
	})
	must(t, err)
	must(t, h.Sweep(context.Background()))
	boundFiles(t, h.dir, os.Getenv(childSpace))
	var out sync.Mutex
	var next atomic.Int64
	next.Store(number(childFirst))
	for range 3 {
		go func() {
			for {
				n, err := h.citizen(int(next.Add(1))).book()
				if err != nil {
					if c := fault.CodeOf(err); c == fault.Unavailable {
						fmt.Fprintln(os.Stderr, "unavailable:", err)
					}
					continue // a place another one took; the next citizen comes
				}
				out.Lock()
				fmt.Println(n, h.clock.Now().Unix())
				out.Unlock()
			}
		}()
	}
	select {}
}

// stranger is a testing.TB for a process that is no test: a failure ends it.
type stranger struct{ testing.TB }

func (*stranger) Helper()           {}
func (*stranger) Fatal(args ...any) { fmt.Fprintln(os.Stderr, args...); os.Exit(2) }
func (*stranger) Fatalf(form string, args ...any) {
	fmt.Fprintf(os.Stderr, form+"\n", args...)
	os.Exit(2)
}

// book brings a citizen from the door to a reservation number.
func (c *citizen) book() (booking.Number, error) {
	if err := c.join(); err != nil {
		return "", err
	}
	for tries := 0; ; tries++ {
		c.h.clock.Add(time.Second)
		if err := c.h.step(); err != nil {
			return "", err
		}
		err := c.enter()
		if err == nil {
			break
		}
		if fault.CodeOf(err) != fault.Wait || tries > 20 {
			return "", err
		}
	}
	if err := c.proveQuietly(); err != nil {
		return "", err
	}
	for _, k := range c.h.Directory().Clinics() {
		at, ok := c.h.roomAt(string(k.ID))
		if !ok {
			continue
		}
		r, err := c.hold("hold", string(k.ID), at)
		if err != nil {
			return "", err
		}
		booked, err := c.confirm("confirm", r.HoldID)
		return booked.Number, err
	}
	return "", fault.New(fault.Full, "booking.slot_full")
}

// proveQuietly proves without taking other people's letters from the outbox.
func (c *citizen) proveQuietly() error {
	ctx := context.Background()
	ses, err := c.h.Session(campaignID, c.session, c.cookie)
	if err != nil {
		return err
	}
	if err := c.h.SendCode(ctx, ses, c.claim, "ko"); err != nil {
		return err
	}
	queued, err := c.h.Queued(ctx, 100_000)
	if err != nil {
		return err
	}
	for _, m := range queued {
		if m.Kind == "code" && m.To == c.claim.Mobile {
			if c.session, err = c.h.Prove(ctx, ses, c.claim, m.Values["Code"]); err != nil {
				return err
			}
			return c.h.Delivered(ctx, []store.Message{m}, nil)
		}
	}
	return fmt.Errorf("no code came for %s", c.claim.Mobile)
}

func (h *house) roomAt(clinicID string) (start time.Time, ok bool) {
	for _, at := range h.times(clinicID) {
		if at.Left > 0 {
			return at.Start, true
		}
	}
	return time.Time{}, false
}

// child is a running booking process.
type child struct {
	*exec.Cmd
	lines *bufio.Scanner
	said  bytes.Buffer
}

// child starts a process that books in the house's folder, which must be
// closed, and kills it (kill -9) after the time given, whatever it is doing.
func (h *house) child(first int, space string, life time.Duration) *child {
	h.t.Helper()
	c := &child{Cmd: exec.Command(os.Args[0])} //nolint:gosec // the test binary itself
	c.Env = append(os.Environ(), childDir+"="+h.dir, childNow+"="+strconv.FormatInt(h.clock.Now().Unix(), 10),
		childFirst+"="+strconv.Itoa(first), childSpace+"="+space)
	c.Stderr = &c.said
	out, err := c.StdoutPipe()
	must(h.t, err)
	must(h.t, c.Start())
	c.lines = bufio.NewScanner(out)
	end := time.AfterFunc(life, func() { _ = c.Process.Kill() })
	h.t.Cleanup(func() { end.Stop() })
	return c
}

// acknowledged reads the numbers the child printed, to the end of its output,
// and sets the house's clock to the latest it told. It kills the child the
// moment it reads the last number that is wanted.
func (c *child) acknowledged(h *house, wanted int) (all []booking.Number) {
	h.t.Helper()
	for c.lines.Scan() {
		if len(all)+1 == wanted {
			_ = c.Process.Kill()
		}
		words := strings.Fields(c.lines.Text())
		if len(words) != 2 {
			continue // the line at which the process ended
		}
		n, err := booking.ParseNumber(words[0])
		now, cerr := strconv.ParseInt(words[1], 10, 64)
		if err != nil || cerr != nil {
			continue
		}
		all = append(all, n)
		if at := time.Unix(now, 0); at.After(h.clock.Now()) {
			h.clock.Add(at.Sub(h.clock.Now()))
		}
	}
	return all
}

// checkAcknowledged opens the house on what the child left behind: everything
// that was acknowledged is booked, and nothing is there that must never be.
func (h *house) checkAcknowledged(all map[booking.Number]bool) {
	h.t.Helper()
	h.open()
	h.sound()
	h.clock.Add(time.Second)
	must(h.t, h.Sweep(context.Background()))
	h.sound()
	states, err := store.States(context.Background(), h.dir, h.db)
	must(h.t, err)
	for n := range all {
		if states[n] != booking.Booked {
			h.t.Errorf("%s was acknowledged and is %q", n, states[n])
		}
	}
	must(h.t, h.Close())
}

// TestKillLosesNothingAcknowledged kills a booking process at random moments
// (kill -9) and opens its files again. The page cache survives such a death, so
// this shows the order of writes and answers, not that the disk was synced.
func TestKillLosesNothingAcknowledged(t *testing.T) {
	if testing.Short() {
		t.Skip("takes ten seconds")
	}
	t.Parallel()
	seed := rand.Uint64() //nolint:gosec // a test's moments, not a secret
	if text := os.Getenv("STORE_TEST_SEED"); text != "" {
		var err error
		seed, err = strconv.ParseUint(text, 10, 64)
		must(t, err)
	}
	t.Logf("STORE_TEST_SEED=%d", seed)
	random := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // as above
	h := newHouse(t)
	h.openGate()
	must(t, h.Close())
	all := map[booking.Number]bool{}
	for round := range 10 {
		life, wanted := time.Duration(200+random.IntN(700))*time.Millisecond, 1_000_000
		if round%2 == 1 { // the next one dies when it has just said yes
			life, wanted = 5*time.Second, 1+random.IntN(12)
		}
		c := h.child(round*900, "", life)
		for _, n := range c.acknowledged(h, wanted) {
			all[n] = true
		}
		_ = c.Wait()
		if c.said.Len() > 0 {
			t.Fatalf("the child said: %s", c.said.String())
		}
		h.clock.Add(time.Minute)
		h.checkAcknowledged(all)
	}
	t.Logf("%d acknowledged over 10 deaths", len(all))
	if len(all) == 0 {
		t.Error("nothing was booked before any death: the test proves nothing")
	}
}
