package store_test

import (
	"testing"
	"time"

	"naru/internal/fault"
	"naru/internal/staff"
	"naru/internal/store"
)

func TestTheSignInServiceOpensItsAccountsOnly(t *testing.T) {
	onBoth(t, testTheSignInServiceOpensItsAccountsOnly)
}

func testTheSignInServiceOpensItsAccountsOnly(t *testing.T) {
	t.Parallel()
	h, ctx := newHouse(t), t.Context()
	here := [32]byte{1}
	who := store.Identity{Issuer: "https://login.example", Subject: "sub-1"}
	_, admin := h.signedIn()
	_, agent := h.letIn(admin, "상담", staff.Grant{Role: staff.Agent})
	if _, _, err := h.EnterByProvider(ctx, here, who); fault.CodeOf(err) != fault.Unauthenticated {
		t.Errorf("nobody's account: %v", err)
	}
	must(t, h.BindIdentity(ctx, admin, who))
	must(t, h.BindIdentity(ctx, admin, who))
	if err := h.BindIdentity(ctx, agent, who); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("somebody else's account: %v", err)
	}
	if _, c, err := h.EnterByProvider(ctx, here, who); err != nil || c.ID != admin.ID {
		t.Errorf("came in as %q (%v)", c.ID, err)
	}
	other := who
	if other.Issuer = "https://another.example"; true {
		if _, _, err := h.EnterByProvider(ctx, here, other); fault.CodeOf(err) != fault.Unauthenticated {
			t.Errorf("the same subject of another service: %v", err)
		}
	}
	// by an address, once, and only while the invitation is good
	a, code, err := h.Invite(ctx, admin, "새 상담", []staff.Grant{{Role: staff.Agent}})
	must(t, err)
	must(t, h.Expect(ctx, admin, a.ID, who.Issuer, "new@agency.example"))
	if err := h.Expect(ctx, admin, agent.ID, who.Issuer, "new@agency.example"); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("an address that another waits for: %v", err)
	}
	if err := h.Expect(ctx, agent, a.ID, who.Issuer, "agent@agency.example"); fault.CodeOf(err) != fault.Forbidden {
		t.Errorf("an agent opens an account to an address: %v", err)
	}
	comes := store.Identity{Issuer: who.Issuer, Subject: "sub-2", Email: "New@agency.example"}
	if _, c, err := h.EnterByProvider(ctx, here, comes); err != nil || c.ID != a.ID {
		t.Errorf("by the address: %q (%v)", c.ID, err)
	}
	if _, _, err := h.EnterByLink(ctx, code); fault.CodeOf(err) != fault.Unauthenticated {
		t.Errorf("the code is still good: %v", err)
	}
	comes.Subject = "sub-3"
	if _, _, err := h.EnterByProvider(ctx, here, comes); fault.CodeOf(err) != fault.Unauthenticated {
		t.Errorf("another subject with the same address: %v", err)
	}
	b, _, err := h.Invite(ctx, admin, "늦은 상담", []staff.Grant{{Role: staff.Agent}})
	must(t, err)
	must(t, h.Expect(ctx, admin, b.ID, who.Issuer, "late@agency.example"))
	h.clock.Add(staff.LinkLife + time.Second)
	if _, _, err := h.EnterByProvider(ctx, here, store.Identity{Issuer: who.Issuer, Subject: "sub-4", Email: "late@agency.example"}); fault.CodeOf(err) != fault.Unauthenticated {
		t.Errorf("after the invitation: %v", err)
	}
}

func TestAQuestionIsAnsweredOnce(t *testing.T) { onBoth(t, testAQuestionIsAnsweredOnce) }

func testAQuestionIsAnsweredOnce(t *testing.T) {
	t.Parallel()
	h, ctx := newHouse(t), t.Context()
	q := store.Question{Kind: "passkey", Browser: [32]byte{1}, Staff: "x", Secret: []byte("secret")}
	token, err := h.AskQuestion(ctx, q)
	must(t, err)
	for name, take := range map[string]func() error{
		"another browser": func() error { _, err := h.TakeQuestion(ctx, "passkey", [32]byte{2}, token); return err },
		"another kind":    func() error { _, err := h.TakeQuestion(ctx, "provider", [32]byte{1}, token); return err },
		"made up":         func() error { _, err := h.TakeQuestion(ctx, "passkey", [32]byte{1}, "x"); return err },
	} {
		if err := take(); fault.CodeOf(err) != fault.Unauthenticated {
			t.Errorf("%s: %v", name, err)
		}
	}
	got, err := h.TakeQuestion(ctx, "passkey", [32]byte{1}, token)
	if err != nil || string(got.Secret) != "secret" || got.Staff != "x" {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := h.TakeQuestion(ctx, "passkey", [32]byte{1}, token); fault.CodeOf(err) != fault.Unauthenticated {
		t.Errorf("a second time: %v", err)
	}
	late, err := h.AskQuestion(ctx, q)
	must(t, err)
	h.clock.Add(6 * time.Minute)
	if _, err := h.TakeQuestion(ctx, "passkey", [32]byte{1}, late); fault.CodeOf(err) != fault.Unauthenticated {
		t.Errorf("later: %v", err)
	}
}

func TestAPasskeyIsOfItsHolder(t *testing.T) { onBoth(t, testAPasskeyIsOfItsHolder) }

func testAPasskeyIsOfItsHolder(t *testing.T) {
	t.Parallel()
	h, ctx := newHouse(t), t.Context()
	here := [32]byte{1}
	_, one := h.signedIn()
	_, two := h.signedIn()
	must(t, h.AddPasskey(ctx, one, []byte("key"), []byte("1")))
	if err := h.AddPasskey(ctx, two, []byte("key"), []byte("1")); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("somebody else's key: %v", err)
	}
	if err := h.RemovePasskey(ctx, two, []byte("key")); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("somebody else took it away: %v", err)
	}
	if _, err := h.PasskeyOf(ctx, two.ID, []byte("key")); fault.CodeOf(err) != fault.Unauthenticated {
		t.Errorf("found at somebody else: %v", err)
	}
	before, err := h.PasskeyOf(ctx, one.ID, []byte("key"))
	must(t, err)
	if _, _, err := h.EnterByPasskey(ctx, here, before, []byte("2"), true); fault.CodeOf(err) != fault.Unauthenticated {
		t.Errorf("a copy: %v", err)
	}
	if _, c, err := h.EnterByPasskey(ctx, here, before, []byte("2"), false); err != nil || c.ID != one.ID {
		t.Errorf("came in as %q (%v)", c.ID, err)
	}
	if _, _, err := h.EnterByPasskey(ctx, here, before, []byte("2"), false); fault.CodeOf(err) != fault.Unauthenticated {
		t.Errorf("with the counter of before: %v", err)
	}
	must(t, h.RemovePasskey(ctx, one, []byte("key")))
	before.Data = []byte("2")
	if _, _, err := h.EnterByPasskey(ctx, here, before, []byte("3"), false); fault.CodeOf(err) != fault.Unauthenticated {
		t.Errorf("a key that was removed: %v", err)
	}
}
