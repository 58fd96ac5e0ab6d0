package store_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"naru/internal/db"
	"naru/internal/fault"
	"naru/internal/gate"
)

const privateID = "private-campaign"

// privateHouse is a house with a private campaign, open, in which one person has
// booked and one has proven only.
func privateHouse(t *testing.T) (h *house, booked, proven *citizen) {
	t.Helper()
	h = newHouse(t)
	_, err := h.publishEdited(privateID, opening, "guardian: false", "private: true\nguardian: false")
	must(t, err)
	booked, proven = h.citizen(1), h.citizen(2)
	booked.at, proven.at = privateID, privateID
	h.lead(1)
	must(t, booked.join())
	must(t, proven.join())
	h.openGate()
	booked.admit()
	proven.admit()
	r, err := booked.hold("hold", h.anyClinic(), h.freeTime(h.anyClinic()).Start)
	must(t, err)
	_, err = booked.confirm("confirm", r.HoldID)
	must(t, err)
	h.publishRecord()
	return h, booked, proven
}

func (c *citizen) proof() (gate.Inclusion, error) {
	st, err := c.h.Standing(c.at, c.ticket)
	must(c.h.t, err)
	return c.h.Inclusion(context.Background(), st.Ticket)
}

// A private campaign publishes root and L, and of each admission a mark that only
// its holder can open; everybody's own proof leads to the root (rules G36, G37).
func TestAPrivateCampaignPublishesNoRoll(t *testing.T) {
	onBoth(t, testAPrivateCampaignPublishesNoRoll)
}

func testAPrivateCampaignPublishesNoRoll(t *testing.T) {
	t.Parallel()
	h, booked, proven := privateHouse(t)
	_, err := h.Roll(privateID)
	wantMessage(t, err, "gate.roll_private")
	if _, err := os.Stat(filepath.Join(h.dir, "public", privateID, "1", "roll.bin")); err == nil {
		t.Error("the roll lies among the public files")
	}
	v, err := h.View(privateID)
	must(t, err)
	lines, shown, err := h.AdmittedFile(privateID)
	must(t, err)
	text, err := io.ReadAll(lines)
	must(t, err)
	_ = lines.Close()
	for _, c := range []*citizen{booked, proven} {
		proof, err := c.proof()
		must(t, err)
		again, err := gate.ParseInclusion(proof.Encode())
		must(t, err)
		for _, f := range gate.VerifyInclusion(v.Draw, again) {
			if f.Status != gate.Right {
				t.Errorf("%+v", f)
			}
		}
		if len(again.Admitted) != 1 {
			t.Fatalf("%d admissions are opened", len(again.Admitted))
		}
		mark, _ := again.Admitted[0].Mark.MarshalText()
		leaf, _ := again.Leaf.MarshalText()
		if !bytes.Contains(text, mark) || bytes.Contains(text, leaf) {
			t.Errorf("mark %s, leaf %s in\n%s", mark, leaf, text)
		}
	}
	found, err := gate.VerifyAdmitted(v.Draw, nil, gate.Record{Head: shown.Head, Lines: bytes.NewReader(text)})
	must(t, err)
	found = append(found, gate.VerifyDraw(v.Draw, nil, gate.Noted{})...)
	if gate.Failed(found) || !v.Draw.Private {
		t.Errorf("%+v", found)
	}
	public := v.Draw
	public.Private = false
	if !gate.Failed(gate.VerifyDraw(public, nil, gate.Noted{})) {
		t.Error("a document that hides that it is private is believed")
	}
	h.sound()
}

// When a private campaign has ended its key is destroyed: nobody can ask any more
// whether somebody waited, those who booked keep their reservation, and all that
// was published stays good (rule G38).
func TestAPrivateCampaignForgetsWhenItEnds(t *testing.T) {
	onBoth(t, testAPrivateCampaignForgetsWhenItEnds)
}

func testAPrivateCampaignForgetsWhenItEnds(t *testing.T) {
	t.Parallel()
	h, booked, proven := privateHouse(t)
	kept, err := booked.proof()
	must(t, err)
	must(t, booked.onOtherDevice("a second device").join())
	if n := h.count(t, `SELECT count(*) FROM gate.campaign_key`); n != 1 {
		t.Fatalf("%d keys", n)
	}
	h.clock.Add(10 * 24 * time.Hour)
	h.lead(3)
	v, err := h.View(privateID)
	must(t, err)
	if v.Board.Phase != gate.Ended {
		t.Fatalf("phase %s", v.Board.Phase)
	}
	wantCode(t, booked.onOtherDevice("a third device").join(), fault.NotOpen)
	if n := h.count(t, `SELECT count(*) FROM gate.campaign_key`); n != 0 {
		t.Errorf("%d keys are left", n)
	}
	if n := h.count(t, `SELECT count(*) FROM gate.admission WHERE person_id <> '' AND campaign = '`+privateID+`'`); n != 1 {
		t.Errorf("%d admissions name a person, want that of the one who booked", n)
	}
	_, err = proven.proof()
	wantMessage(t, err, "gate.roll_gone")
	if names := filesWith(t, filepath.Join(h.dir, "public"), "NARUROL1"); len(names) > 1 {
		t.Errorf("rolls are left: %q", names) // that of the public campaign alone
	}
	if gate.Failed(gate.VerifyInclusion(v.Draw, kept)) {
		t.Error("a proof that was saved is not good any more")
	}
	h.restart()
	h.lead(2)
	h.publishRecord()
	wantCode(t, proven.join(), fault.NotOpen)
	h.sound()
}

func (h *house) count(t testing.TB, query string) (n int) {
	t.Helper()
	snap, err := db.OpenSnapshot(context.Background(), h.dir, h.db, "gate", "booking")
	must(t, err)
	must(t, snap.Read(context.Background(), query, nil, func(scan func(...any) error) error { return scan(&n) }))
	must(t, snap.Close())
	return n
}
