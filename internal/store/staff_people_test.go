package store_test

import (
	"testing"

	"naru/internal/fault"
	"naru/internal/staff"
	"naru/internal/store"
)

// letIn makes a colleague with the grants and lets them in.
func (h *house) letIn(by staff.Caller, name string, grants ...staff.Grant) (token string, c staff.Caller) {
	h.t.Helper()
	_, link, err := h.Invite(h.t.Context(), by, name, grants)
	must(h.t, err)
	token, c, err = h.EnterByLink(h.t.Context(), link)
	must(h.t, err)
	return token, c
}

func TestAccountsAreChangedByWhoCouldGrantThem(t *testing.T) {
	onBoth(t, testAccountsAreChangedByWhoCouldGrantThem)
}

func testAccountsAreChangedByWhoCouldGrantThem(t *testing.T) {
	t.Parallel()
	h, ctx := newHouse(t), t.Context()
	seoul, busan := staff.Scope{Region: "1100000000"}, staff.Scope{Region: "2600000000"}
	_, admin := h.signedIn()
	_, local := h.letIn(admin, "서울 관리자", staff.Grant{Role: staff.Admin, Scope: seoul})
	agentToken, agent := h.letIn(local, "서울 상담", staff.Grant{Role: staff.Agent, Scope: seoul})
	_, other := h.letIn(admin, "부산 상담", staff.Grant{Role: staff.Agent, Scope: busan})
	clinic := []staff.Grant{{Role: staff.Clinic, Scope: seoul}}
	for name, c := range map[string]struct {
		err  error
		want fault.Code
	}{
		"an agent changes somebody":           {h.SetGrants(ctx, agent, other.ID, clinic), fault.Forbidden},
		"a local admin changes elsewhere":     {h.SetGrants(ctx, local, other.ID, clinic), fault.Forbidden},
		"a local admin gives the country":     {h.SetGrants(ctx, local, agent.ID, []staff.Grant{{Role: staff.Agent}}), fault.Forbidden},
		"a local admin bars the country's":    {h.Bar(ctx, local, admin.ID, true), fault.Forbidden},
		"somebody changes what they hold":     {h.SetGrants(ctx, admin, admin.ID, clinic), fault.Forbidden},
		"somebody bars themselves":            {h.Bar(ctx, admin, admin.ID, true), fault.Forbidden},
		"nobody of that id":                   {h.Bar(ctx, admin, "nobody", true), fault.NotFound},
		"a local admin changes in the region": {h.SetGrants(ctx, local, agent.ID, clinic), ""},
	} {
		if got := fault.CodeOf(c.err); got != c.want {
			t.Errorf("%s: %v, want %q", name, c.err, c.want)
		}
	}
	if c, err := h.StaffCaller(ctx, agentToken); err != nil || c.May(staff.SeeDay, h.PlaceOf("")) == nil || len(c.Grants) != 1 || c.Grants[0].Role != staff.Clinic {
		t.Errorf("a running sign-in holds %+v (%v)", c.Grants, err)
	}
	seen, err := h.Colleagues(ctx, local, "")
	must(t, err)
	if len(seen) != 2 {
		t.Errorf("the local admin sees %d accounts, want their own and the agent's", len(seen))
	}
	if _, err := h.Colleague(ctx, local, other.ID); fault.CodeOf(err) != fault.Forbidden {
		t.Errorf("the local admin opened an account elsewhere: %v", err)
	}
	must(t, h.Bar(ctx, local, agent.ID, true))
	if _, err := h.StaffCaller(ctx, agentToken); fault.CodeOf(err) != fault.Forbidden {
		t.Errorf("barred, and still in: %v", err)
	}
}

func TestAnAdministratorRemains(t *testing.T) { onBoth(t, testAnAdministratorRemains) }

