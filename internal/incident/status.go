package incident

import (
	"slices"
	"time"
)

// Probe is one look at a channel from outside.
type Probe struct {
	Channel Channel
	Region  string // of where it was done; "" for one that stands for all
	At      time.Time
	Degree  Degree
	Took    time.Duration
}

// ProbeLife is how long a probe speaks for what it saw.
const ProbeLife = 2 * time.Minute

// Status is how a channel is, in a word, and by what that is known.
type Status struct {
	Channel  Channel
	Degree   Degree
	Known    bool      // a probe or an incident says so; false: nobody has looked lately
	Since    time.Time // of the oldest open incident, or of the probe
	Incident ID        // "" for none
	Seen     time.Time // the newest probe
}

// StatusAt is the worse of what people declared and what probes saw (rule N5): an
// incident cannot make green what a probe sees red, nor the other way round.
func StatusAt(channel Channel, all []Incident, probes []Probe, at time.Time) Status {
	s := Status{Channel: channel, Degree: Working}
	for _, p := range probes {
		if p.Channel != channel || p.At.After(at) || at.Sub(p.At) > ProbeLife {
			continue
		}
		s.Known = true
		if p.Degree != Working && (s.Since.IsZero() || p.At.Before(s.Since)) {
			s.Since = p.At
		}
		s.Degree = Worse(s.Degree, newest(probes, p, at))
		if p.At.After(s.Seen) {
			s.Seen = p.At
		}
	}
	for _, i := range all {
		d := i.DegreeAt(at)
		if !slices.Contains(i.Channels, channel) || d == Working {
			continue
		}
		s.Known = true
		if s.Incident == "" || i.Began.Before(s.Since) {
			s.Incident, s.Since = i.ID, i.Began
		}
		s.Degree = Worse(s.Degree, d)
	}
	if s.Degree == Working {
		s.Since = time.Time{}
	}
	return s
}

// newest is what the newest probe of the same place saw.
func newest(probes []Probe, of Probe, at time.Time) Degree {
	last := of
	for _, p := range probes {
		if p.Channel == of.Channel && p.Region == of.Region && p.At.After(last.At) && !p.At.After(at) {
			last = p
		}
	}
	return last.Degree
}

// Answer is what can be said about a moment that is past.
type Answer string

// The answers.
const (
	Failing    Answer = "failing"
	NotFailing Answer = "not failing"
	Unknown    Answer = "unknown"
)

// Evidence is what was recorded about a channel in a region at a moment, and what
// follows from it: an inspector asks whether a check was impossible (rule N6).
type Evidence struct {
	Channel   Channel   `json:"channel"`
	Region    string    `json:"region"`
	At        time.Time `json:"at"`
	Answer    Answer    `json:"answer"`
	Incidents []ID      `json:"incidents,omitempty"`
	Probes    []Probe   `json:"probes,omitempty"` // those that speak for the moment
	Modes     []string  `json:"modes,omitempty"`  // what was acceptable
}

// Was answers "was it failing there at that time?". Failing: an incident covered it, or
// a probe that speaks for the region saw it. Not failing: probes looked, saw it
// working, and nothing was declared. Else it is unknown.
func Was(channel Channel, region string, at time.Time, all []Incident, probes []Probe) Evidence {
	e := Evidence{Channel: channel, Region: region, At: at, Answer: Unknown}
	for _, p := range probes {
		if p.Channel != channel || p.Region != "" && p.Region != region || p.At.Sub(at).Abs() > ProbeLife {
			continue
		}
		e.Probes = append(e.Probes, p)
		if p.Degree != Working {
			e.Answer = Failing
		} else if e.Answer == Unknown {
			e.Answer = NotFailing
		}
	}
	for _, i := range all {
		if slices.Contains(i.Channels, channel) && i.Area.Covers(region) && i.DegreeAt(at) != Working {
			e.Incidents = append(e.Incidents, i.ID)
			e.Answer = Failing
		}
	}
	for _, m := range Acceptable(all, at, region, channel) {
		e.Modes = append(e.Modes, m.ID)
	}
	return e
}
