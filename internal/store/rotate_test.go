package store_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"naru/internal/booking"
	"naru/internal/store"
)

// rotate adds a key of people, as an operator does, and opens the store again.
func (h *house) rotate(id string) {
	h.t.Helper()
	path := filepath.Join(h.dir, "keys", "person-"+id+".key")
	must(h.t, os.WriteFile(path, []byte(strings.Repeat(id+"c", 32)+"\n"), 0o600))
	h.restart()
}

// A key is added in the middle: everybody keeps their ticket, their person and what they
// hold, and new people are filed under the new key (rule P5).
func TestKeysRotateUnderPeople(t *testing.T) { onBoth(t, testKeysRotateUnderPeople) }

func testKeysRotateUnderPeople(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.openGate()
	old := h.citizen(1).admit()
	clinicID := h.anyClinic()
	r, err := old.hold("hold", clinicID, h.freeTime(clinicID).Start)
	must(t, err)
	waiting := h.citizen(2)
	must(t, waiting.join())
	before := waiting.ticket
	named := h.citizen(4).enters()
	must(t, named.proveAs("ci-1"))
	h.rotate("2")
	other := h.citizen(5).enters() // the same human with another phone
	must(t, other.proveAs("ci-1"))
	if other.ses().Person != named.ses().Person {
		t.Error("an identifier that was bound under the old key names another person under the new one")
	}
	must(t, waiting.join())
	if waiting.ticket != before {
		t.Error("joining again gives another ticket after the rotation")
	}
	must(t, old.join())
	r, err = old.confirm("confirm", r.HoldID)
	must(t, err)
	if _, err := h.LookUp(t.Context(), old.claim, r.Number, old.browser); err != nil || r.State != booking.Booked {
		t.Errorf("the hold is %s, and is found: %v", r.State, err)
	}
	h.serve(2)
	must(t, waiting.enter())
	must(t, waiting.prove())
	fresh := h.citizen(3)
	must(t, fresh.join())
	h.serve(2)
	must(t, fresh.enter())
	must(t, fresh.prove())
	h.rotate("3")
	again := *fresh
	must(t, again.join())
	if again.ticket != fresh.ticket {
		t.Error("a ticket of the second key is another one after the third")
	}
	h.sound()
}

// The same for a private campaign, whose tickets are filed under a key of its own.
func TestKeysRotateUnderAPrivateCampaign(t *testing.T) {
	onBoth(t, func(t *testing.T) {
		t.Parallel()
		h, _, proven := privateHouse(t)
		before := proven.ticket
		h.rotate("2")
		must(t, proven.join())
		if proven.ticket != before {
			t.Error("joining again gives another ticket after the rotation")
		}
		fresh := h.citizen(7)
		fresh.at = privateID
		must(t, fresh.join())
	})
}

// A key that was used must not be taken away: who was filed under it would not be found
// and would get a second place, and their names could not be read.
func TestAKeyThatWasUsedIsMissed(t *testing.T) {
	onBoth(t, func(t *testing.T) {
		t.Parallel()
		h := newHouse(t)
		h.rotate("2")
		must(t, h.Close())
		must(t, os.Remove(filepath.Join(h.dir, "keys", "person-1.key")))
		_, err := store.Open(t.Context(), store.Options{
			Dir: h.dir, DB: h.db, Now: h.clock.Now, Agency: h.a, Fatal: func(err error) { t.Error(err) },
		})
		if err == nil || !strings.Contains(err.Error(), "the keys person-1, with which this data was written, are missing") {
			t.Errorf("without a key the data opens: %v", err)
		}
	})
}
