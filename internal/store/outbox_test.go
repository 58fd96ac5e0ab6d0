package store_test

import (
	"context"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"naru/internal/fault"
	"naru/internal/i18n"
	"naru/internal/message"
	"naru/internal/notify"
	"naru/internal/notify/mock"
	"naru/internal/store"
)

// phones is a house whose messages go to mock providers over HTTP: others by talk, then
// by text; codes by text.
type phones struct {
	*house
	talk, text *mock.Provider
	postman    *notify.Postman
}

func newPhones(t *testing.T) *phones {
	t.Helper()
	p := &phones{house: newHouse(t)}
	p.talk, p.text = mock.New("talk-secret", p.clock.Now), mock.New("text-secret", p.clock.Now)
	words, err := i18n.New()
	must(t, err)
	p.postman = &notify.Postman{Store: p.Store, Catalogue: words, Agency: p.a, Providers: map[message.ProviderID]notify.Provider{}}
	plan := message.Plan{Codes: []message.ProviderID{"text"}, Others: []message.ProviderID{"talk", "text"}, Quiet: p.a.Messages.Quiet, Reminders: p.a.Messages.Reminders}
	for id, m := range map[message.ProviderID]*mock.Provider{"talk": p.talk, "text": p.text} {
		server := httptest.NewServer(m.Handler())
		t.Cleanup(server.Close)
		of := message.Provider{ID: id, URL: server.URL + "/send", Channel: message.Channel(id), PerSecond: 100, InFlight: 8, Deadline: 500 * time.Millisecond}
		plan.Providers = append(plan.Providers, of)
		p.postman.Providers[id] = notify.NewHTTP(of, m.Secret, p.clock.Now)
	}
	p.a.Messages = plan
	p.clock.Add(12*time.Hour + 20*time.Minute) // noon
	return p
}

// send lets a node send everything that is due once, and returns how many it tried.
func (p *phones) send() (n int) {
	p.t.Helper()
	for _, of := range p.a.Messages.Providers {
		for _, urgent := range []bool{true, false} {
			for _, m := range p.lease(of, urgent) {
				p.postman.Deliver(p.t.Context(), of, m)
				n++
			}
		}
	}
	return n
}

func (p *phones) lease(of message.Provider, urgent bool) []store.Message {
	p.t.Helper()
	all, err := p.LeaseMessages(p.t.Context(), store.Lease{Provider: of.ID, Urgent: urgent, Most: 100, Life: time.Minute})
	must(p.t, err)
	return all
}

func (p *phones) provider(id message.ProviderID) message.Provider {
	of, _ := p.a.Messages.Provider(id)
	return of
}

func (p *phones) post(kind message.Kind) string {
	p.t.Helper()
	id, err := p.Post(p.t.Context(), "01000000001", kind, map[string]string{"Number": "AB12", "Clinic": "가상의원", "Code": "123456"})
	must(p.t, err)
	return id
}

// standing is how far a message is, as staff see it.
func (p *phones) standing(id string) store.MessageStanding {
	p.t.Helper()
	_, c := p.signedIn()
	all, err := p.MessagesOf(p.t.Context(), c, "01000000001")
	must(p.t, err)
	i := slices.IndexFunc(all, func(m store.MessageStanding) bool { return m.ID == id })
	if i < 0 {
		p.t.Fatalf("message %s is not among %d", id, len(all))
	}
	return all[i]
}

func (p *phones) is(what, id string, state message.State, by message.ProviderID) {
	p.t.Helper()
	if m := p.standing(id); m.State != state || m.Provider != by {
		p.t.Errorf("%s: %s by %s (%s), want %s by %s", what, m.State, m.Provider, m.Cause, state, by)
	}
}

// A lease keeps a message from all other nodes until it ends; then another node sends
// it, under the same id (rule M1).
func TestALeaseKeepsOthersOff(t *testing.T) { onBoth(t, testALeaseKeepsOthersOff) }

