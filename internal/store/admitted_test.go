package store_test

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"naru/internal/gate"
	"naru/internal/store"
)

// recorded is a line in which some people have entered, proven and booked, and
// whose record is signed and published.
func recorded(t *testing.T) (*house, []*citizen) {
	t.Helper()
	h := newHouse(t)
	h.lead(1)
	people := make([]*citizen, 6)
	for n := range people {
		people[n] = h.citizen(n)
		if n < 4 {
			must(t, people[n].join())
		}
	}
	h.openGate()
	for n, c := range people {
		c.admit()
		if n < 3 {
			r, err := c.hold("hold", h.anyClinic(), h.freeTime(h.anyClinic()).Start)
			must(t, err)
			_, err = c.confirm("confirm", r.HoldID)
			must(t, err)
		}
		if n%2 == 0 {
			must(t, h.Record(context.Background()))
		}
	}
	h.publishRecord()
	return h, people
}

// publishRecord signs and publishes all there is, twice: the second time there is
// nothing new.
func (h *house) publishRecord() {
	h.t.Helper()
	for range 2 {
		must(h.t, h.CountBooked(context.Background()))
		must(h.t, h.Record(context.Background()))
	}
}

// outsider checks the public files of the line, as anybody can, and names what is
// not right.
func (h *house) outsider(earlier ...gate.Head) (wrong []string, head gate.Head) {
	h.t.Helper()
	v, err := h.View(campaignID)
	must(h.t, err)
	f, err := h.Roll(campaignID)
	must(h.t, err)
	roll, err := gate.ReadRoll(f)
	must(h.t, err)
	_ = f.Close()
	lines, shown, err := h.AdmittedFile(campaignID)
	must(h.t, err)
	defer func() { _ = lines.Close() }()
	head, err = gate.ParseHead(shown.JSON)
	must(h.t, err)
	found, err := gate.VerifyAdmitted(v.Draw, roll, gate.Record{Head: head, Lines: io.LimitReader(lines, shown.Size), Earlier: earlier})
	must(h.t, err)
	for _, f := range found {
		if f.Status == gate.Wrong {
			wrong = append(wrong, f.Check)
		}
	}
	return wrong, head
}

// An honest record is right for everybody: those who were admitted can find their
// own line, and nobody is named (rules G33, G34).
func TestTheRecordOfAdmissionsIsPublished(t *testing.T) {
	onBoth(t, testTheRecordOfAdmissionsIsPublished)
}

func testTheRecordOfAdmissionsIsPublished(t *testing.T) {
	t.Parallel()
	h, people := recorded(t)
	wrong, head := h.outsider()
	if len(wrong) > 0 || head.Count != 6 || head.Booked.Reservations != 3 || head.Booked.Unadmitted != 0 {
		t.Fatalf("wrong %q, head %+v, booked %+v", wrong, head, head.Booked)
	}
	f, _, err := h.AdmittedFile(campaignID)
	must(t, err)
	text, err := io.ReadAll(f)
	must(t, err)
	_ = f.Close()
	for _, c := range people {
		st, err := h.Standing(campaignID, c.ticket)
		must(t, err)
		leaf := gate.Leaf(st.Ticket.ID)
		hex, _ := gate.Hex(leaf[:]).MarshalText()
		if !strings.Contains(string(text), string(hex)+",1,web,") {
			t.Errorf("%s is not in\n%s", hex, text)
		}
		if id := st.Ticket.ID.String(); strings.Contains(string(text), id) || strings.Contains(string(text), c.claim.Mobile) {
			t.Error("the record holds what names somebody")
		}
	}
	h.sound()
	// After a restart, and on a node without the file, the record is the same.
	h.restart()
	h.lead(1)
	h.publishRecord()
	if wrong, again := h.outsider(head); len(wrong) > 0 || again.Count != 6 {
		t.Errorf("after a restart: %q, %+v", wrong, again)
	}
	must(t, os.Remove(h.recordFile()))
	h.restart()
	h.lead(1)
	h.publishRecord()
	if wrong, _ := h.outsider(head); len(wrong) > 0 {
		t.Errorf("on a new node: %q", wrong)
	}
}

func (h *house) recordFile() string {
	return filepath.Join(h.dir, "public", campaignID, "1", "admitted.csv")
}

