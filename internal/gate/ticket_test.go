package gate

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"naru/internal/fault"
)

func master(b byte) []byte { return bytes.Repeat([]byte{b}, MasterSize) }

func testKeys() *Keys { return NewKeys(master(7), "2021-07-12", 3) }

func lobbyTicket(n int) Ticket {
	return Ticket{Campaign: "2021-07-12", Epoch: 3, ID: ticketNumber(n), Kind: Lobby}
}

// wantFault checks code and message id of an error.
func wantFault(t *testing.T, err error, code fault.Code, message string) {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) || f.Code != code || f.Message != message {
		t.Errorf("got %v, want %s (%s)", err, message, code)
	}
}

func TestTicketOpensAsSealed(t *testing.T) {
	t.Parallel()
	for _, want := range []Ticket{
		lobbyTicket(1),
		{Campaign: "2021-07-12", Epoch: 3, ID: ticketNumber(2), Kind: Late, Number: 0},
		{Campaign: "2021-07-12", Epoch: 3, ID: ticketNumber(3), Kind: Late, Number: MaxPlace - 1},
	} {
		text := testKeys().SealTicket(want)
		if len(text) >= MaxTicketText {
			t.Errorf("ticket has %d characters", len(text))
		}
		got, err := testKeys().OpenTicket(text)
		if err != nil || got != want {
			t.Errorf("opened %+v, %v; sealed %+v", got, err, want)
		}
	}
}

func TestTicketOfOtherKeysIsRefused(t *testing.T) {
	t.Parallel()
	text := testKeys().SealTicket(lobbyTicket(1))
	for _, c := range []struct {
		why     string
		keys    *Keys
		code    fault.Code
		message string
	}{
		{"other master", NewKeys(master(8), "2021-07-12", 3), fault.Unauthenticated, "gate.ticket_bad"},
		{"other campaign", NewKeys(master(7), "2021-07-14", 3), fault.Unauthenticated, "gate.ticket_bad"},
		{"older epoch", NewKeys(master(7), "2021-07-12", 4), fault.Expired, "gate.ticket_other_epoch"},
		{"newer epoch", NewKeys(master(7), "2021-07-12", 2), fault.Expired, "gate.ticket_other_epoch"},
	} {
		got, err := c.keys.OpenTicket(text)
		t.Log(c.why)
		wantFault(t, err, c.code, c.message)
		if got != (Ticket{}) {
			t.Errorf("%s: data came with the error", c.why)
		}
	}
}

// Every single changed character, and every shorter or longer text, is refused.
func TestTicketChangedAnywhereIsRefused(t *testing.T) {
	t.Parallel()
	keys := testKeys()
	good := keys.SealTicket(lobbyTicket(1))
	refuse := func(text string) {
		if _, err := keys.OpenTicket(text); err == nil {
			t.Errorf("accepted %q", text)
		}
	}
	for i := range len(good) {
		for _, c := range []byte("A_-.0 \n=+/z") {
			if good[i] != c {
				refuse(good[:i] + string(c) + good[i+1:])
			}
		}
		refuse(good[:i])
		refuse(good[:i] + "\n" + good[i:])
	}
	refuse(good + "\r")
	refuse(good + "A")
	refuse(strings.ToLower(good))
}

func TestTicketCannotBeRenumbered(t *testing.T) {
	t.Parallel()
	keys := testKeys()
	good := keys.SealTicket(Ticket{Campaign: "2021-07-12", Epoch: 3, ID: ticketNumber(1), Kind: Late, Number: 9})
	better := keys.SealTicket(Ticket{Campaign: "2021-07-12", Epoch: 3, ID: ticketNumber(1), Kind: Late, Number: 1})
	_, tail, _ := strings.Cut(good[4:], ".")
	head, _, _ := strings.Cut(better[4:], ".")
	_, err := keys.OpenTicket("NT1." + head + "." + tail)
	wantFault(t, err, fault.Unauthenticated, "gate.ticket_bad")
}

// A session signed with the same master is not a ticket, nor the reverse.
func TestTokensOfOnePurposeDoNotPassForAnother(t *testing.T) {
	t.Parallel()
	k := testKeys()
	if bytes.Equal(k.ticket, k.session) || bytes.Equal(k.ticket, k.roll.Seed()) || bytes.Equal(k.session, k.roll.Seed()) {
		t.Error("two purposes share a key")
	}
	ticket := k.SealTicket(lobbyTicket(1))
	_, err := k.OpenSession("NS1."+ticket[4:], "cookie", epoch0)
	wantFault(t, err, fault.Unauthenticated, "gate.session_bad")
}

func TestKeysAreNotPrinted(t *testing.T) {
	t.Parallel()
	k := testKeys()
	for _, text := range []string{fmt.Sprint(k), fmt.Sprintf("%+v", k), fmt.Sprintf("%#v", k), k.String()} {
		if text != "gate keys of 2021-07-12 epoch 3" {
			t.Errorf("keys print as %q", text)
		}
	}
}

func TestCallerBugsPanic(t *testing.T) {
	t.Parallel()
	for why, act := range map[string]func(){
		"short master":        func() { NewKeys(master(1)[:31], "a", 1) },
		"no campaign":         func() { NewKeys(master(1), "", 1) },
		"long campaign":       func() { NewKeys(master(1), strings.Repeat("a", MaxCampaign+1), 1) },
		"other campaign":      func() { NewKeys(master(1), "a", 3).SealTicket(lobbyTicket(1)) },
		"other epoch":         func() { NewKeys(master(1), "2021-07-12", 1).SealTicket(lobbyTicket(1)) },
		"no kind":             func() { testKeys().SealTicket(Ticket{Campaign: "2021-07-12", Epoch: 3}) },
		"proven without name": func() { testKeys().SealSession(Session{Campaign: "2021-07-12", Epoch: 3, Proven: true}) },
		"person not proven":   func() { testKeys().SealSession(Session{Campaign: "2021-07-12", Epoch: 3, Person: "p"}) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", why)
				}
			}()
			act()
		}()
	}
}

func FuzzOpenTicket(f *testing.F) {
	keys := testKeys()
	f.Add(keys.SealTicket(lobbyTicket(1)))
	f.Add(keys.SealTicket(Ticket{Campaign: "2021-07-12", Epoch: 3, Kind: Late, Number: 5}))
	for _, v := range readVectors(f).BadTickets {
		f.Add(v.Text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := keys.OpenTicket(text)
		if err != nil {
			if got != (Ticket{}) {
				t.Error("data came with the error")
			}
			return
		}
		if keys.SealTicket(got) != text {
			t.Errorf("%q opens, but seals as %q", text, keys.SealTicket(got))
		}
	})
}
