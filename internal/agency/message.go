package agency

import (
	"fmt"
	"net/url"
	"slices"
	"time"

	"naru/internal/message"
	"naru/internal/rulefile"
)

// messages reads who carries messages, when nobody is woken up and when people are
// reminded (rule A10). An agency that says nothing has the plan of development.
func messages(root *rulefile.Map) message.Plan {
	if !root.Has("messages") {
		return message.DefaultPlan()
	}
	m := root.Map("messages")
	defer m.Close()
	p := message.Plan{}
	for _, block := range m.Maps("providers") {
		one := messageProvider(block)
		if _, twice := p.Provider(one.ID); twice && one.ID != "" {
			block.Fault("id", fmt.Sprintf("the provider %q is there twice", one.ID), "give each provider its own id")
		}
		p.Providers = append(p.Providers, one)
	}
	p.Codes, p.Others = route(m, "codes", p), route(m, "others", p)
	q := m.Map("quiet")
	p.Quiet = message.Quiet{From: minutes(q, "from"), To: minutes(q, "to")}
	q.Close()
	if m.Has("reminders") {
		for _, block := range m.Maps("reminders") {
			p.Reminders = append(p.Reminders, reminder(block, p))
		}
	}
	return p
}

func messageProvider(m *rulefile.Map) message.Provider {
	defer m.Close()
	p := message.Provider{
		ID: message.ProviderID(m.Slug("id")), URL: m.Text("url"),
		Channel:   message.Channel(m.Choice("channel", string(message.Text), string(message.Talk))),
		PerSecond: m.Int("per_second", 1, 100_000), InFlight: m.Int("in_flight", 4, 1000),
		Deadline: m.Duration("deadline", 500*time.Millisecond, time.Minute),
	}
	if p.URL != "" && p.URL != message.Development && !isProviderURL(p.URL) {
		m.Fault("url", fmt.Sprintf("%q is not an address to send to", p.URL), "write an https address (http on this machine only), or development")
	}
	return p
}

// isProviderURL allows http to a relay on this machine: what it sends is not seen by
// a network.
func isProviderURL(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && slices.Contains([]string{"127.0.0.1", "::1", "localhost"}, u.Hostname())
}

func route(m *rulefile.Map, key string, p message.Plan) (all []message.ProviderID) {
	for i, w := range m.Words(key) {
		if _, known := p.Provider(message.ProviderID(w)); !known && w != "" {
			m.FaultAt(key, i, fmt.Sprintf("there is no provider %q", w), "name one of messages.providers")
		}
		all = append(all, message.ProviderID(w))
	}
	return all
}

func reminder(m *rulefile.Map, p message.Plan) message.Reminder {
	defer m.Close()
	r := message.Reminder{Days: m.Int("days", 0, 1), At: minutes(m, "at")}
	at := time.Date(2021, 1, 4, r.At/60, r.At%60, 0, 0, time.UTC)
	if !p.Quiet.Until(at, time.UTC).Equal(at) {
		m.Fault("at", "this is in the quiet hours", "choose a time outside them")
	}
	if slices.ContainsFunc(p.Reminders, func(o message.Reminder) bool { return o.Days == r.Days }) {
		m.Fault("days", "there is a reminder of that day already", "keep one")
	}
	return r
}

func minutes(m *rulefile.Map, key string) int {
	hour, minute := m.Clock(key)
	return max(0, hour*60+minute)
}