// A file that was cut off in the middle of a line goes on at the last signed head.
func TestARecordCutOffGoesOn(t *testing.T) {
	t.Parallel()
	h, _ := recorded(t)
	_, head := h.outsider()
	text, err := os.ReadFile(h.recordFile())
	must(t, err)
	must(t, os.WriteFile(h.recordFile(), text[:len(text)-30], 0o600))
	h.restart()
	h.lead(1)
	h.publishRecord()
	if wrong, _ := h.outsider(head); len(wrong) > 0 {
		t.Errorf("wrong %q", wrong)
	}
	again, err := os.ReadFile(h.recordFile())
	must(t, err)
	if string(again) != string(text) {
		t.Errorf("the file is\n%s\nand was\n%s", again, text)
	}
}

// Each jump that somebody writes into the database is found by the check of the
// databases and by an outsider who has the public files alone, and kept one
// document from before (rules G34, G35).
func TestAJumpInTheDatabaseIsFound(t *testing.T) { onBoth(t, testAJumpInTheDatabaseIsFound) }

func testAJumpInTheDatabaseIsFound(t *testing.T) {
	const last = ` WHERE seq = (SELECT max(seq) FROM admitted)`
	const anew = `; DELETE FROM admitted_head` // so that the program signs the record again, unknowing
	const insert = `INSERT INTO admitted (bucket, campaign, ticket_id, entry, lane, place, serving, at) SELECT bucket, campaign, `
	t.Parallel()
	for _, c := range []struct {
		what, schema, query string
		fresh               bool // the public file of the node is lost as well
		check, outside      string
	}{
		{"an admission before its turn", "gate", insert + `ticket_id, entry + 1, lane, place + 1000, serving, at FROM admitted` + last, false, "jumped", gate.CheckOrder},
		{"a session at another's place", "gate", insert + `ticket_id, entry + 1, lane, (place + 1) % 3, serving, at FROM admitted` + last, false, "jumped", gate.CheckPlaces},
		{"a ticket nobody had, inside the lobby", "gate", insert + sixteen + `, 1, lane, 0, serving, at FROM admitted` + last, false, "jumped", gate.CheckPlaces},
		{"an admission edited", "gate", `UPDATE admitted SET place = 0` + last + anew, true, "jumped", gate.CheckEarlier},
		{"an admission edited, the file kept", "gate", `UPDATE admitted SET at = at - 3600` + last + anew, false, "rewritten", ""},
		{"an admission moved in time", "gate", `UPDATE admitted SET at = at - 3600` + last, false, "rewritten", ""},
		{"an admission deleted", "gate", `DELETE FROM admitted` + last + anew, true, "unrecorded", gate.CheckEarlier},
		{"an admission deleted, its heads kept", "gate", `DELETE FROM admitted` + last, false, "rewritten unrecorded", ""},
		{"a head forged", "gate", `UPDATE admitted_head SET signature = head WHERE count = 1`, false, "forged", ""},
		{"a reservation without an admission", "booking", `UPDATE reservation SET ticket_id = ` + sixteen + ` WHERE number = (SELECT min(number) FROM reservation)`, false, "bypasses", gate.CheckBooked},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			h, _ := recorded(t)
			_, before := h.outsider()
			h.change(c.schema, h.dialect(c.query))
			if c.fresh {
				must(t, os.Remove(h.recordFile()))
			}
			h.restart()
			h.lead(1)
			must(t, h.CountBooked(t.Context()))
			standsStill := h.Record(t.Context()) != nil
			r, err := store.Check(t.Context(), h.dir, h.db)
			must(t, err)
			if got := counted(t, r); !containsAll(got, c.check) {
				t.Errorf("the check counted %q, want %q", got, c.check)
			}
			if standsStill {
				if c.outside != "" {
					t.Fatal("the record stands still: nothing for an outsider to see")
				}
				return // nothing is published over the record as it was
			}
			wrong, _ := h.outsider(before)
			if c.outside != "" && !slices.Contains(wrong, c.outside) {
				t.Errorf("an outsider finds %q, want %q", wrong, c.outside)
			}
		})
	}
}

func containsAll(have []string, want string) bool {
	for name := range strings.FieldsSeq(want) {
		if !slices.Contains(have, name) {
			return false
		}
	}
	return true
}

// sixteen stands for 16 other bytes; see dialect.
const sixteen = "SIXTEEN"

func (h *house) dialect(query string) string {
	if h.db == "" {
		return strings.ReplaceAll(query, sixteen, "zeroblob(16)")
	}
	return strings.ReplaceAll(query, sixteen, `decode('00000000000000000000000000000000', 'hex')`)
}
