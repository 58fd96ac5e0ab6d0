package campaign

import (
	"fmt"

	"naru/internal/rulefile"
)

// quota reads how many people may book at most.
func quota(m *rulefile.Map) *int {
	n := m.Int("quota", 1, 1_000_000_000)
	return &n
}

// quota applies rule C19: one quota for all, or quotas of windows, and with any of
// them what people are to do when it is used up.
func (p *parser) quota() {
	m, c := p.root, p.c
	if m.Has("quota") {
		c.Quota = quota(m)
	}
	for _, w := range c.Windows {
		if c.Quota != nil && w.Quota != nil {
			p.opened[w.Name].Fault("quota", fmt.Sprintf("the window %q has a quota, and the campaign has one", w.Name), "keep the campaign's, or those of the windows")
			break
		}
	}
	switch {
	case m.Has("after_quota"):
		p.afterQuota(m.Map("after_quota"))
		if !c.Limited() {
			m.Fault("after_quota", "after_quota stands without a quota", "remove it, or add a quota")
		}
	case c.Limited():
		m.Fault("quota", "people are not told what to do when the quota is used up", "add an after_quota block with next (a text in each language) and, when it is known, opens")
	}
}

func (p *parser) afterQuota(m *rulefile.Map) {
	defer m.Close()
	p.c.AfterQuota.Next = p.agency.Texts(m, "next")
	if !m.Has("opens") {
		return
	}
	opens := m.LocalTime("opens", p.c.Zone)
	p.checkYear(m, "opens", opens)
	if len(p.c.Windows) > 0 && !opens.IsZero() && !opens.After(p.c.OpeningAt()) {
		m.Fault("opens", "the next opening is not after the first opening of this campaign", "correct the time")
	}
	p.c.AfterQuota.Opens = opens
}
