package campaign

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"naru/internal/agency"
	"naru/internal/caldate"
	"naru/internal/rulefile"
)

// The earliest and latest years a campaign file may speak of; anything else is
// a slip of the pen.
var (
	earliest = caldate.Date{Year: 1880, Month: time.January, Day: 1}
	latest   = caldate.Date{Year: 2199, Month: time.December, Day: 31}
)

// maxID is the longest campaign id. The waiting room puts the id on a board of
// bounded size (rule G18) and into the label of its keys; a longer one would
// stop the server when the campaign is published, so the file is refused here.
const maxID = 32

// parser carries what the parts of one file need from each other.
type parser struct {
	root   *rulefile.Map
	agency *agency.Agency
	c      *Campaign
	// blocks are the places of cohorts, for faults that show only at the end.
	blocks []*rulefile.Map
	// opened are the blocks of windows, by the window's name.
	opened map[string]*rulefile.Map
}

// Parse reads one campaign file by the words of the agency. Its error is
// rulefile.Faults with every fault of the file, by place; a Campaign is
// returned only when there is none (rules C1 to C9, C19).
func Parse(data []byte, a *agency.Agency) (*Campaign, error) { return parse(data, a, nil) }

// ParseAmendment is Parse for a file that is to take the place of one in force: what
// may not change any more is a fault of the file too (rule C20). Both are as
// written, not shifted.
func ParseAmendment(data []byte, a *agency.Agency, inForce *Campaign) (*Campaign, error) {
	return parse(data, a, inForce)
}

func parse(data []byte, a *agency.Agency, inForce *Campaign) (*Campaign, error) {
	file, root := rulefile.Read(data)
	sum := sha256.Sum256(data)
	p := &parser{root: root, agency: a, c: &Campaign{SHA256: hex.EncodeToString(sum[:])}}
	p.head()
	p.vaccine()
	p.cohorts()
	p.guardianFor()
	p.windows()
	p.quota()
	p.shots()
	p.gate()
	p.draw()
	root.Close()
	if inForce != nil && file.Err() == nil {
		p.amends(inForce)
	}
	if err := file.Err(); err != nil {
		return nil, err
	}
	return p.c, nil
}

func (p *parser) head() {
	p.c.ID = p.id()
	p.c.Zone = p.root.Zone("zone")
	p.agency.CheckZone(p.root, "zone", p.c.Zone)
	p.c.Title = p.agency.Texts(p.root, "title")
	p.c.Supply = Supply(p.root.Choice("supply", string(Enough), string(Limited)))
	p.c.Guardian = p.root.Bool("guardian")
	p.c.Private = p.root.Has("private") && p.root.Bool("private")
}

func (p *parser) id() ID {
	id := p.root.Slug("id")
	if len(id) > maxID {
		p.root.Fault("id", fmt.Sprintf("the id has %d signs, the most is %d", len(id), maxID), "shorten it, for example covid19-2021-07-12")
		return ""
	}
	return ID(id)
}

// vaccine applies rule C5: a vaccine the agency has, for that disease, with no
// more doses than its series and an interval that the label allows.
func (p *parser) vaccine() {
	m, c := p.root, p.c
	c.Disease, c.Vaccine, c.Doses = m.Slug("disease"), m.Text("vaccine"), m.Int("doses", 1, 5)
	v, ok := p.agency.Vaccines[c.Vaccine]
	if m.Has("interval_days") || c.Doses > 1 && len(v.Intervals) == 0 {
		c.IntervalDays = m.Int("interval_days", 1, 3650)
	}
	if c.Doses == 1 && m.Has("interval_days") {
		m.Fault("interval_days", "a single dose has no interval", "remove it, or correct doses")
	}
	if !ok {
		p.unknownVaccine(m, "vaccine", c.Vaccine)
		return
	}
	if c.Disease != "" && c.Disease != v.Disease {
		m.Fault("disease", fmt.Sprintf("%s is a vaccine against %s, not %s", v.Code, v.Disease, c.Disease), "correct the disease or the vaccine")
	}
	if c.Doses > v.Doses {
		m.Fault("doses", fmt.Sprintf("%d doses, but the series of %s has %d", c.Doses, v.Code, v.Doses), "correct doses or the vaccine")
	}
	if c.Doses < 2 {
		return
	}
	c.Intervals = p.intervals(v)
	if c.IntervalDays == 0 {
		return
	}
	if c.IntervalDays < v.MinIntervalDays || v.MaxIntervalDays > 0 && c.IntervalDays > v.MaxIntervalDays {
		m.Fault("interval_days", fmt.Sprintf("%d days is not within the label of %s", c.IntervalDays, v.Code), "write "+label(v))
	}
}

// intervals are the campaign's own and what it says of their changes, or those of the
// vaccine (rule C28).
func (p *parser) intervals(v agency.Vaccine) agency.Intervals {
	m, days := p.root, p.c.IntervalDays
	if days == 0 {
		if m.Has("intervals") {
			m.Fault("intervals", "there is nothing that they change", "write interval_days: what holds at first")
		}
		return v.Intervals
	}
	own := agency.Intervals{{Days: days, Min: days, Max: v.MaxIntervalDays}}
	if m.Has("intervals") {
		own = append(own, agency.ReadIntervals(m, v)...)
	}
	return own
}

func label(v agency.Vaccine) string {
	if v.MaxIntervalDays == 0 {
		return fmt.Sprintf("%d days or more", v.MinIntervalDays)
	}
	return fmt.Sprintf("%d to %d days", v.MinIntervalDays, v.MaxIntervalDays)
}

func (p *parser) unknownVaccine(m *rulefile.Map, key, code string) {
	if code == "" {
		return
	}
	var codes []string
	for known := range p.agency.Vaccines {
		codes = append(codes, known)
	}
	slices.Sort(codes)
	mend := fmt.Sprintf("write one of %v, or add it to the agency file", codes)
	if near, ok := rulefile.Nearest(code, codes); ok {
		mend = fmt.Sprintf("did you mean %q?", near)
	}
	m.Fault(key, fmt.Sprintf("the agency has no vaccine %q", code), mend)
}

// shots applies rule C8.
func (p *parser) shots() {
	m := p.root.Map("shots")
	defer m.Close()
	s := Shots{First: p.date(m, "first"), Last: p.date(m, "last")}
	p.c.Shots = s
	if s.First.IsZero() || s.Last.IsZero() {
		return
	}
	if s.Last.Before(s.First) {
		m.Fault("last", "the last day of the shots is before the first", "correct one of the two")
	}
	if s.First.DaysUntil(s.Last) > 366 {
		m.Fault("last", "the shots last longer than 366 days", "correct one of the two, or make two campaigns")
	}
	if len(p.c.Windows) == 0 || p.c.Windows[0].Opens.IsZero() || p.c.Zone == nil {
		return
	}
	if opening := caldate.Of(p.c.OpeningAt(), p.c.Zone); !opening.Before(s.First) {
		m.Fault("first", fmt.Sprintf("the first shot is not after the day of the first opening, %s", opening), "choose "+opening.AddDays(1).String()+" or later")
	}
}

// date reads a day within the years a campaign can speak of.
func (p *parser) date(m *rulefile.Map, key string) caldate.Date {
	d := m.Date(key)
	if !d.IsZero() && (d.Before(earliest) || d.After(latest)) {
		m.Fault(key, fmt.Sprintf("the year of %s cannot be meant", d), fmt.Sprintf("write a day from %s to %s", earliest, latest))
		return caldate.Date{}
	}
	return d
}
