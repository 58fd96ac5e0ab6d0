package agency

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"naru/internal/caldate"
	"naru/internal/rulefile"
)

// Language is one language of the pages and how it writes days.
type Language struct {
	Code     string // ISO 639: "ko"
	Name     string // in itself: "한국어"
	Date     string // for example "{year}. {month}. {day}.({weekday})"
	Weekdays []string
	Months   []string // only where Date says {month_name}
}

// FormatDate writes a day in the language: "2021. 7. 26.(월)" or "Mon 26 July
// 2021". An unknown language gives the default one, the zero date nothing.
func (a *Agency) FormatDate(lang string, d caldate.Date) string {
	if d.IsZero() {
		return ""
	}
	l := a.Language(lang)
	name := ""
	if len(l.Months) == 12 {
		name = l.Months[d.Month-1]
	}
	return strings.NewReplacer(
		"{year}", strconv.Itoa(d.Year),
		"{month}", strconv.Itoa(int(d.Month)),
		"{month_name}", name,
		"{day}", strconv.Itoa(d.Day),
		"{weekday}", l.Weekdays[d.Weekday()],
	).Replace(l.Date)
}

// FormatTime writes what the clock in the agency's zone shows, "18:00", on
// twenty-four hours in every language.
func (a *Agency) FormatTime(t time.Time) string { return t.In(a.Zone).Format("15:04") }

// FormatDateTime is FormatDate and FormatTime of one instant in the agency's
// zone; the zero time gives nothing.
func (a *Agency) FormatDateTime(lang string, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return a.FormatDate(lang, caldate.Of(t, a.Zone)) + " " + a.FormatTime(t)
}

// Localise turns the values of a message into words of the language: days,
// instants and Texts are written out, everything else stays as it is. Domains
// give such values in the Args of their decisions and faults.
func (a *Agency) Localise(lang string, args map[string]any) map[string]any {
	out := make(map[string]any, len(args))
	for name, value := range args {
		switch v := value.(type) {
		case caldate.Date:
			out[name] = a.FormatDate(lang, v)
		case time.Time:
			out[name] = a.FormatDateTime(lang, v)
		case Texts:
			out[name] = a.In(lang, v)
		default:
			out[name] = v
		}
	}
	return out
}

func languages(root *rulefile.Map) []Language {
	var all []Language
	for _, m := range root.Maps("languages") {
		l := Language{Code: m.Text("code"), Name: m.Text("name"), Date: m.Text("date"), Weekdays: m.Words("weekdays")}
		if l.Code != "" && !languageForm.MatchString(l.Code) {
			m.Fault("code", "not a language code", "write two or three small letters of ISO 639, for example ko")
		}
		if slices.ContainsFunc(all, func(o Language) bool { return o.Code == l.Code && l.Code != "" }) {
			m.Fault("code", fmt.Sprintf("the language %q is there twice", l.Code), "keep one")
		}
		if n := len(l.Weekdays); n != 7 && n != 0 {
			m.Fault("weekdays", fmt.Sprintf("%d names of weekdays", n), "list seven, from Sunday")
		}
		l.Months = months(m, l.Date)
		checkDateForm(m, l.Date)
		m.Close()
		all = append(all, l)
	}
	return all
}

func months(m *rulefile.Map, form string) []string {
	if !m.Has("months") && !strings.Contains(form, "{month_name}") {
		return nil
	}
	names := m.Words("months")
	if n := len(names); n != 12 && n != 0 {
		m.Fault("months", fmt.Sprintf("%d names of months", n), "list twelve, from January")
	}
	return names
}

func checkDateForm(m *rulefile.Map, form string) {
	rest := strings.NewReplacer("{year}", "", "{month}", "", "{month_name}", "", "{day}", "", "{weekday}", "").Replace(form)
	switch {
	case form == "":
	case strings.ContainsAny(rest, "{}"):
		m.Fault("date", "a word in braces that is not known", "use {year}, {month}, {month_name}, {day}, {weekday}")
	case !strings.Contains(form, "{year}") || !strings.Contains(form, "{month") || !strings.Contains(form, "{day}"):
		m.Fault("date", "the form lacks the year, the month or the day", "use {year}, {month} or {month_name}, and {day}")
	}
}
