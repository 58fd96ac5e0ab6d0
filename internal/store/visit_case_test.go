package store_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"naru/internal/caldate"
	"naru/internal/custodian"
	"naru/internal/fault"
	"naru/internal/person"
	"naru/internal/staff"
	"naru/internal/store"
	"naru/internal/visit"
)

// opened takes a file from the register past both custodians, as text each time.
func (r *register) opened(f visit.CaseFile) visit.CaseFile {
	r.t.Helper()
	for _, step := range []struct {
		by   custodian.Folder
		from visit.Stage
		to   visit.Stage
	}{{r.outer, visit.Closed, visit.Halved}, {r.inner, visit.Halved, visit.Opened}} {
		text, err := json.Marshal(f)
		must(r.t, err)
		read, err := visit.ParseCaseFile(text, step.from)
		must(r.t, err)
		if f, err = step.by.Open(read, r.clock.Now(), r.today()); err != nil || f.Stage != step.to {
			r.t.Fatalf("%s: %v", step.by.As, err)
		}
	}
	return f
}

func (r *register) newCase(from, to time.Time) visit.Case {
	r.t.Helper()
	x, faults := visit.NewCase("2021-SE-0412", "확진자 동선", r.facility, from, to, r.clock.Now())
	if len(faults) > 0 {
		r.t.Fatal(faults)
	}
	return x
}

func TestTwoCustodiansOpenACase(t *testing.T) { onBoth(t, testTwoCustodiansOpenACase) }

func testTwoCustodiansOpenACase(t *testing.T) {
	t.Parallel()
	r := newRegister(t)
	_, c := r.signedIn()
	other := r.signUp("가상카페")
	guest, elsewhere := somebody(), somebody()
	mine, contact := r.visits(guest, 2)
	theirs, _ := r.visits(elsewhere, 1)
	forged := r.visit(visit.NewContact([]byte("a stranger"), visit.ByCode, r.today()))
	must(t, r.RecordCall(t.Context(), r.calls("call-1@carrier", "821000000009")))
	late := r.visit(contact)
	late.At = late.At.Add(-2 * time.Hour) // the code was made two hours after
	r.take(r.facility, append(mine, forged, late))
	copied := mine[0] // the same picture, shown at the other place
	copied.ID[0]++
	r.take(other, append(theirs, copied))

	x := r.newCase(r.minute().Add(-3*time.Hour), r.minute().Add(time.Minute))
	closed, err := r.AskCase(t.Context(), c, x)
	must(t, err)
	if len(closed.Items) != 5 {
		t.Fatalf("%d visits come out of 5", len(closed.Items))
	}
	if _, err := r.inner.Open(closed, r.clock.Now(), r.today()); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("the inner custodian alone: %v", err)
	}
	open := r.opened(closed)
	got, err := r.FinishCase(t.Context(), c, open)
	must(t, err)
	if got.Visits != 5 || got.Unusable != 2 || len(got.Contacts) != 3 {
		t.Fatalf("came out: %+v", got)
	}
	copies, calls := 0, 0
	for _, one := range got.Contacts {
		copies += one.Elsewhere
		switch {
		case one.Phone == "+821000000009":
			calls++
		case one.Person != guest:
			t.Errorf("somebody who was not there: %+v", one)
		}
	}
	if copies != 1 || calls != 1 {
		t.Errorf("%d copies, %d callers", copies, calls)
	}
	r.wantTold(guest, elsewhere)
	r.wantLog(x)
}

// wantTold: who was named is told once, with the case; who was not, is not.
func (r *register) wantTold(guest, other person.ID) {
	r.t.Helper()
	seen := map[string]int{}
	must(r.t, r.ReadStaff(`SELECT person, detail FROM audit_entry WHERE what = $1 AND person <> ''`, []any{string(staff.OpenVisits)}, func(scan func(...any) error) error {
		var who, detail string
		err := scan(&who, &detail)
		if !strings.Contains(detail, "2021-SE-0412") || strings.Contains(detail, "확진자") {
			r.t.Errorf("the audit says %s", detail)
		}
		seen[who]++
		return err
	}))
	if seen[string(guest)] != 1 || seen[string(other)] != 0 {
		r.t.Errorf("told: %v", seen)
	}
}

