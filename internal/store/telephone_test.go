package store_test

import (
	"bytes"
	"sync"
	"testing"
	"time"

	"naru/internal/caldate"
	"naru/internal/fault"
	"naru/internal/store"
	"naru/internal/visit"
)

const dialled = "82801234567"

func (r *register) calls(id, number string) visit.Call {
	return visit.Call{ID: id, Facility: r.facility, Caller: visit.Caller{Number: number, Proven: true}, At: r.clock.Now()}
}

func TestANumberIsOneFacilitys(t *testing.T) { onBoth(t, testANumberIsOneFacilitys) }

func testANumberIsOneFacilitys(t *testing.T) {
	t.Parallel()
	r := newRegister(t)
	ctx, n := t.Context(), store.FacilityNumber{Number: dialled, Facility: r.facility}
	_, err := r.Called(ctx, dialled)
	wantCode(t, err, fault.NotFound)
	must(t, r.AssignNumber(ctx, n))
	must(t, r.AssignNumber(ctx, n)) // again is the same
	wantCode(t, r.AssignNumber(ctx, store.FacilityNumber{Number: dialled, Facility: r.signUp("다른식당")}), fault.Conflict)
	wantCode(t, r.AssignNumber(ctx, store.FacilityNumber{Number: "82809999999", Facility: visit.NewFacilityID()}), fault.NotFound)
	wantCode(t, r.AssignNumber(ctx, store.FacilityNumber{Number: "x", Facility: r.facility}), fault.Invalid)
	r.restart()
	if id, err := r.Called(ctx, dialled); err != nil || id != r.facility {
		t.Errorf("%s is called at %s (%v)", dialled, id, err)
	}
	if all, err := r.Numbers(ctx); err != nil || len(all) != 1 || all[0] != n {
		t.Errorf("%+v (%v)", all, err)
	}
	must(t, r.ReleaseNumber(ctx, dialled))
	wantCode(t, r.ReleaseNumber(ctx, dialled), fault.NotFound)
	_, err = r.Called(ctx, dialled)
	wantCode(t, err, fault.NotFound)
}

func TestACallIsKeptOnceAndSealed(t *testing.T) { onBoth(t, testACallIsKeptOnceAndSealed) }

func testACallIsKeptOnceAndSealed(t *testing.T) {
	t.Parallel()
	r := newRegister(t)
	c := r.calls("call-1@carrier", "821000001234")
	stranger := r.calls("call-2@carrier", "821000005678")
	stranger.Caller.Proven = false
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { must(t, r.RecordCall(t.Context(), c)) })
	}
	wg.Wait()
	must(t, r.RecordCall(t.Context(), stranger))
	wantCode(t, r.RecordCall(t.Context(), r.calls("call-3@carrier", "1")), fault.Invalid)
	kept := r.kept(r.facility)
	if len(kept) != 2 {
		t.Fatalf("%d visits of 2 calls", len(kept))
	}
	for _, text := range []string{"821000001234", "1000001234", "call-1@carrier", string([]byte{0x82, 0x10, 0x00, 0x00, 0x12, 0x34})} {
		if files := filesWith(t, r.dir, text); len(files) > 0 {
			t.Errorf("%q stands in %v", text, files)
		}
	}
	phones := map[string]bool{}
	for _, one := range r.investigated(c.At).Contacts {
		phones[one.Phone] = one.Unproven
	}
	if unproven, ok := phones["+821000001234"]; !ok || unproven || !phones["+821000005678"] || len(phones) != 2 {
		t.Errorf("an investigation finds %v", phones)
	}
	r.clock.Add(29 * 24 * time.Hour)
	r.keep()
	if got, err := r.VisitsOf(t.Context(), r.facility, kept[0].At, kept[0].At.Add(time.Minute)); err != nil || len(got) != 0 {
		t.Errorf("on day 29 %d are there (%v)", len(got), err)
	}
	if files := filesWith(t, r.dir, string(bytes.Clone(kept[0].Token))); len(files) > 0 {
		t.Errorf("the token stands in %v", files)
	}
}

// investigated is what a case of the hour around an instant finds.
func (r *register) investigated(at time.Time) store.CaseResult {
	r.t.Helper()
	_, caller := r.signedIn()
	r.clock.Add(time.Hour)
	x, faults := visit.NewCase("2021-KR-001", "확진자 접촉 조사", r.facility, at.Add(-time.Hour), at.Add(time.Hour), r.clock.Now())
	if len(faults) > 0 {
		r.t.Fatal(faults)
	}
	file, err := r.AskCase(r.t.Context(), caller, x)
	must(r.t, err)
	day, _ := visit.DayOf(caldate.Of(r.clock.Now(), r.a.Zone))
	half, err := r.outer.Open(file, r.clock.Now(), day)
	must(r.t, err)
	open, err := r.inner.Open(half, r.clock.Now(), day)
	must(r.t, err)
	result, err := r.FinishCase(r.t.Context(), caller, open)
	must(r.t, err)
	return result
}

func TestACallWithoutKeysIsNotKept(t *testing.T) {
	t.Parallel()
	r := newRegister(t)
	r.clock.Add(40 * 24 * time.Hour) // nobody has put down keys since
	wantCode(t, r.RecordCall(t.Context(), r.calls("call-1@carrier", "821000001234")), fault.Unavailable)
}
