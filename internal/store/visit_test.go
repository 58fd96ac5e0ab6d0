package store_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"naru/internal/caldate"
	"naru/internal/custodian"
	"naru/internal/fault"
	"naru/internal/person"
	"naru/internal/store"
	"naru/internal/visit"
)

// register is a house with a facility and both custodians beside it.
type register struct {
	*house
	manager      store.Manager
	facility     visit.FacilityID
	outer, inner custodian.Folder
	backup       string // of the custodians' folders
}

func newRegister(t *testing.T) *register {
	t.Helper()
	r := &register{house: newHouse(t), backup: t.TempDir()}
	r.manager = r.managerOf("01000000001")
	r.facility = r.signUp("가상식당")
	r.outer = custodian.Folder{Dir: store.CustodianFolder(r.dir, visit.Outer), As: visit.Outer, Backups: []string{filepath.Join(r.backup, "outer")}}
	r.inner = custodian.Folder{Dir: store.CustodianFolder(r.dir, visit.Inner), As: visit.Inner, Backups: []string{filepath.Join(r.backup, "inner")}}
	r.keep()
	return r
}

func (r *register) managerOf(phone string) store.Manager {
	r.t.Helper()
	var browser [32]byte
	_, _ = rand.Read(browser[:])
	must(r.t, r.SendManagerCode(r.t.Context(), phone, browser, "ko"))
	c := &citizen{h: r.house, claim: person.Claim{Mobile: phone}}
	token, err := r.ProveManager(r.t.Context(), phone, browser, c.code())
	must(r.t, err)
	m, err := r.Manager(token, browser)
	must(r.t, err)
	if _, err := r.Manager(token, [32]byte{1}); fault.CodeOf(err) != fault.Unauthenticated {
		r.t.Errorf("another browser: %v", err)
	}
	return m
}

func (r *register) signUp(name string) visit.FacilityID {
	r.t.Helper()
	f, faults := visit.NewFacility(name, "123-45-67890", "대표자")
	if len(faults) > 0 {
		r.t.Fatal(faults)
	}
	id, err := r.SignUpFacility(r.t.Context(), r.manager, f)
	must(r.t, err)
	return id
}

func (r *register) today() visit.Day {
	day, _ := visit.DayOf(caldate.Of(r.clock.Now(), r.a.Zone))
	return day
}

// keep is what both custodians and the register do every day.
func (r *register) keep() {
	r.t.Helper()
	for _, f := range []custodian.Folder{r.outer, r.inner} {
		_, err := f.Keep(r.today())
		must(r.t, err)
	}
	must(r.t, r.KeepVisits(r.t.Context()))
}

func (r *register) minute() time.Time { return r.clock.Now().Truncate(time.Minute) }

// visits makes n visits of one person a few minutes ago, sealed with the keys of today.
func (r *register) visits(who person.ID, n int) (all []visit.Visit, c visit.Contact) {
	r.t.Helper()
	contacts, err := r.NewContacts(r.t.Context(), who, []visit.Day{r.today()})
	must(r.t, err)
	for range n {
		all = append(all, r.visit(contacts[0]))
	}
	return all, contacts[0]
}

func (r *register) visit(c visit.Contact) visit.Visit {
	r.t.Helper()
	inner, outer := r.keysOf(r.today())
	token, err := visit.Seal(c, r.minute(), inner, outer)
	must(r.t, err)
	v := visit.Visit{At: r.minute(), People: 1, Token: token}
	_, _ = rand.Read(v.ID[:])
	return v
}

func (r *register) keysOf(day visit.Day) (inner, outer visit.DayKey) {
	r.t.Helper()
	keys, err := r.DayKeys(r.t.Context())
	must(r.t, err)
	for _, k := range keys {
		if k.Day == day && k.Custodian == visit.Inner {
			inner = k
		}
		if k.Day == day && k.Custodian == visit.Outer {
			outer = k
		}
	}
	return inner, outer
}

func (r *register) take(of visit.FacilityID, visits []visit.Visit) []error {
	r.t.Helper()
	refused, err := r.TakeVisits(r.t.Context(), of, visits)
	must(r.t, err)
	return refused
}

