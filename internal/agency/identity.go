package agency

import (
	"fmt"
	"net/url"
	"slices"
	"time"

	"naru/internal/identity"
	"naru/internal/rulefile"
)

// identity reads what a claim is made of and who proves it (rules A5, A9).
func (a *Agency) identity(m *rulefile.Map) {
	defer m.Close()
	a.Claim = claim(m)
	for _, block := range m.Maps("providers") {
		p := a.provider(block)
		if slices.ContainsFunc(a.Providers, func(o identity.Provider) bool { return o.ID == p.ID && p.ID != "" }) {
			block.Fault("id", fmt.Sprintf("the provider %q is there twice", p.ID), "give each provider its own id")
		}
		if p.Kind == identity.Code && slices.ContainsFunc(a.Providers, func(o identity.Provider) bool { return o.Kind == identity.Code }) {
			block.Fault("kind", "there is a provider of codes already", "keep one: the phone is the same")
		}
		a.Providers = append(a.Providers, p)
	}
	for _, need := range []string{Name, BirthDate, Mobile} {
		if len(a.Claim) > 0 && slices.ContainsFunc(a.Providers, identity.Provider.Stable) && !slices.Contains(a.Claim, need) {
			m.Fault("claim", "the providers assert "+need+", the claim has none", "add "+need)
		}
	}
}

func claim(m *rulefile.Map) []string {
	known := []string{Name, BirthDate, Mobile}
	words := m.Words("claim")
	for i, w := range words {
		if w != "" && !slices.Contains(known, w) {
			m.FaultAt("claim", i, fmt.Sprintf("%q is not an attribute of a claim", w), "choose from name, birth_date, mobile")
		}
	}
	if len(words) > 0 && !slices.Contains(words, BirthDate) {
		m.Fault("claim", "birth_date is not among the attributes", "add birth_date: the campaigns ask for it")
	}
	return words
}

func (a *Agency) provider(m *rulefile.Map) identity.Provider {
	defer m.Close()
	p := identity.Provider{
		ID: identity.ID(m.Slug("id")), Name: a.Texts(m, "name"),
		Kind:      identity.Kind(m.Choice("kind", string(identity.Code), string(identity.Redirect))),
		PerSecond: m.Int("per_second", 1, 100_000), InFlight: m.Int("in_flight", 1, 10_000),
		Slow: m.Duration("slow", 100*time.Millisecond, time.Minute), Deadline: m.Duration("deadline", 500*time.Millisecond, time.Minute),
	}
	if p.Slow >= p.Deadline && p.Deadline > 0 {
		m.Fault("slow", "an answer is slow only after its deadline", "write a span shorter than deadline")
	}
	if p.Kind == identity.Redirect {
		p.Issuer, p.ClientID = m.Text("issuer"), m.Text("client_id")
		if p.Issuer != "" && p.Issuer != identity.Development && !isIssuer(p.Issuer) {
			m.Fault("issuer", fmt.Sprintf("%q is not an issuer", p.Issuer), "write its https address without a query, or development")
		}
	}
	return p
}

// isIssuer is what OpenID Connect Discovery allows: https, a host, no query and
// no fragment.
func isIssuer(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Scheme == "https" && u.Host != "" && u.User == nil && u.RawQuery == "" && u.Fragment == ""
}
