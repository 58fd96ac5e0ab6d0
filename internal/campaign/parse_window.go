package campaign

import (
	"fmt"
	"slices"
	"time"

	"naru/internal/caldate"
	"naru/internal/rulefile"
)

const (
	rotationWord  = "day-of-birth-digit"
	maxDaily      = 62
	maxWindows    = 400
	longestWindow = 366 * 24 * time.Hour
)

// placed is a window and the block it came from; a daily series makes several
// of one block.
type placed struct {
	Window
	block *rulefile.Map
	key   string // where a fault of its times is shown
}

func (p *parser) windows() {
	var all []placed
	names := map[string]bool{}
	for i, m := range p.root.Maps("windows") {
		if len(all) > maxWindows {
			p.root.FaultAt("windows", i, fmt.Sprintf("more than %d windows", maxWindows), "make several campaigns")
			break
		}
		series := p.window(m)
		for _, w := range series {
			if w.Name != "" && names[w.Name] {
				m.Fault("name", fmt.Sprintf("the window %q is there twice", w.Name), "give each window its own name")
			}
			names[w.Name] = true
		}
		all = append(all, series...)
	}
	slices.SortStableFunc(all, func(a, b placed) int { return a.Opens.Compare(b.Opens) })
	p.overlaps(all)
	p.opened = map[string]*rulefile.Map{}
	for _, w := range all {
		p.c.Windows = append(p.c.Windows, w.Window)
		p.opened[w.Name] = w.block
	}
	p.everyCohort()
}

func (p *parser) window(m *rulefile.Map) []placed {
	defer m.Close()
	w := Window{Name: m.Slug("name"), Cohorts: p.windowCohorts(m)}
	if m.Has("quota") {
		w.Quota = quota(m)
	}
	rotates := m.Has("rotation") && m.Choice("rotation", rotationWord) != ""
	var series []placed
	if m.Has("daily") {
		if m.Has("opens") || m.Has("closes") {
			m.Fault("daily", "daily stands beside opens or closes", "keep daily alone, or opens and closes")
		}
		series = p.daily(m, w)
	} else {
		w.Opens, w.Closes = m.LocalTime("opens", p.c.Zone), m.LocalTime("closes", p.c.Zone)
		p.checkSpan(m, "closes", w)
		p.checkYear(m, "opens", w.Opens)
		p.checkYear(m, "closes", w.Closes)
		series = []placed{{w, m, "opens"}}
	}
	if rotates && p.c.Zone != nil {
		for i := range series {
			if series[i].Opens.IsZero() {
				continue // a fault is noted
			}
			series[i].Rotation = &Rotation{Digit: caldate.Of(series[i].Opens, p.c.Zone).Day % 10}
		}
	}
	return series
}

// daily expands a series: one window for each day, opening on that day and
// closing on the same day or, when the closing time is not later, on the next.
func (p *parser) daily(parent *rulefile.Map, w Window) []placed {
	m := parent.Map("daily")
	defer m.Close()
	first, last := p.date(m, "first"), p.date(m, "last")
	openHour, openMin := m.Clock("opens")
	closeHour, closeMin := m.Clock("closes")
	broken := []placed{{w, parent, "daily"}} // so that nobody complains of a missing window as well
	if first.IsZero() || last.IsZero() {
		return broken
	}
	if n := first.DaysUntil(last); n < 0 || n >= maxDaily {
		m.Fault("last", fmt.Sprintf("from %s to %s is not 1 to %d days", first, last, maxDaily), "correct one of the two")
		return broken
	}
	over := 0
	if closeHour*60+closeMin <= openHour*60+openMin {
		over = 1
	}
	var series []placed
	for day := first; !day.After(last); day = day.AddDays(1) {
		d := w
		if w.Name != "" {
			d.Name = w.Name + "-" + day.String()
		}
		d.Opens = m.Instant("opens", day, openHour, openMin, p.c.Zone)
		d.Closes = m.Instant("closes", day.AddDays(over), closeHour, closeMin, p.c.Zone)
		p.checkSpan(m, "closes", d)
		series = append(series, placed{d, parent, "daily"})
	}
	return series
}

func (p *parser) windowCohorts(m *rulefile.Map) []string {
	words := m.Words("cohorts")
	var known []string
	for _, k := range p.c.Cohorts {
		known = append(known, k.Name)
	}
	for i, w := range words {
		if w == "" || slices.Contains(known, w) {
			continue
		}
		mend := "name one of the cohorts above"
		if near, ok := rulefile.Nearest(w, known); ok {
			mend = fmt.Sprintf("did you mean %q?", near)
		}
		m.FaultAt("cohorts", i, fmt.Sprintf("there is no cohort %q", w), mend)
	}
	return words
}

// checkSpan applies the first half of rule C6.
func (p *parser) checkSpan(m *rulefile.Map, key string, w Window) {
	if w.Opens.IsZero() || w.Closes.IsZero() {
		return
	}
	switch span := w.Closes.Sub(w.Opens); {
	case span <= 0:
		m.Fault(key, "the window closes before it opens", "correct one of the two")
	case span > longestWindow:
		m.Fault(key, "the window is open for more than 366 days", "correct one of the two")
	}
}

func (p *parser) checkYear(m *rulefile.Map, key string, t time.Time) {
	if t.IsZero() {
		return
	}
	if d := caldate.Of(t, time.UTC); d.Before(earliest) || d.After(latest) {
		m.Fault(key, fmt.Sprintf("the year of %s cannot be meant", d), fmt.Sprintf("write a day from %s to %s", earliest, latest))
	}
}
