// Package rulebook reads the files in which an agency writes its entry rules and
// makes rule sets of them, as they are signed and handed out.
//
// It promises to name every fault of a file with line, column and mend, like all rule
// files (docs/adr/0006), and that what it returns answers. It is kept apart from
// package rule so that a scanner carries no reader of YAML. Rules L1 to L3 in
// docs/rules/rule.md.
package rulebook

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"naru/internal/rule"
	"naru/internal/rulefile"
)

// Parse reads one file. Its error is rulefile.Faults, or what rule.Set.Check says.
// languages are those in which every sentence is needed.
func Parse(data []byte, languages []string) (*rule.Set, error) {
	file, root := rulefile.Read(data)
	p := &parser{root: root, languages: languages, groups: map[string][]string{}, set: &rule.Set{}}
	p.head()
	p.facilities()
	p.proofs()
	p.requirements()
	p.gatherings()
	p.penalties()
	p.waivers()
	p.sentences()
	root.Close()
	if err := file.Err(); err != nil {
		return nil, err
	}
	if err := p.set.Check(); err != nil {
		return nil, err
	}
	return p.set, nil
}

// offsetYears is how far ahead the changes of summer time are written out.
const offsetYears = 10

// offsets are a zone's changes from a moment on.
func offsets(from time.Time, zone *time.Location) []rule.Offset {
	if zone == nil || from.IsZero() {
		return nil
	}
	_, seconds := from.In(zone).Zone()
	all := []rule.Offset{{From: from.UTC(), Seconds: seconds}}
	for at, end := from.UTC().Truncate(time.Hour), from.AddDate(offsetYears, 0, 0); at.Before(end); at = at.Add(time.Hour) {
		if _, now := at.In(zone).Zone(); now != seconds && at.After(from) {
			seconds = now
			all = append(all, rule.Offset{From: at, Seconds: now})
		}
	}
	return all
}

type parser struct {
	root       *rulefile.Map
	languages  []string
	set        *rule.Set
	zone       *time.Location
	parameters map[string]any
	groups     map[string][]string
}

func (p *parser) text(m *rulefile.Map, key string) rule.Text {
	block := m.Map(key)
	defer block.Close()
	t := rule.Text{}
	for _, lang := range p.languages {
		t[lang] = block.Text(lang)
	}
	return t
}

func (p *parser) head() {
	p.set.ID = p.root.Slug("id")
	if p.zone = p.root.Zone("zone"); p.zone != nil {
		p.set.Zone = p.zone.String()
	}
	p.set.From = p.root.LocalTime("from", p.zone)
	p.set.Offsets = offsets(p.set.From, p.zone)
	p.set.Title = p.text(p.root, "title")
	p.parameters = map[string]any{}
	if p.root.Has("parameters") {
		m := p.root.Map("parameters")
		for _, name := range m.Keys() {
			p.parameters[name] = m.Value(name)
		}
		m.Close()
	}
}

func (p *parser) facilities() {
	m := p.root.Map("facilities")
	for _, id := range m.Keys() {
		p.set.Facilities = append(p.set.Facilities, rule.Facility{ID: id, Name: p.text(m, id)})
	}
	m.Close()
	groups := p.root.Map("groups")
	for _, name := range groups.Keys() {
		p.groups[name] = groups.Words(name)
	}
	groups.Close()
}

// places are the facilities of the groups that are named.
func (p *parser) places(m *rulefile.Map) []string {
	var all []string
	for i, group := range m.Words("facilities") {
		members, known := p.groups[group]
		if !known {
			m.FaultAt("facilities", i, fmt.Sprintf("there is no group %q", group), "name one under groups")
		}
		for _, f := range members {
			if !slices.Contains(all, f) {
				all = append(all, f)
			}
		}
	}
	return all
}

func (p *parser) span(m *rulefile.Map) rule.Span {
	s := rule.Span{From: m.LocalTime("from", p.zone)}
	if m.Has("until") {
		s.Until = m.LocalTime("until", p.zone)
	}
	return s
}

func (p *parser) area(m *rulefile.Map) rule.Area {
	var a rule.Area
	if m.Has("regions") {
		a.Regions = m.Words("regions")
	}
	if m.Has("except") {
		a.Except = m.Words("except")
	}
	return a
}

// logic reads an expression; {param: name} stands for a parameter.
func (p *parser) logic(m *rulefile.Map, key string) rule.Logic {
	raw := m.Value(key)
	if raw == nil {
		return rule.Logic{}
	}
	filled, err := p.fill(raw)
	var text []byte
	if err == nil {
		text, err = json.Marshal(filled)
	}
	var l rule.Logic
	if err == nil {
		l, err = rule.NewLogic(text)
	}
	if err != nil {
		m.Fault(key, err.Error(), "write it in CertLogic")
	}
	return l
}

func (p *parser) fill(v any) (any, error) {
	var errs []error
	switch x := v.(type) {
	case []any:
		for i := range x {
			var err error
			x[i], err = p.fill(x[i])
			errs = append(errs, err)
		}
	case map[string]any:
		if name, ok := x["param"].(string); ok && len(x) == 1 {
			value, known := p.parameters[name]
			if !known {
				return nil, fmt.Errorf("there is no parameter %q", name)
			}
			return value, nil
		}
		for k := range x {
			var err error
			x[k], err = p.fill(x[k])
			errs = append(errs, err)
		}
	}
	return v, errors.Join(errs...)
}
