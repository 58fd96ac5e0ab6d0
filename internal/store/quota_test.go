package store_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"naru/internal/clinic"
	"naru/internal/fault"
	"naru/internal/gate"
	"naru/internal/store"
)

const afterQuota = `after_quota:
  next: { ko: 다음 주 예약을 기다려 주세요., en: Please wait for the booking of next week. }
  opens: "2021-07-26 20:00"
`

// newLimitedHouse is a house whose campaign has a quota, with clinics that could take
// many more; the gate is open.
func newLimitedHouse(t testing.TB, people, clinics int) *house {
	t.Helper()
	text := textOf(t, file12July, []string{"disease: covid-19\n", fmt.Sprintf("disease: covid-19\nquota: %d\n%s", people, afterQuota)})
	h := newHouseWith(t, t.TempDir(), severalClinics(t, clinics, 60), text)
	h.openGate()
	return h
}

// severalClinics are clinics that take so many people a slot, in one region.
func severalClinics(t testing.TB, n, perSlot int) clinic.Files {
	t.Helper()
	list := clinic.RegionsHeader + `
4100000000,sido,,경기도,,,37.53000,127.15000
4183000000,sigungu,4100000000,경기도,양평군,,37.51800,127.57900
`
	regions, _, err := clinic.ParseRegions(strings.NewReader(list), 3)
	must(t, err)
	var all []clinic.Clinic
	for i := range n {
		k := clinic.Clinic{
			ID: clinic.ID(fmt.Sprintf("k-%d", i)), Name: fmt.Sprintf("가상의원%d", i), Kind: clinic.Practice, RegionCode: "4183000000",
			SigunguCode: "4183000000", Lat: 37.5, Lon: 127.5, Capacity: clinic.Capacity{PerHour: 2 * perSlot}, Doctors: perSlot,
		}
		for day := time.Monday; day <= time.Friday; day++ {
			k.Hours[day] = clinic.Day{Open: 9 * 60, Close: 18 * 60}
		}
		all = append(all, k)
	}
	files, err := clinic.Build(regions, all, nil)
	must(t, err)
	return files
}

// boards are what the nodes say after the leader's next look.
func boards(t *testing.T, h *house, nodes []*house) (all []gate.Board) {
	t.Helper()
	h.serve(1)
	for _, n := range nodes {
		must(t, n.Lead(t.Context()))
		v, err := n.View(campaignID)
		must(t, err)
		all = append(all, v.Board)
	}
	return all
}

// rushQuota lets everybody at once book somewhere, on some node.
func (h *house) rushQuota(t *testing.T, nodes []*house, crowd []gate.Session, clinics int) (booked, full int) {
	t.Helper()
	starts := make([]time.Time, clinics)
	for i := range starts {
		starts[i] = h.firstTime(fmt.Sprintf("k-%d", i)).Start
	}
	var done, refused, next atomic.Int64
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(crowd); i = int(next.Add(1)) - 1 {
				none, err := nodes[i%len(nodes)].book(crowd[i], fmt.Sprintf("k-%d", i%clinics), starts[i%clinics].Add(time.Duration(i%4)*30*time.Minute))
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

// emptyOutbox delivers everything, so that a code is among the next thousand.
func (h *house) emptyOutbox() {
	h.t.Helper()
	for letters := 1; letters > 0; {
		queued, err := h.Queued(context.Background(), 1000)
		must(h.t, err)
		must(h.t, h.Delivered(context.Background(), queued, nil))
		letters = len(queued)
	}
}

// A thousand doses and three thousand people at once, at forty clinics and on every
// node: a thousand are booked, no more and no fewer. Those who wait are told at the
// next look, a changed time takes nothing, a cancelled booking lets one person in.
func TestQuotaIsKeptExactly(t *testing.T) { onBoth(t, testQuotaIsKeptExactly) } // rules C21, G47

func testQuotaIsKeptExactly(t *testing.T) {
	t.Parallel()
	const doses, people, clinics = 1000, 3000, 40
	h := newLimitedHouse(t, doses, clinics)
	nodes := h.nodes()
	first := h.owner(1, "k-0")
	waiting := h.citizen(2)
	must(t, waiting.join())
	h.serve(2)
	booked, full := h.rushQuota(t, nodes, h.crowd(100, people), clinics)
	if booked != doses-1 || full != people-doses+1 {
		t.Fatalf("%d booked and %d were told that nothing is left, of %d doses", booked+1, full, doses)
	}
	for i, b := range boards(t, h, nodes) {
		if b.Notice != gate.NoticeQuotaUsed || b.Phase != gate.Open || b.Rate.Known() {
			t.Errorf("node %d says %+v", i, b)
		}
	}
	err := waiting.enter()
	if wantCode(t, err, fault.Wait); fault.Of(err).Message != "gate.quota_used" {
		t.Errorf("who is called when nothing is left is told %v", err)
	}
	_, err = first.change("change", 1, first.start(1, 30*time.Minute))
	must(t, err)
	if b := boards(t, h, nodes)[0]; b.Notice != gate.NoticeQuotaUsed {
		t.Errorf("after a change of time the board says %+v", b)
	}
	_, err = first.cancelOn(h, "cancel")
	must(t, err)
	if b := boards(t, h, nodes)[0]; b.Notice != "" {
		t.Errorf("after a cancelling the board says %+v", b)
	}
	h.emptyOutbox()
	h.bookAt(waiting, "k-7")
	if b := boards(t, h, nodes)[0]; b.Notice != gate.NoticeQuotaUsed {
		t.Errorf("after the last place was taken again the board says %+v", b)
	}
	if r := h.soundSeated(); r.Booked != doses {
		t.Errorf("%d people are booked", r.Booked)
	}
}

// What is held counts, and comes back when the hold ends; a hold that is given back
// for another does too. One bucket has everything, the others ask for it.
func TestQuotaComesBackWithHolds(t *testing.T) { onBoth(t, testQuotaComesBackWithHolds) } // rule C21

func testQuotaComesBackWithHolds(t *testing.T) {
	t.Parallel()
	h := newLimitedHouse(t, 2, 5)
	ctx := context.Background()
	crowd := h.crowd(0, 4)
	hold := func(who int, k, clinicID string) (store.HoldRequest, error) {
		q := store.HoldRequest{Key: key(k), Clinic: clinicID, Start: h.firstTime(clinicID).Start}
		_, err := h.Hold(ctx, crowd[who], q)
		return q, err
	}
	for i := range 4 { // one person looks around
		_, err := hold(0, fmt.Sprintf("around-%d", i), fmt.Sprintf("k-%d", i))
		must(t, err)
	}
	_, err := hold(1, "second", "k-4")
	must(t, err)
	_, err = hold(2, "third", "k-0")
	wantCode(t, err, fault.Full)
	h.clock.Add(6 * time.Minute)
	must(t, h.Sweep(ctx))
	for who := 2; who < 4; who++ {
		_, err = hold(who, "later", "k-1")
		must(t, err)
	}
	_, err = hold(0, "too late", "k-2")
	wantCode(t, err, fault.Full)
	h.soundSeated()
}