func (r *register) kept(of visit.FacilityID) []visit.Visit {
	r.t.Helper()
	all, err := r.VisitsOf(r.t.Context(), of, r.minute().Add(-24*time.Hour), r.minute().Add(time.Hour))
	must(r.t, err)
	return all
}

func somebody() person.ID { return person.NewID(7, time.Unix(1626000000, 0)) }

func TestAVisitIsKeptOnce(t *testing.T) { onBoth(t, testAVisitIsKeptOnce) }

func testAVisitIsKeptOnce(t *testing.T) {
	t.Parallel()
	r := newRegister(t)
	visits, _ := r.visits(somebody(), 70)
	visits[3].People = 4
	bad := visits[5]
	bad.At = bad.At.Add(time.Hour)
	upload := append(bytesOf(visits), bad)
	var wg sync.WaitGroup
	for range 4 { // the answer was lost, and it comes again from everywhere
		wg.Go(func() {
			for i, err := range r.take(r.facility, upload) {
				if want := map[bool]fault.Code{true: fault.Invalid}[i == 70]; fault.CodeOf(err) != want {
					t.Errorf("visit %d: %v", i, err)
				}
			}
		})
	}
	wg.Wait()
	r.restart()
	kept := r.kept(r.facility)
	if len(kept) != 70 {
		t.Fatalf("%d visits are kept of 70", len(kept))
	}
	for _, v := range kept {
		if want := 1 + 3*map[bool]int{true: 1}[v.ID == visits[3].ID]; v.People != want || !v.At.Equal(r.minute()) || v.Facility != string(r.facility) {
			t.Errorf("kept as %+v", v)
		}
	}
	if _, err := r.TakeVisits(t.Context(), r.facility, make([]visit.Visit, visit.MaxUpload+1)); fault.CodeOf(err) != fault.TooLarge {
		t.Errorf("an upload without bound: %v", err)
	}
}

func bytesOf(v []visit.Visit) []visit.Visit { return append([]visit.Visit(nil), v...) }

// On day 29 neither the visits' bytes nor the keys are in any file, and what somebody
// kept of the files before cannot be opened.
func TestDayTwentyNineIsGone(t *testing.T) { onBoth(t, testDayTwentyNineIsGone) }

func testDayTwentyNineIsGone(t *testing.T) {
	t.Parallel()
	r := newRegister(t)
	visits, contact := r.visits(somebody(), 40)
	r.take(r.facility, visits)
	day := r.today()
	keys := map[string][]byte{}
	for _, f := range []custodian.Folder{r.outer, r.inner} {
		must(t, os.CopyFS(filepath.Join(r.backup, string(f.As)), os.DirFS(f.Dir)))
		text, err := os.ReadFile(filepath.Join(f.Dir, "day-"+day.Date().String()+".key"))
		must(t, err)
		keys[string(f.As)] = bytes.TrimSpace(text)
	}
	taken := r.kept(r.facility) // what a backup of the register holds
	if h := len(filesWith(t, r.dir, string(visits[0].Token))); r.db == "" && h == 0 {
		t.Fatal("the test looks for bytes that are nowhere")
	}
	r.clock.Add(28 * 24 * time.Hour)
	r.keep()
	if got, err := r.VisitsOf(t.Context(), r.facility, visits[0].At, visits[0].At.Add(time.Minute)); err != nil || len(got) != 40 {
		t.Fatalf("on the last day %d are there (%v)", len(got), err)
	}
	r.clock.Add(24 * time.Hour)
	fresh, _ := r.visits(somebody(), 3)
	r.take(r.facility, fresh)
	r.keep()
	if got, err := r.VisitsOf(t.Context(), r.facility, visits[0].At, visits[0].At.Add(time.Minute)); err != nil || len(got) != 0 {
		t.Errorf("on day 29 %d are there (%v)", len(got), err)
	}
	gone := map[string]string{"the contact's handle": string(contact.Handle[:])}
	for _, v := range visits {
		gone["a token"] = string(v.Token)
		wantNowhere(t, r, gone)
	}
	for as, text := range keys {
		raw, err := hex.DecodeString(string(text))
		must(t, err)
		wantNowhere(t, r, map[string]string{as + " key in hex": string(text), as + " key": string(raw)})
	}
	r.wantUnopenable(taken)
	if len(r.kept(r.facility)) != 3 {
		t.Error("today's visits are gone too")
	}
}