func testALeaseKeepsOthersOff(t *testing.T) {
	t.Parallel()
	p := newPhones(t)
	const most = 40
	want := map[string]bool{}
	for range most {
		want[p.post(message.Booked)] = true
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	got := map[string]int{}
	for _, node := range p.nodes() {
		for range 4 {
			wg.Go(func() {
				for range 2 * most {
					all, err := node.LeaseMessages(context.Background(), store.Lease{Provider: "talk", Most: 7, Life: time.Minute})
					if err != nil {
						t.Error(err)
					}
					mu.Lock()
					for _, m := range all {
						got[m.ID]++
					}
					mu.Unlock()
				}
			})
		}
	}
	wg.Wait()
	for id := range want {
		if got[id] != 1 {
			t.Errorf("%s was leased %d times", id, got[id])
		}
	}
	p.clock.Add(time.Minute)
	again := p.lease(p.provider("talk"), false)
	if len(again) != most || again[0].Attempts != 2 {
		t.Errorf("after the leases ended %d of %d are leased again, attempt %d", len(again), most, again[0].Attempts)
	}
}

// A node dies between sending and noting it: the provider gets the same key again and
// shows one message (rule M2).
func TestACrashBetweenSendAndNoteSendsTheSameKey(t *testing.T) {
	onBoth(t, testACrashBetweenSendAndNoteSendsTheSameKey)
}

func testACrashBetweenSendAndNoteSendsTheSameKey(t *testing.T) {
	t.Parallel()
	p := newPhones(t)
	id := p.post(message.Booked)
	p.BeforeAct(func(name string) error {
		if name == "note" {
			return store.ErrStopped
		}
		return nil
	})
	p.send()
	p.BeforeAct(func(string) error { return nil })
	p.is("sent and not noted", id, message.Queued, "talk")
	if n := p.send(); n != 0 {
		t.Fatalf("%d were sent while the lease holds", n)
	}
	p.clock.Add(time.Minute)
	p.send()
	p.is("sent again", id, message.Sent, "talk")
	if got := p.talk.Inbox(); len(got) != 1 || got[0].ID != id || got[0].Asked != 2 {
		t.Errorf("the provider has %+v, want one that came twice", got)
	}
}

// A provider that takes and never answers gets the same key until it does; nothing is
// shown twice (rules M2, M4).
func TestTimeoutAfterAccepting(t *testing.T) { onBoth(t, testTimeoutAfterAccepting) }

func testTimeoutAfterAccepting(t *testing.T) {
	t.Parallel()
	p := newPhones(t)
	id := p.post(message.Booked)
	p.talk.Be(mock.Swallow)
	p.send()
	if m := p.standing(id); m.State != message.Queued || m.Provider != "talk" || m.Cause != "no_answer" {
		t.Errorf("after no answer: %+v", m)
	}
	p.talk.Be(mock.Well)
	p.clock.Add(5 * time.Second)
	p.send()
	p.is("after an answer", id, message.Sent, "talk")
	if got := p.talk.Inbox(); len(got) != 1 || got[0].Asked != 2 || len(p.text.Inbox()) != 0 {
		t.Errorf("the phones show %+v and %+v", got, p.text.Inbox())
	}
}

// Who refuses is followed by the next; who is left refuses for good: a dead letter,
// which staff see and send again as another message (rules M4, M5, M12).
func TestFallOverAndDeadLetters(t *testing.T) { onBoth(t, testFallOverAndDeadLetters) }

func testFallOverAndDeadLetters(t *testing.T) {
	t.Parallel()
	p, ctx := newPhones(t), t.Context()
	p.talk.Be(mock.Refuse)
	id := p.post(message.Booked)
	p.send()
	p.send()
	p.is("refused by the first", id, message.Sent, "text")
	p.text.Be(mock.Refuse)
	dead := p.post(message.Booked)
	p.send()
	p.send()
	p.is("refused by both", dead, message.Failed, "text")
	_, c := p.signedIn()
	all, err := p.DeadLetters(ctx, c)
	must(t, err)
	if len(all) != 1 || all[0].ID != dead || all[0].Cause != "no_such_phone" {
		t.Fatalf("dead letters %+v", all)
	}
	p.talk.Be(mock.Well)
	must(t, p.SendAgain(ctx, c, dead))
	p.send()
	if got := p.talk.Inbox(); len(got) != 1 || got[0].ID == dead {
		t.Errorf("sent again as %+v", got)
	}
	p.is("the old one", dead, message.Repeated, "text")
	wantCode(t, p.SendAgain(ctx, c, dead), fault.Conflict)
	wantCode(t, p.SendAgain(ctx, c, "nothing"), fault.NotFound)
	c.Grants = nil
	wantCode(t, p.SendAgain(ctx, c, dead), fault.Forbidden)
	if _, err := p.MessagesOf(ctx, c, "01000000001"); fault.CodeOf(err) != fault.Forbidden {
		t.Errorf("who may not see messages: %v", err)
	}
}

// A provider that asks to be left alone gets nothing for so long, from any node, and is
// not taken for refusing (rules M4, M6).
func TestRetryAfterIsKeptTo(t *testing.T) { onBoth(t, testRetryAfterIsKeptTo) }

func testRetryAfterIsKeptTo(t *testing.T) {
	t.Parallel()
	p := newPhones(t)
	p.talk.Be(mock.Busy)
	first, second := p.post(message.Booked), ""
	p.send()
	p.talk.Be(mock.Well)
	second = p.post(message.Booked)
	if n := p.send(); n != 0 {
		t.Errorf("%d were sent to a provider that rests", n)
	}
	p.clock.Add(mock.BusyFor + 5*time.Second)
	p.send()
	p.is("the first", first, message.Sent, "talk")
	p.is("the second", second, message.Sent, "talk")
}

// Codes go first: they have calls and a part of each second of their own (rule M3).
func TestCodesGoFirst(t *testing.T) { onBoth(t, testCodesGoFirst) }

func testCodesGoFirst(t *testing.T) {
	t.Parallel()
	p := newPhones(t)
	p.a.Messages.Others = []message.ProviderID{"text"}
	for range 120 {
		p.post(message.Booked)
	}
	code := p.post(message.Code)
	rest := p.lease(p.provider("text"), false)
	codes := p.lease(p.provider("text"), true)
	if len(rest) != 75 || len(codes) != 1 || codes[0].ID != code {
		t.Errorf("of a hundred a second %d went to the rest, and %d codes", len(rest), len(codes))
	}
}

// A report sets what arrived, and lets the next provider try what did not; a report of
// another provider, of another message or a second one changes nothing (rule M7).
func TestReportsOfProviders(t *testing.T) { onBoth(t, testReportsOfProviders) }

func testReportsOfProviders(t *testing.T) {
	t.Parallel()
	p, ctx := newPhones(t), t.Context()
	id, other := p.post(message.Booked), p.post(message.Changed)
	p.send()
	say := func(by message.ProviderID, id string, arrived bool) {
		t.Helper()
		must(t, p.ReportMessages(ctx, by, []store.Delivery{{ID: id, Arrived: arrived, Cause: "phone_off"}}))
	}
	say("text", id, true)
	p.is("of somebody else's", id, message.Sent, "talk")
	say("talk", id, true)
	say("talk", id, false)
	p.is("arrived, whatever comes after", id, message.Delivered, "talk")
	say("talk", other, false)
	p.is("did not arrive", other, message.Queued, "text")
	say("talk", other, false)
	p.is("said twice", other, message.Queued, "text")
	p.send()
	p.is("by the next", other, message.Sent, "text")
	say("text", other, false)
	p.is("did not arrive either", other, message.Failed, "text")
	say("text", "00000000000000000000000000000007", true)
}

// What another node answers late is right when it was taken, and nothing else.
func TestALateAnswerCountsWhenItWasTaken(t *testing.T) {
	onBoth(t, testALateAnswerCountsWhenItWasTaken)
}

func testALateAnswerCountsWhenItWasTaken(t *testing.T) {
	t.Parallel()
	p, ctx := newPhones(t), t.Context()
	nodes := p.nodes()
	late, young := nodes[0], nodes[len(nodes)-1]
	for i, answer := range []message.Answer{message.Refused, message.Taken} {
		p.post(message.Booked)
		lease := store.Lease{Provider: "talk", Most: 1, Life: time.Minute}
		old, err := late.LeaseMessages(ctx, lease)
		must(t, err)
		p.clock.Add(time.Minute)
		again, err := young.LeaseMessages(ctx, lease)
		must(t, err)
		must(t, late.NoteMessage(ctx, old[0], store.Told{Answer: answer}))
		m := p.standing(old[0].ID)
		want := message.Queued
		if answer == message.Taken || late == young { // one node: it is its own lease
			want = map[message.Answer]message.State{message.Taken: message.Sent, message.Refused: message.Queued}[answer]
		}
		if m.State != want || late != young && m.Provider != "talk" {
			t.Errorf("%d: after a late answer %+v", i, m)
		}
		must(t, young.NoteMessage(ctx, again[0], store.Told{Answer: message.Taken}))
	}
}
