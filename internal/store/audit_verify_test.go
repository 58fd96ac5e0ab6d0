package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"naru/internal/audit"
	"naru/internal/staff"
	"naru/internal/store"
)

// keeper is a witness that can be away.
type keeper struct {
	away  bool
	heads []audit.Signed
}

func (k *keeper) Take(_ context.Context, head []byte) error {
	if k.away {
		return errors.New("away")
	}
	var s audit.Signed
	err := json.Unmarshal(head, &s)
	k.heads = append(k.heads, s)
	return err
}

// audited is a house in which staff did something, sealed and told to a witness.
func newAudited(t *testing.T) (*house, *keeper) {
	t.Helper()
	h, k := newHouse(t), &keeper{}
	h.SetWitness(k)
	_, c := h.signedIn()
	for range 3 {
		must(t, h.Found(t.Context(), c, staff.Act{Permission: staff.FindPerson}, "person-a"))
		must(t, h.Seal(t.Context()))
		must(t, h.Testify(t.Context()))
		h.clock.Add(time.Minute)
	}
	return h, k
}

// verify reads the audit as naru audit verify does, and gives kinds and evidence.
func (h *house) verify(heads []audit.Signed) (store.AuditReport, []string) {
	h.t.Helper()
	key, err := store.AuditPublicKey(h.dir)
	must(h.t, err)
	r, err := store.VerifyAudit(h.t.Context(), h.dir, h.db, key, heads)
	must(h.t, err)
	var all []string
	for _, f := range r.Faults {
		if said := f.Kind + " by " + f.By; !slices.Contains(all, said) {
			all = append(all, said)
		}
	}
	slices.Sort(all)
	return r, all
}

func TestTheAuditIsSealedAndTold(t *testing.T) { onBoth(t, testTheAuditIsSealedAndTold) }

func testTheAuditIsSealedAndTold(t *testing.T) {
	t.Parallel()
	h, k := newAudited(t)
	if len(k.heads) != 3 {
		t.Fatalf("the witness has %d heads, want 3", len(k.heads))
	}
	must(t, h.Seal(t.Context())) // nothing has moved
	must(t, h.Testify(t.Context()))
	r, faults := h.verify(k.heads)
	if len(faults) != 0 || r.Seals != 3 || r.Heads != 3 || r.Unsealed != 0 || r.Entries < 6 || r.Chains != 1 {
		t.Errorf("%+v", r)
	}
	_, c := h.signedIn()
	if r, _ := h.verify(k.heads); !r.Sound() || r.Unsealed == 0 {
		t.Errorf("what is not sealed yet: %+v", r)
	}
	k.away = true
	for range 2 {
		must(t, h.Found(t.Context(), c, staff.Act{Permission: staff.FindPerson}, "person-b"))
		must(t, h.Seal(t.Context()))
		h.clock.Add(time.Minute)
		if h.Testify(t.Context()) == nil {
			t.Error("a witness that is away was said to have taken a head")
		}
	}
	k.away = false
	must(t, h.Testify(t.Context()))
	if len(k.heads) != 5 || k.heads[3].Seq >= k.heads[4].Seq {
		t.Errorf("when it came back the witness was told %d heads, want the 2 it missed, in order", len(k.heads)-3)
	}
}

// Whatever somebody does to the database, verify finds it (rule S17).
func TestVerifyFindsWhatWasDone(t *testing.T) { onBoth(t, testVerifyFindsWhatWasDone) }

