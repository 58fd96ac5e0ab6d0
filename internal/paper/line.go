package paper

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"naru/internal/caldate"
	"naru/internal/credential"
)

// Line is one thing that a certificate says.
type Line struct{ Term, Value string }

// Title is what the certificate is.
func (c Certificate) Title(w Words) string {
	kind := credential.KindVaccination
	if c.hc1 != nil {
		kind = c.hc1.DCC.Kind()
	}
	return w.say("paper.title_" + string(kind))
}

// Lines are what the certificate says, the person first. What it does not say is left out.
func (c Certificate) Lines(w Words) []Line {
	l := lines{words: w}
	if c.hc1 != nil {
		l.certificate(c.hc1)
	} else {
		l.card(c.card)
	}
	return l.all
}

type lines struct {
	words Words
	all   []Line
}

func (l *lines) add(id, value string) {
	if value != "" {
		l.all = append(l.all, Line{l.words.say(id), value})
	}
}

// day writes a date in the reader's way; what is no whole date stays as it is.
func (l *lines) day(text string) string {
	d, err := caldate.Parse(text)
	if err != nil {
		return text
	}
	return l.words.Agency.FormatDate(l.words.Lang, d)
}

func (l *lines) end(at time.Time) {
	if !at.IsZero() {
		l.add("paper.until", l.words.Agency.FormatDateTime(l.words.Lang, at))
	}
}

func (l *lines) certificate(h *credential.HC1) {
	d := &h.DCC
	l.name(d.Name)
	l.add("paper.born", l.day(d.Born))
	switch d.Kind() {
	case credential.KindVaccination:
		l.vaccination(d.Vaccinations[0])
	case credential.KindTest:
		l.test(d.Tests[0])
	case credential.KindRecovery:
		x := d.Recoveries[0]
		l.add("paper.disease", l.disease(x.Target))
		l.add("paper.positive", l.day(x.Positive))
		l.span(x.From, x.Until)
		l.by(x.Country, x.Issuer, x.ID)
	case credential.KindExemption:
		x := d.Exemptions[0]
		l.add("paper.disease", l.disease(x.Target))
		l.span(x.From, x.Until)
		l.by(x.Country, x.Issuer, x.ID)
	}
	l.end(h.Expires)
}

// name prints the name as it is written where the font has its letters, and always in the
// letters of passports.
func (l *lines) name(n credential.Name) {
	written := join(n.Family, n.Given)
	if canPrint(written) {
		l.add("paper.name", written)
	}
	latin := strings.TrimSuffix(n.FamilyStandard+", "+n.GivenStandard, ", ")
	l.add("paper.name_latin", strings.TrimPrefix(strings.ReplaceAll(latin, "<", " "), ", "))
}

// join writes family name and given name: Korean ones without a space.
func join(family, given string) string {
	if r := []rune(family + given); len(r) > 0 && r[0] >= '가' && r[0] <= '힣' {
		return family + given
	}
	return strings.TrimSpace(family + " " + given)
}

func (l *lines) disease(code string) string {
	if code == "840539006" {
		return l.words.say("paper.covid19")
	}
	return code
}

func (l *lines) vaccination(v credential.Vaccination) {
	l.add("paper.disease", l.disease(v.Target))
	l.add("paper.product", l.product(func(code, _ string) bool { return code == v.Product }, v.Product))
	l.add("paper.dose", l.words.say("paper.dose_of", "Number", int(v.Dose), "Of", int(v.Doses)))
	l.add("paper.day", l.day(v.Date))
	l.by(v.Country, v.Issuer, v.ID)
}

// product is the agency's name of a product, and where it has none, the code.
func (l *lines) product(is func(eu, cvx string) bool, code string) string {
	for _, v := range l.words.Agency.Vaccines {
		if is(v.Codes.Product, v.Codes.CVX) {
			return l.words.Agency.In(l.words.Lang, v.Name)
		}
	}
	return code
}

func (l *lines) test(x credential.Test) {
	l.add("paper.disease", l.disease(x.Target))
	kind := x.Type
	switch x.Type {
	case "LP6464-4":
		kind = l.words.say("record.method_pcr")
	case "LP217198-3":
		kind = l.words.say("record.method_antigen")
	}
	l.add("record.method", cmp.Or(x.Name, kind))
	sampled := x.Sampled
	if at, err := time.Parse(time.RFC3339, sampled); err == nil {
		sampled = l.words.Agency.FormatDateTime(l.words.Lang, at)
	}
	l.add("record.sampled", sampled)
	result := x.Result
	switch x.Result {
	case "260415000":
		result = l.words.say("record.result_negative")
	case "260373001":
		result = l.words.say("record.result_positive")
	}
	l.add("record.result", result)
	l.by(x.Country, x.Issuer, x.ID)
}

func (l *lines) span(from, until string) {
	l.add("paper.from", l.day(from))
	l.add("paper.to", l.day(until))
}

func (l *lines) by(country, issuer, id string) {
	l.add("paper.country", country)
	if canPrint(issuer) {
		l.add("paper.issuer", issuer)
	}
	l.add("paper.id", id)
}

func (l *lines) card(c *credential.Card) {
	for _, p := range c.Patients {
		if name := join(p.Family, p.Given); canPrint(name) {
			l.add("paper.name", name)
		}
		l.add("paper.born", l.day(p.Born))
	}
	for i, d := range c.Doses {
		product := l.product(func(_, cvx string) bool { return cvx == d.Code }, d.Code)
		l.all = append(l.all, Line{l.words.say("record.dose_n", "Number", strconv.Itoa(i+1)), product + ", " + l.day(d.Date)})
	}
	l.add("paper.issuer", c.Issuer)
	l.end(c.Expires)
}