func wantNowhere(t *testing.T, r *register, what map[string]string) {
	t.Helper()
	for name, text := range what {
		for _, dir := range []string{r.dir, r.backup} {
			if files := filesWith(t, dir, text); len(files) > 0 {
				t.Errorf("%s is in %v", name, files)
			}
		}
	}
}

// wantUnopenable tries every key that is anywhere on what was kept of a day that is over.
func (r *register) wantUnopenable(visits []visit.Visit) {
	r.t.Helper()
	file := visit.CaseFile{ID: "0000000000000000", Stage: visit.Closed}
	for _, v := range visits {
		file.Items = append(file.Items, visit.Item{Visit: v.ID[:], Day: v.Token.Day(), Bytes: v.Token})
	}
	half, err := r.outer.Open(file, r.clock.Now(), r.today())
	must(r.t, err)
	for _, one := range half.Items {
		if len(one.Bytes) > 0 {
			r.t.Fatal("the outer custodian still opens it")
		}
	}
	tried := 0
	for _, dir := range []string{r.dir, r.backup} {
		must(r.t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
			if err != nil || filepath.Ext(path) != ".key" {
				return err
			}
			text, err := os.ReadFile(path)
			raw, bad := hex.DecodeString(string(bytes.TrimSpace(text)))
			if err != nil || bad != nil {
				return err
			}
			tried++
			if _, err := visits[0].Token.OpenOuter(raw); err == nil {
				r.t.Errorf("%s opens it", path)
			}
			return nil
		}))
	}
	if tried < 2*visit.AheadDays {
		r.t.Errorf("only %d keys were tried", tried)
	}
}

// A file of a day that is over, put back from a backup, is dropped again.
func TestARestoredDayIsDroppedAgain(t *testing.T) {
	t.Parallel()
	r := newRegister(t)
	visits, _ := r.visits(somebody(), 2)
	r.take(r.facility, visits)
	name := filepath.Join(r.dir, "visit-"+r.today().Date().String()+".db")
	must(t, r.Close())
	copied, err := os.ReadFile(name)
	must(t, err)
	r.clock.Add(29 * 24 * time.Hour)
	r.open()
	r.keep()
	must(t, os.WriteFile(name, copied, 0o600))
	r.keep()
	if _, err := os.Stat(name); !os.IsNotExist(err) {
		t.Errorf("the file is there (%v)", err)
	}
}

// Visits are taken while a day is dropped.
func TestIngestGoesOnWhileADayIsDropped(t *testing.T) { onBoth(t, testIngestGoesOnWhileADayIsDropped) }

func testIngestGoesOnWhileADayIsDropped(t *testing.T) {
	t.Parallel()
	r := newRegister(t)
	old, _ := r.visits(somebody(), 50)
	r.take(r.facility, old)
	r.clock.Add(29 * 24 * time.Hour)
	for _, f := range []custodian.Folder{r.outer, r.inner} {
		_, err := f.Keep(r.today())
		must(t, err)
	}
	must(t, r.KeepVisits(t.Context()))
	fresh, _ := r.visits(somebody(), 60)
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := range fresh {
			r.take(r.facility, fresh[i:i+1])
		}
	})
	for range 20 {
		wg.Go(func() { must(t, r.ForgetVisits(context.Background())) })
	}
	wg.Wait()
	if n := len(r.kept(r.facility)); n != 60 {
		t.Errorf("%d visits are kept of 60", n)
	}
}

func TestAPublishedKeyStays(t *testing.T) { onBoth(t, testAPublishedKeyStays) }

func testAPublishedKeyStays(t *testing.T) {
	t.Parallel()
	r := newRegister(t)
	inner, outer := r.keysOf(r.today() + visit.AheadDays)
	if inner.Public == nil || outer.Public == nil {
		t.Fatal("the last day ahead has no keys")
	}
	_, other, err := visit.NewDayKey(visit.Outer, r.today())
	must(t, err)
	wantCode(t, r.PublishDayKeys(t.Context(), []visit.DayKey{other}), fault.Conflict)
	r.keep()
	if again, _ := r.keysOf(r.today() + visit.AheadDays); !bytes.Equal(again.Public, inner.Public) {
		t.Error("a key was made twice")
	}
}