func testAnAdministratorRemains(t *testing.T) {
	t.Parallel()
	h, ctx := newHouse(t), t.Context()
	_, one := h.signedIn()
	_, two := h.letIn(one, "둘째", staff.Grant{Role: staff.Admin})
	errs := make(chan error, 2)
	go func() { errs <- h.Bar(ctx, one, two.ID, true) }()
	go func() { errs <- h.SetGrants(ctx, two, one.ID, nil) }()
	got := map[fault.Code]int{}
	for range 2 {
		got[fault.CodeOf(<-errs)]++
	}
	if got[""] != 1 || got[fault.Conflict] != 1 {
		t.Errorf("two administrators who end each other at once: %v", got)
	}
}

func TestANewCodeEndsTheOldWays(t *testing.T) { onBoth(t, testANewCodeEndsTheOldWays) }

func testANewCodeEndsTheOldWays(t *testing.T) {
	t.Parallel()
	h, ctx := newHouse(t), t.Context()
	_, admin := h.signedIn()
	a, old, err := h.Invite(ctx, admin, "상담", []staff.Grant{{Role: staff.Agent}})
	must(t, err)
	code, err := h.NewCode(ctx, admin, a.ID)
	must(t, err)
	if _, _, err := h.EnterByLink(ctx, old); fault.CodeOf(err) != fault.Unauthenticated {
		t.Errorf("the code before is still good: %v", err)
	}
	token, c, err := h.EnterByLink(ctx, code)
	must(t, err)
	if _, err := h.NewCode(ctx, c, admin.ID); fault.CodeOf(err) != fault.Forbidden {
		t.Errorf("an agent made a code for an administrator: %v", err)
	}
	if _, err := h.NewCode(ctx, admin, admin.ID); fault.CodeOf(err) != fault.Forbidden {
		t.Errorf("a code for oneself: %v", err)
	}
	_, err = h.NewCode(ctx, admin, a.ID)
	must(t, err)
	if _, err := h.StaffCaller(ctx, token); fault.CodeOf(err) != fault.Unauthenticated {
		t.Errorf("the sign-in before goes on: %v", err)
	}
}

func TestReadingTheAuditIsAudited(t *testing.T) { onBoth(t, testReadingTheAuditIsAudited) }

func testReadingTheAuditIsAudited(t *testing.T) {
	t.Parallel()
	h, ctx := newHouse(t), t.Context()
	_, admin := h.signedIn()
	_, agent := h.letIn(admin, "상담", staff.Grant{Role: staff.Agent})
	for range store.AuditPage {
		must(t, h.Found(ctx, agent, staff.Act{Permission: staff.FindPerson}, "person-a"))
	}
	must(t, h.Found(ctx, agent, staff.Act{Permission: staff.FindPerson}, "person-b"))
	if _, _, err := h.ReadAudit(ctx, agent, store.AuditQuery{}); fault.CodeOf(err) != fault.Forbidden {
		t.Errorf("an agent reads the audit: %v", err)
	}
	page, more, err := h.ReadAudit(ctx, admin, store.AuditQuery{Person: "person-a"})
	must(t, err)
	if len(page) != store.AuditPage || !more || page[0].What != string(staff.ReadAudit) || page[0].Staff != string(admin.ID) {
		t.Errorf("%d entries, more %v, the newest %+v; want the reading itself first", len(page), more, page[0])
	}
	last := page[len(page)-1]
	q := store.AuditQuery{Staff: agent.ID, Person: "person-a", After: store.AuditMark{At: last.At.Unix(), Chain: last.Chain, Seq: last.Seq}}
	rest, more, err := h.ReadAudit(ctx, admin, q)
	must(t, err)
	if len(rest) != 1 || more {
		t.Errorf("the second page has %d entries, more %v; want 1", len(rest), more)
	}
	touched, err := h.TouchedBy(ctx, "person-b")
	must(t, err)
	if len(touched) != 1 || touched[0].Staff != string(agent.ID) {
		t.Errorf("who touched b: %+v", touched)
	}
	if none, _, err := h.ReadAudit(ctx, admin, store.AuditQuery{Until: opening.AddDate(-1, 0, 0)}); err != nil || len(none) != 0 {
		t.Errorf("a year before: %d entries, %v", len(none), err)
	}
}
