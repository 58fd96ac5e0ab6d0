package campaign

import (
	"fmt"
	"reflect"

	"naru/internal/rulefile"
)

// amends applies rule C20: a campaign in force may give people more (vaccine, time,
// windows, days, speed, better words). What decided who stands where, who may
// book, or what is given stays.
func (p *parser) amends(before *Campaign) {
	c, m := p.c, p.root
	for _, k := range []struct {
		key  string
		same bool
	}{
		{"id", c.ID == before.ID},
		{"zone", c.Zone.String() == before.Zone.String()},
		{"disease", c.Disease == before.Disease},
		{"vaccine", c.Vaccine == before.Vaccine},
		{"doses", c.Doses == before.Doses},
		{"interval_days", c.IntervalDays == before.IntervalDays},
		{"guardian", c.Guardian == before.Guardian},
		{"guardian_for", reflect.DeepEqual(c.GuardianFor, before.GuardianFor)},
		{"cohorts", reflect.DeepEqual(whoIsIn(c), whoIsIn(before))},
		{"draw", c.Draw.Beacon == before.Draw.Beacon && c.Draw.Round == before.Draw.Round && c.Draw.RoundAt.Equal(before.Draw.RoundAt)},
	} {
		if !k.same {
			m.Fault(k.key, k.key+" of a campaign in force does not change", "put it back, or publish another campaign under an id of its own")
		}
	}
	p.amendsGate(before.Gate)
	p.amendsShots(before.Shots)
	p.amendsQuota(m, "quota", c.Quota, before.Quota)
	p.amendsWindows(before)
}

// whoIsIn are the cohorts without what is only shown or forecast.
func whoIsIn(c *Campaign) []Cohort {
	all := make([]Cohort, len(c.Cohorts))
	for i, k := range c.Cohorts {
		k.Title, k.People = nil, 0
		all[i] = k
	}
	return all
}

func (p *parser) amendsGate(before Gate) {
	m := p.root.Map("gate")
	if p.c.Gate.LobbyOpens != before.LobbyOpens {
		m.Fault("lobby_opens", "when the lobby opens was published and does not change", "write "+before.LobbyOpens.String())
	}
	if p.c.Gate.LobbyCloses != before.LobbyCloses {
		m.Fault("lobby_closes", "when the lobby closes was published and does not change", "write "+before.LobbyCloses.String())
	}
}

func (p *parser) amendsShots(before Shots) {
	m := p.root.Map("shots")
	if p.c.Shots.First != before.First {
		m.Fault("first", "the first day does not change", "write "+before.First.String())
	}
	if p.c.Shots.Last.Before(before.Last) {
		m.Fault("last", "the last day may move later only: people have booked", "write "+before.Last.String()+" or later")
	}
}

// amendsQuota lets a quota grow. One that comes later would not know who has booked.
func (p *parser) amendsQuota(m *rulefile.Map, key string, now, before *int) {
	switch {
	case now == nil && before == nil:
	case before == nil:
		m.Fault(key, "a quota cannot be added to a campaign in force", "remove it; the clinics' capacity bounds the bookings")
	case now == nil:
		m.Fault(key, "the quota was taken out", fmt.Sprintf("write quota: %d or more", *before))
	case *now < *before:
		m.Fault(key, fmt.Sprintf("the quota may grow only: %d people were promised a chance", *before), fmt.Sprintf("write %d or more", *before))
	}
}

// amendsWindows lets windows close later and new ones be added, none before the
// first opening.
func (p *parser) amendsWindows(before *Campaign) {
	now := map[string]Window{}
	for _, w := range p.c.Windows {
		now[w.Name] = w
	}
	for _, was := range before.Windows {
		w, there := now[was.Name]
		if !there {
			p.root.Fault("windows", fmt.Sprintf("the window %q is gone", was.Name), "put it back: people were told of it")
			continue
		}
		delete(now, was.Name)
		m := p.opened[was.Name]
		at := func(key string) string { // of a daily series all times are in one block
			if m.Has("daily") {
				return "daily"
			}
			return key
		}
		if !w.Opens.Equal(was.Opens) {
			m.Fault(at("opens"), fmt.Sprintf("the window %q opened at %s", was.Name, clock(was.Opens)), "put it back; naru campaign postpone moves the opening and keeps every place")
		}
		if w.Closes.Before(was.Closes) {
			m.Fault(at("closes"), fmt.Sprintf("the window %q may close later only", was.Name), "write "+clock(was.Closes)+" or later")
		}
		if !reflect.DeepEqual(w.Cohorts, was.Cohorts) || !reflect.DeepEqual(w.Rotation, was.Rotation) {
			m.Fault("cohorts", fmt.Sprintf("who may book in the window %q does not change", was.Name), "put it back, or add a window")
		}
		p.amendsQuota(m, "quota", w.Quota, was.Quota)
	}
	for name, w := range now {
		if w.Opens.Before(before.OpeningAt()) {
			p.opened[name].Fault("opens", fmt.Sprintf("the window %q opens before the first opening", name), "let it open at "+clock(before.OpeningAt())+" or later")
		}
	}
}