func testVerifyFindsWhatWasDone(t *testing.T) {
	t.Parallel()
	const all = `DELETE FROM audit_entry; DELETE FROM audit_seal; DELETE FROM audit_chain`
	const newest = `(SELECT max(seq) FROM audit_entry)`
	for name, c := range map[string]struct {
		do      string // statements
		without string // what it shows from the databases alone
		with    string // and with the witness's heads
	}{
		"an edit":                {`UPDATE audit_entry SET person = 'person-x' WHERE person = 'person-a' AND seq < ` + newest, "edited by chain", ""},
		"an edit of the hash":    {`UPDATE audit_entry SET hash = (SELECT hash FROM audit_entry WHERE seq = 3) WHERE seq = 2`, "edited by chain", ""},
		"another time":           {`UPDATE audit_entry SET at = at + 1 WHERE seq = 2`, "edited by chain", ""},
		"a removal":              {`DELETE FROM audit_entry WHERE seq = 2`, "removed by chain", ""},
		"the first one":          {`DELETE FROM audit_entry WHERE seq = 1`, "removed by chain", ""},
		"the last one":           {`DELETE FROM audit_entry WHERE seq = ` + newest, "removed by head,removed by seal", "removed by head,removed by seal,removed by witness"},
		"an insertion":           {`UPDATE audit_entry SET seq = 100 + seq WHERE seq > 2; UPDATE audit_entry SET seq = seq - 99 WHERE seq > 100; INSERT INTO audit_entry SELECT bucket, chain, 3, at, 'x', phase, staff_id, session, what, clinic, person, campaign, code, detail, hash FROM audit_entry WHERE seq = 2`, "", ""},
		"one more at the end":    {`INSERT INTO audit_entry SELECT bucket, chain, seq + 1, at, act, phase, staff_id, session, what, clinic, person, campaign, code, detail, hash FROM audit_entry WHERE seq = ` + newest, "edited by chain,inserted by head", ""},
		"a forged seal":          {`UPDATE audit_seal SET at = at + 1`, "forged by seal", ""},
		"the whole chain":        {`DELETE FROM audit_entry`, "removed by seal,vanished by head", "removed by seal,vanished by head,vanished by witness"},
		"the chain and its head": {`DELETE FROM audit_entry; DELETE FROM audit_chain`, "removed by seal,vanished by head", "removed by seal,vanished by head,vanished by witness"},
		"everything":             {all, "-", "vanished by witness"},
		"the end, and all that says so": {`UPDATE audit_chain SET seq = ` + newest + ` - 1, hash = (SELECT hash FROM audit_entry WHERE seq = ` + newest + ` - 1);
		    DELETE FROM audit_seal WHERE seq = ` + newest + `; DELETE FROM audit_entry WHERE seq = ` + newest, "-", "removed by witness"},
	} {
		h, k := newAudited(t)
		for _, query := range strings.Split(c.do, ";") {
			must(t, h.ExecStaff(query))
		}
		_, got := h.verify(nil)
		switch {
		case c.without == "-" && len(got) != 0:
			t.Errorf("%s: the databases alone show %q", name, got)
		case c.without == "-":
		case len(got) == 0, c.without != "" && c.without != strings.Join(got, ","):
			t.Errorf("%s: found %q, want %q", name, got, c.without)
		}
		_, got = h.verify(k.heads)
		if len(got) == 0 || c.with != "" && c.with != strings.Join(got, ",") {
			t.Errorf("%s, with the witness: found %q, want %q", name, got, c.with)
		}
	}
}

// Somebody who has the database but not the key writes another history, with every
// hash of it right.
func TestVerifyFindsAnotherHistory(t *testing.T) { onBoth(t, testVerifyFindsAnotherHistory) }

func testVerifyFindsAnotherHistory(t *testing.T) {
	t.Parallel()
	h, k := newAudited(t)
	must(t, h.ExecStaff(`UPDATE audit_entry SET person = 'person-x' WHERE person = 'person-a'`))
	must(t, h.Rewrite(t.Context()))
	if _, got := h.verify(nil); strings.Join(got, ",") != "edited by seal" {
		t.Errorf("found %q", got)
	}
	must(t, h.ExecStaff(`DELETE FROM audit_seal`))
	if _, got := h.verify(k.heads); strings.Join(got, ",") != "edited by witness" {
		t.Errorf("without the seals: found %q", got)
	}
	forged := k.heads[0]
	forged.Hash[0]++
	if _, got := h.verify([]audit.Signed{forged}); strings.Join(got, ",") != "forged by witness" {
		t.Errorf("a forged head: found %q", got)
	}
}

// The next start begins a chain of its own, and the one before was sealed to its end.
func TestAStartBeginsAChain(t *testing.T) { onBoth(t, testAStartBeginsAChain) }

func testAStartBeginsAChain(t *testing.T) {
	t.Parallel()
	h, k := newAudited(t)
	_, _ = h.signedIn()
	first := h.Chain()
	h.restart()
	_, _ = h.signedIn()
	must(t, h.Seal(t.Context()))
	r, faults := h.verify(k.heads)
	if len(faults) != 0 || r.Chains != 2 || r.Unsealed != 0 || h.Chain() == first {
		t.Errorf("%+v", r)
	}
}