func (r *register) wantLog(x visit.Case) {
	r.t.Helper()
	for _, f := range []custodian.Folder{r.outer, r.inner} {
		if files := filesWith(r.t, f.Dir, x.Number); len(files) != 1 || files[0] != "opened.log" {
			r.t.Errorf("the custodian %s keeps the case in %v", f.As, files)
		}
	}
}

// Nothing comes out that the register does not have there and then, whatever is handed in.
func TestACaseNamesNobodyElse(t *testing.T) { onBoth(t, testACaseNamesNobodyElse) }

func testACaseNamesNobodyElse(t *testing.T) {
	t.Parallel()
	r := newRegister(t)
	_, c := r.signedIn()
	visits, _ := r.visits(somebody(), 3)
	r.take(r.facility, visits)
	x := r.newCase(r.minute(), r.minute().Add(time.Minute))
	closed, err := r.AskCase(t.Context(), c, x)
	must(t, err)
	open := r.opened(closed)
	r.clock.Add(10 * time.Minute)
	more, _ := r.visits(somebody(), 2) // after the span
	r.take(r.facility, more)
	wider := closed
	wider.Items = nil
	for _, v := range more {
		wider.Items = append(wider.Items, visit.Item{Visit: v.ID[:], Day: v.Token.Day(), Bytes: v.Token})
	}
	open.Items = append(open.Items[:2], r.opened(wider).Items...)
	open.From, open.To = x.From.Add(-time.Hour), x.To.Add(time.Hour) // what the file says of the span counts for nothing
	got, err := r.FinishCase(t.Context(), c, open)
	must(t, err)
	if len(got.Contacts) != 2 || got.Visits != 3 || got.Unusable != 1 {
		t.Errorf("came out: %+v", got)
	}
	open.ID = "0000000000000000"
	if _, err := r.FinishCase(t.Context(), c, open); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("a case that nobody asked for: %v", err)
	}
	c.Grants = []staff.Grant{{Role: staff.Auditor}}
	if _, err := r.AskCase(t.Context(), c, r.newCase(x.From, x.To)); fault.CodeOf(err) != fault.Forbidden {
		t.Errorf("an auditor asks: %v", err)
	}
	if _, err := r.FinishCase(t.Context(), c, closed); fault.CodeOf(err) != fault.Forbidden {
		t.Errorf("an auditor finishes: %v", err)
	}
}

func TestAScannerIsPaired(t *testing.T) { onBoth(t, testAScannerIsPaired) }

func testAScannerIsPaired(t *testing.T) {
	t.Parallel()
	r := newRegister(t)
	ctx := t.Context()
	code, err := r.NewPairing(ctx, r.manager, r.facility, "", "계산대")
	must(t, err)
	key, public := deviceKey(t)
	first, err := r.Pair(ctx, strings.ToUpper(code[:4]+"-"+code[4:]), public)
	must(t, err)
	if first.Facility.ID != r.facility || first.Facility.Name != "가상식당" {
		t.Errorf("paired with %+v", first.Facility)
	}
	_, err = r.Pair(ctx, code, public)
	wantCode(t, err, fault.Expired)
	d, err := r.Scanner(ctx, first.Token)
	must(t, err)
	body := []byte(`{"visits":[]}`)
	must(t, d.Signed(body, sign(t, key, body)))
	wantCode(t, d.Signed([]byte(`{}`), sign(t, key, body)), fault.Unauthenticated)
	for name, token := range map[string]string{"nothing": "", "another": first.Token + "x", "no such": "0000000000000000.0000000000000000.x"} {
		if _, err := r.Scanner(ctx, token); fault.CodeOf(err) != fault.Unauthenticated {
			t.Errorf("%s: %v", name, err)
		}
	}
	again, err := r.NewPairing(ctx, r.manager, r.facility, first.Device, "") // the app was installed anew
	must(t, err)
	second, err := r.Pair(ctx, again, public)
	must(t, err)
	if second.Device != first.Device {
		t.Error("the device is another")
	}
	_, err = r.Scanner(ctx, first.Token)
	wantCode(t, err, fault.Unauthenticated)
	late, err := r.NewPairing(ctx, r.manager, r.facility, "", "뒷문")
	must(t, err)
	r.clock.Add(visit.PairingLife)
	_, err = r.Pair(ctx, late, public)
	wantCode(t, err, fault.Expired)
	must(t, r.EndDevice(ctx, r.manager, r.facility, first.Device))
	_, err = r.Scanner(ctx, second.Token)
	wantCode(t, err, fault.Unauthenticated)
}

