package store_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"naru/internal/fault"
	"naru/internal/staff"
)

const pin = "284915"

// atDesk signs somebody with a PIN in at a browser.
func (h *house) atDesk(browser byte, name string) (string, staff.Caller) {
	h.t.Helper()
	ctx := h.t.Context()
	_, link, err := h.AdmitFirst(ctx, name)
	must(h.t, err)
	token, c, err := h.EnterByLinkAt(ctx, [32]byte{browser}, link)
	must(h.t, err)
	must(h.t, h.SetPIN(ctx, c, pin))
	return token, c
}

func TestALockedSignInOpensByItsPIN(t *testing.T) { onBoth(t, testALockedSignInOpensByItsPIN) }

func testALockedSignInOpensByItsPIN(t *testing.T) {
	t.Parallel()
	h, ctx := newHouse(t), t.Context()
	here, elsewhere := [32]byte{1}, [32]byte{2}
	old, first := h.atDesk(1, "가 간호사")
	_, second := h.atDesk(1, "나 간호사") // a colleague at the same computer
	if _, err := h.StaffCaller(ctx, old); fault.CodeOf(err) != fault.Unauthenticated {
		t.Errorf("a colleague signed in and the one before is still open: %v", err)
	}
	h.clock.Add(staff.SessionIdle + time.Second)
	waiting, err := h.Locked(ctx, here)
	must(t, err)
	if len(waiting) != 2 || waiting[0].Name != "가 간호사" || !waiting[0].PIN {
		t.Errorf("locked here: %+v", waiting)
	}
	if other, err := h.Locked(ctx, elsewhere); err != nil || len(other) != 0 {
		t.Errorf("another browser sees %+v (%v)", other, err)
	}
	if _, _, err := h.Return(ctx, elsewhere, first.Session, pin); fault.CodeOf(err) != fault.Unauthenticated {
		t.Errorf("another browser came in: %v", err)
	}
	if _, _, err := h.Return(ctx, here, first.Session, "284916"); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("a wrong PIN: %v", err)
	}
	token, c, err := h.Return(ctx, here, first.Session, pin)
	must(t, err)
	if again, err := h.StaffCaller(ctx, token); err != nil || again.ID != first.ID || c.ID != first.ID || c.ID == second.ID || again.Session != first.Session {
		t.Errorf("came back as %+v (%v)", again, err)
	}
	if _, err := h.StaffCaller(ctx, old); fault.CodeOf(err) != fault.Unauthenticated {
		t.Errorf("the token before works again: %v", err)
	}
	must(t, h.Lock(ctx, c, token))
	if _, err := h.StaffCaller(ctx, token); fault.CodeOf(err) != fault.Unauthenticated {
		t.Errorf("locked by hand, and open: %v", err)
	}
	h.clock.Add(staff.SessionLife)
	if _, _, err := h.Return(ctx, here, first.Session, pin); fault.CodeOf(err) != fault.Unauthenticated {
		t.Errorf("the next day: %v", err)
	}
}

// Five tries end it, also when they come at once.
func TestFiveWrongPINsEndASignIn(t *testing.T) { onBoth(t, testFiveWrongPINsEndASignIn) }

func testFiveWrongPINsEndASignIn(t *testing.T) {
	t.Parallel()
	h, ctx := newHouse(t), t.Context()
	here := [32]byte{1}
	token, c := h.atDesk(1, "가 간호사")
	must(t, h.Lock(ctx, c, token))
	var tries sync.WaitGroup
	codes := make(chan fault.Code, 12)
	for range 12 {
		tries.Go(func() {
			_, _, err := h.Return(ctx, here, c.Session, "000001")
			codes <- fault.CodeOf(err)
		})
	}
	tries.Wait()
	close(codes)
	looked := 0
	for code := range codes {
		if code == fault.Invalid {
			looked++
		}
	}
	if looked != staff.PINTries-1 {
		t.Errorf("%d wrong PINs were looked at with tries left, want %d", looked, staff.PINTries-1)
	}
	if _, _, err := h.Return(ctx, here, c.Session, pin); fault.CodeOf(err) != fault.Unauthenticated {
		t.Errorf("the right PIN after five wrong ones: %v", err)
	}
	if waiting, err := h.Locked(ctx, here); err != nil || len(waiting) != 0 {
		t.Errorf("still listed: %+v (%v)", waiting, err)
	}
	if got := strings.Join(h.audited("staff.sign_in"), ","); strings.Count(got, "refused") != staff.PINTries {
		t.Errorf("the audit says %q", got)
	}
}

func TestGuessingIsSlow(t *testing.T) { onBoth(t, testGuessingIsSlow) }

func testGuessingIsSlow(t *testing.T) {
	t.Parallel()
	h, ctx := newHouse(t), t.Context()
	_, link, err := h.AdmitFirst(ctx, "한 관리자")
	must(t, err)
	here := [32]byte{1}
	for range staff.TriesByBrowser.Most {
		if _, _, err := h.EnterByLinkAt(ctx, here, "guessed"); fault.CodeOf(err) != fault.Unauthenticated {
			t.Fatalf("a guess: %v", err)
		}
	}
	if _, _, err := h.EnterByLinkAt(ctx, here, link); fault.CodeOf(err) != fault.TooMany {
		t.Errorf("after too many guesses: %v", err)
	}
	h.clock.Add(staff.TriesByBrowser.Within)
	if _, _, err := h.EnterByLinkAt(ctx, here, link); err != nil {
		t.Errorf("later: %v", err)
	}
}

// What is stored of a PIN is salted, costly and keyed, and says nothing of it.
func TestAPINIsStoredAsAHash(t *testing.T) { onBoth(t, testAPINIsStoredAsAHash) }

func testAPINIsStoredAsAHash(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.atDesk(1, "가 간호사")
	h.atDesk(1, "나 간호사")
	var all []string
	must(t, h.ReadStaff(`SELECT hash FROM staff_pin`, nil, func(scan func(...any) error) error {
		var text string
		err := scan(&text)
		all = append(all, text)
		return err
	}))
	if len(all) != 2 || all[0] == all[1] || !strings.HasPrefix(all[0], "$argon2id$v=19$m=19456,t=2,p=1$") || strings.Contains(all[0], pin) {
		t.Errorf("stored: %q", all)
	}
}
