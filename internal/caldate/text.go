package caldate

import (
	"encoding"
	"fmt"
	"time"
)

var (
	_ encoding.TextMarshaler   = Date{}
	_ encoding.TextUnmarshaler = (*Date)(nil)
)

// Parse reads exactly "2021-07-12": ten characters, leading zeros kept, a day
// that exists. It never corrects 2021-02-30 to a day of March.
func Parse(s string) (Date, error) {
	if len(s) != len("2006-01-02") {
		return Date{}, fmt.Errorf("date %.20q is not written as YYYY-MM-DD", s)
	}
	t, err := time.Parse("2006-01-02", s)
	if err != nil {
		return Date{}, fmt.Errorf("date %q is not a day of the calendar written as YYYY-MM-DD", s)
	}
	d := Of(t, time.UTC)
	if !d.Valid() {
		return Date{}, fmt.Errorf("date %q is outside the years 0001 to 9999", s)
	}
	return d, nil
}

// MustParse is Parse for dates written in the source; a wrong one is a bug of
// the caller and panics.
func MustParse(s string) Date {
	d, err := Parse(s)
	if err != nil {
		panic("caldate: " + err.Error())
	}
	return d
}

// MarshalText writes the date as String does; JSON, YAML and SQL text use it.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText wrote: a date, or nothing for no date.
func (d *Date) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*d = Date{}
		return nil
	}
	parsed, err := Parse(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}