func deviceKey(t *testing.T) (*ecdsa.PrivateKey, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	public, err := key.PublicKey.Bytes()
	must(t, err)
	return key, public
}

func sign(t *testing.T, key *ecdsa.PrivateKey, body []byte) []byte {
	t.Helper()
	sum := sha256.Sum256(append([]byte("naru/visit/1\n"), body...))
	a, b, err := ecdsa.Sign(rand.Reader, key, sum[:])
	must(t, err)
	out := make([]byte, 64)
	a.FillBytes(out[:32])
	b.FillBytes(out[32:])
	return out
}

func TestManagersOfAFacility(t *testing.T) { onBoth(t, testManagersOfAFacility) }

func testManagersOfAFacility(t *testing.T) {
	t.Parallel()
	r := newRegister(t)
	ctx := t.Context()
	stranger := r.managerOf("01000000002")
	_, err := r.Managers(ctx, stranger, r.facility)
	wantCode(t, err, fault.NotFound)
	_, err = r.NewPairing(ctx, stranger, r.facility, "", "x")
	wantCode(t, err, fault.NotFound)
	must(t, r.AddManager(ctx, r.manager, r.facility, "01000000002"))
	all, err := r.Managers(ctx, stranger, r.facility)
	must(t, err)
	if len(all) != 2 || !all[0].Owner || all[0].Phone != "01000000001" || all[1].Phone != "01000000002" {
		t.Errorf("managers: %+v", all)
	}
	mine, err := r.Facilities(ctx, stranger)
	must(t, err)
	if len(mine) != 1 || mine[0].Representative != "대표자" || mine[0].Business != "1234567890" {
		t.Errorf("facilities: %+v", mine)
	}
	must(t, r.RemoveManager(ctx, stranger, r.facility, "01000000001")) // the owner's telephone stays
	must(t, r.RemoveManager(ctx, r.manager, r.facility, "01000000002"))
	if all, err = r.Managers(ctx, r.manager, r.facility); err != nil || len(all) != 1 {
		t.Errorf("after: %+v (%v)", all, err)
	}
	if files := filesWith(t, r.dir, "01000000001"); len(files) > 0 {
		t.Errorf("a telephone number is in %v", files)
	}
}

func TestPaperIsLogged(t *testing.T) { onBoth(t, testPaperIsLogged) }

func testPaperIsLogged(t *testing.T) {
	t.Parallel()
	r := newRegister(t)
	ctx, day := t.Context(), caldate.Of(r.clock.Now(), r.a.Zone)
	wantCode(t, r.NotePaper(ctx, r.manager, r.facility, day, store.PaperUsed), fault.Conflict)
	for _, step := range []store.PaperStep{store.PaperPrinted, store.PaperUsed} {
		must(t, r.NotePaper(ctx, r.manager, r.facility, day, step))
	}
	r.clock.Add(29 * 24 * time.Hour)
	must(t, r.KeepVisits(ctx))
	must(t, r.NotePaper(ctx, r.manager, r.facility, day, store.PaperUsed)) // noted before: stays
	must(t, r.NotePaper(ctx, r.manager, r.facility, day, store.PaperDestroyed))
	all, err := r.Papers(ctx, r.manager, r.facility)
	must(t, err)
	want := store.Paper{Day: day, Printed: true, Used: true, Destroyed: true, DestroyFrom: day.AddDays(29), PrintedOn: day, UsedOn: day, GoneOn: day.AddDays(29)}
	if len(all) != 1 || all[0] != want {
		t.Errorf("papers: %+v", all)
	}
}
