package rule

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"naru/internal/caldate"
	"naru/internal/certlogic"
)

// NewLogic checks an expression written as JSON.
func NewLogic(source []byte) (Logic, error) {
	e, err := certlogic.Parse(source)
	if err != nil {
		return Logic{}, err
	}
	return Logic{source: source, expr: e}, nil
}

// MarshalJSON writes the expression.
func (l Logic) MarshalJSON() ([]byte, error) { return l.source, nil }

// UnmarshalJSON reads and checks it.
func (l *Logic) UnmarshalJSON(text []byte) (err error) {
	*l, err = NewLogic(append([]byte(nil), text...))
	return err
}

var _ json.Marshaler = Logic{}

// yes works out a condition. Only true and false are answers.
func (l Logic) yes(data any) (bool, error) {
	v, err := l.expr.Evaluate(data)
	if err != nil {
		return false, err
	}
	b, ok := v.(bool)
	if !ok {
		return false, fmt.Errorf("a condition came to %T", v)
	}
	return b, nil
}

// day works out a date; its date-times are local, so their date is the day. found is
// false where the expression says null: there is no such bound.
func (l Logic) day(data any) (d caldate.Date, found bool, err error) {
	v, err := l.expr.Evaluate(data)
	if err != nil || v == nil {
		return d, false, err
	}
	t, ok := v.(time.Time)
	if !ok {
		return d, false, fmt.Errorf("a day came to %T", v)
	}
	if t.Year() < 1900 || t.Year() > 9999 {
		return d, false, errors.New("a day outside of the years that are written")
	}
	return caldate.Of(t, time.UTC), true, nil
}
