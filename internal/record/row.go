package record

import (
	"strconv"
	"time"

	"naru/internal/caldate"
	"naru/internal/fault"
)

// Row is one line of a bulk file: whose, by id or by claim, and one fact. The names are
// those of the columns of CSV and of the members of NDJSON.
type Row struct {
	Kind       string `json:"kind"`
	PersonID   string `json:"person_id"` // of somebody who is known; then the claim is not read
	Name       string `json:"name"`
	BirthDate  string `json:"birth_date"`
	Mobile     string `json:"mobile"`
	Product    string `json:"product"`
	Number     int    `json:"number"`
	Of         int    `json:"of"`
	Day        string `json:"day"`
	At         string `json:"at"` // RFC 3339, as all instants
	Lot        string `json:"lot"`
	Site       string `json:"site"`
	Vaccinator string `json:"vaccinator"`
	Clinic     string `json:"clinic"`
	Country    string `json:"country"`
	Disease    string `json:"disease"`
	Method     string `json:"method"`
	Result     string `json:"result"`
	SampledAt  string `json:"sampled_at"`
	NotifiedAt string `json:"notified_at"`
	Positive   string `json:"positive"`
	Released   string `json:"released"`
	Ground     string `json:"ground"`
	From       string `json:"from"`
	Until      string `json:"until"`
}

// columns are where the fields of a row are, by their names.
var columns = map[string]func(*Row) any{
	"kind": func(r *Row) any { return &r.Kind }, "person_id": func(r *Row) any { return &r.PersonID },
	"name": func(r *Row) any { return &r.Name }, "birth_date": func(r *Row) any { return &r.BirthDate },
	"mobile": func(r *Row) any { return &r.Mobile }, "product": func(r *Row) any { return &r.Product },
	"number": func(r *Row) any { return &r.Number }, "of": func(r *Row) any { return &r.Of },
	"day": func(r *Row) any { return &r.Day }, "at": func(r *Row) any { return &r.At },
	"lot": func(r *Row) any { return &r.Lot }, "site": func(r *Row) any { return &r.Site },
	"vaccinator": func(r *Row) any { return &r.Vaccinator }, "clinic": func(r *Row) any { return &r.Clinic },
	"country": func(r *Row) any { return &r.Country }, "disease": func(r *Row) any { return &r.Disease },
	"method": func(r *Row) any { return &r.Method }, "result": func(r *Row) any { return &r.Result },
	"sampled_at": func(r *Row) any { return &r.SampledAt }, "notified_at": func(r *Row) any { return &r.NotifiedAt },
	"positive": func(r *Row) any { return &r.Positive }, "released": func(r *Row) any { return &r.Released },
	"ground": func(r *Row) any { return &r.Ground }, "from": func(r *Row) any { return &r.From },
	"until": func(r *Row) any { return &r.Until },
}

// set writes one column. Code Invalid with the Field.
func (r *Row) set(column, value string) error {
	switch into := columns[column](r).(type) {
	case *string:
		*into = value
	case *int:
		if value == "" {
			return nil
		}
		n, err := strconv.Atoi(value)
		if err != nil {
			return bad(column, "record.number_bad")
		}
		*into = n
	}
	return nil
}

// Fact reads what the row says; Check has not seen it yet. Code Invalid with the Field.
func (r *Row) Fact() (Fact, error) {
	var first error
	day := func(field, text string) (d caldate.Date) {
		err := d.UnmarshalText([]byte(text))
		if err != nil && first == nil {
			first = bad(field, "record.day_bad")
		}
		return d
	}
	instant := func(field, text string) time.Time {
		if text == "" {
			return time.Time{}
		}
		t, err := time.Parse(time.RFC3339, text)
		if err != nil && first == nil {
			first = bad(field, "record.day_bad")
		}
		return t
	}
	var f Fact
	switch Kind(r.Kind) {
	case KindDose:
		f.Dose = &Dose{
			Product: r.Product, Number: r.Number, Of: r.Of, Day: day("day", r.Day), At: instant("at", r.At), Lot: r.Lot, Site: Site(r.Site),
			Vaccinator: r.Vaccinator, Clinic: r.Clinic, Country: r.Country,
		}
	case KindTest:
		f.Test = &Test{
			Disease: r.Disease, Method: Method(r.Method), Result: Result(r.Result), SampledAt: instant("sampled_at", r.SampledAt),
			NotifiedAt: instant("notified_at", r.NotifiedAt), Clinic: r.Clinic,
		}
	case KindRecovery:
		f.Recovery = &Recovery{Disease: r.Disease, Positive: day("positive", r.Positive), Released: day("released", r.Released), Clinic: r.Clinic}
	case KindExemption:
		f.Exemption = &Exemption{Disease: r.Disease, Ground: Ground(r.Ground), From: day("from", r.From), Until: day("until", r.Until), Clinic: r.Clinic}
	default:
		return Fact{}, fault.New(fault.Invalid, "record.nothing_said").With("Field", "kind")
	}
	if first != nil {
		return Fact{}, first
	}
	return f, nil
}
