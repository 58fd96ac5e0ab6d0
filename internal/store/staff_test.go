package store_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"naru/internal/fault"
	"naru/internal/staff"
)

// signedIn lets an admin in by the link that the console prints.
func (h *house) signedIn() (token string, c staff.Caller) {
	h.t.Helper()
	_, link, err := h.AdmitFirst(h.t.Context(), "한 관리자")
	must(h.t, err)
	token, c, err = h.EnterByLink(h.t.Context(), link)
	must(h.t, err)
	return token, c
}

// audited reads phases and codes of the audit, oldest first.
func (h *house) audited(what staff.Permission) (all []string) {
	h.t.Helper()
	must(h.t, h.ReadStaff(`SELECT phase || ' ' || code FROM audit_entry WHERE what = $1 ORDER BY chain, seq`, []any{string(what)},
		func(scan func(...any) error) error {
			var text string
			err := scan(&text)
			all = append(all, strings.TrimSpace(text))
			return err
		}))
	return all
}

func TestALinkIsGoodOnce(t *testing.T) { onBoth(t, testALinkIsGoodOnce) }

func testALinkIsGoodOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, link, err := h.AdmitFirst(t.Context(), "한 관리자")
	must(t, err)
	token, c, err := h.EnterByLink(t.Context(), link)
	must(t, err)
	if c.Name != "한 관리자" || c.May(staff.ManageStaff, staff.Place{}) != nil {
		t.Errorf("came in as %+v", c)
	}
	if again, err := h.StaffCaller(t.Context(), token); err != nil || again.ID != c.ID || again.Session != c.Session {
		t.Errorf("the session is of %+v (%v)", again, err)
	}
	for name, bad := range map[string]string{"a second time": link, "made up": token, "nothing": ""} {
		if _, _, err := h.EnterByLink(t.Context(), bad); fault.CodeOf(err) != fault.Unauthenticated {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, late, err := h.AdmitFirst(t.Context(), "늦은 관리자")
	must(t, err)
	h.clock.Add(staff.LinkLife + time.Second)
	if _, _, err := h.EnterByLink(t.Context(), late); fault.CodeOf(err) != fault.Unauthenticated {
		t.Errorf("a day later: %v", err)
	}
}

func TestASignInEnds(t *testing.T) { onBoth(t, testASignInEnds) }

func testASignInEnds(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	token, _ := h.signedIn()
	for range 3 { // used all the time
		h.clock.Add(staff.SessionIdle - time.Minute)
		_, err := h.StaffCaller(t.Context(), token)
		must(t, err)
	}
	h.clock.Add(staff.SessionIdle + time.Second)
	if _, err := h.StaffCaller(t.Context(), token); fault.CodeOf(err) != fault.Unauthenticated {
		t.Errorf("nobody touched it: %v", err)
	}
	token, c := h.signedIn()
	must(t, h.SignOut(t.Context(), c, token))
	if _, err := h.StaffCaller(t.Context(), token); fault.CodeOf(err) != fault.Unauthenticated {
		t.Errorf("signed out: %v", err)
	}
	token, _ = h.signedIn()
	for range 50 { // used all day and all night
		h.clock.Add(staff.SessionIdle - time.Minute)
		if _, err := h.StaffCaller(t.Context(), token); err != nil {
			return
		}
	}
	t.Error("a sign-in never ends")
}

func TestAnActIsWrittenDownBeforeItHappens(t *testing.T) {
	onBoth(t, testAnActIsWrittenDownBeforeItHappens)
}

func testAnActIsWrittenDownBeforeItHappens(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, c := h.signedIn()
	act := staff.Act{Permission: staff.SteerGate, Campaign: "2021-07-12"}
	must(t, h.Do(t.Context(), c, act, func(context.Context) error {
		if got := strings.Join(h.audited(staff.SteerGate), ","); got != "asked" {
			t.Errorf("when it happens the audit says %q", got)
		}
		return nil
	}))
	refusal := fault.New(fault.Full, "booking.slot_full")
	if err := h.Do(t.Context(), c, act, func(context.Context) error { return refusal }); !errors.Is(err, refusal) {
		t.Errorf("a refusal came back as %v", err)
	}
	c.Grants = []staff.Grant{{Role: staff.Agent}}
	if err := h.Do(t.Context(), c, act, func(context.Context) error { t.Error("it happened"); return nil }); fault.CodeOf(err) != fault.Forbidden {
		t.Errorf("without the permission: %v", err)
	}
	if got, want := strings.Join(h.audited(staff.SteerGate), ","), "asked,done,asked,refused full,refused forbidden"; got != want {
		t.Errorf("the audit says %q, want %q", got, want)
	}
	must(t, h.Close())
	c.Grants = []staff.Grant{{Role: staff.Operator}}
	if err := h.Do(t.Context(), c, act, func(context.Context) error { t.Error("it happened unwritten"); return nil }); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("with the audit away: %v", err)
	}
}
