// Package identity knows how well the providers that prove who somebody is are
// doing: their light, whether one may be asked now, and how many proofs they
// can carry together, which bounds how many people are admitted.
//
// It promises that the same observations at the same times give the same light,
// that a provider that does not answer is not asked by people until it has
// answered probes, and that a light never gets better faster than it is told
// to. It never speaks to a provider and reads no clock: observations and now
// come in, decisions go out. Rules I1 to I12 in docs/rules/identity.md.
package identity

import (
	"time"

	"naru/internal/fault"
)

// ID names a provider: a slug of the agency's file.
type ID string

// Kind is how a provider proves.
type Kind string

// The kinds.
const (
	Code     Kind = "code"     // a one-time code to the claimed phone
	Redirect Kind = "redirect" // the person goes to the provider and comes back with a signed answer
)

// Development is the issuer of the provider that a development server brings
// along. It proves nothing and runs on loopback addresses only.
const Development = "development"

// Provider is one way to prove who one is, as the agency's file describes it.
type Provider struct {
	ID        ID
	Name      map[string]string // by language
	Kind      Kind
	Issuer    string        // of a Redirect: its OpenID Connect issuer, or Development
	ClientID  string        // of a Redirect: who the agency is there
	PerSecond int           // proofs a second it carries on a normal day, all nodes together
	InFlight  int           // calls of one node that may wait for it at once
	Slow      time.Duration // an answer that takes this long is slow
	Deadline  time.Duration // and after this long it is none
}

// Stable tells whether the provider names the human with an identifier that
// stays (Korea: CI), whatever name or number they give.
func (p Provider) Stable() bool { return p.Kind == Redirect }

// Light is how a provider is doing, in the words people read on the page where
// they choose one: 원활, 지연, 혼잡, 중단.
type Light uint8

// The lights, from best to worst.
const (
	Smooth Light = iota
	Slow
	Congested
	Down
)

var lightNames = [...]string{"smooth", "slow", "congested", "down"}

// String is the light's name in the database and the catalogue.
func (l Light) String() string {
	if int(l) < len(lightNames) {
		return lightNames[l]
	}
	return lightNames[Down]
}

// ParseLight is the light of a name; a name nobody knows is Down (doubt means
// wait).
func ParseLight(name string) Light {
	for i, n := range lightNames {
		if n == name {
			return Light(i) //nolint:gosec // four names
		}
	}
	return Down
}

// carries is the share of its normal proofs that a provider with this light can
// take on.
func (l Light) carries() float64 {
	switch l {
	case Smooth:
		return 1
	case Slow:
		return 0.5
	case Congested:
		return 0.2
	}
	return 0
}

// Outcome is what became of one call to a provider.
type Outcome uint8

// The outcomes.
const (
	Answered  Outcome = iota // it did its work, whatever it said of the person
	Failed                   // it answered with an error of its own, or with what is no answer
	TimedOut                 // no answer by its deadline
	Abandoned                // the asker went away: says nothing about the provider
)

// down and busy are what people are told who cannot be sent to a provider now.
// Both cost them nothing: no attempt is counted, the place is kept.
func down() *fault.Error { return fault.New(fault.Unavailable, "identity.down") }
func busy() *fault.Error { return fault.New(fault.Unavailable, "identity.busy") }
