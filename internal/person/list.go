package person

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"naru/internal/agency"
	"naru/internal/caldate"
	"naru/internal/fault"
)

// maxListRows bounds an eligibility list (rule P13).
const maxListRows = 2_000_000

// ListHeader is the header of an eligibility list, for example of the staff of
// kindergartens: who is on it, as they will claim to be.
var ListHeader = []string{"name", "birth_date", "mobile"}

// ListFault is one row that was refused. It names line and field, never the
// value: these are people.
type ListFault struct {
	Line  int
	Field string
}

// String is the fault without file name and line.
func (f ListFault) String() string { return f.Field + " cannot be read; correct it in the list" }

// ParseList reads an eligibility list (CSV in UTF-8). Rows that are no claim are
// returned as faults; a file that is no such list is an error.
func ParseList(r io.Reader, a *agency.Agency, today caldate.Date) ([]Claim, []ListFault, error) {
	in := csv.NewReader(r)
	in.FieldsPerRecord = len(ListHeader)
	head, err := in.Read()
	if err == nil {
		head[0] = strings.TrimPrefix(head[0], "\ufeff")
	}
	if err != nil || !slices.Equal(head, ListHeader) {
		return nil, nil, fault.Wrap(fault.Malformed, "person.list_header",
			fmt.Errorf("line 1: the header must be exactly %s", strings.Join(ListHeader, ",")))
	}
	var claims []Claim
	var faults []ListFault
	for {
		row, err := in.Read()
		switch {
		case errors.Is(err, io.EOF):
			return claims, faults, nil
		case errors.Is(err, csv.ErrFieldCount):
			line, _ := in.FieldPos(0)
			faults = append(faults, ListFault{line, "number of columns"})
			continue
		case err != nil:
			return nil, nil, fault.Wrap(fault.Malformed, "person.list_unreadable", err)
		case len(claims) >= maxListRows:
			return nil, nil, fault.New(fault.TooLarge, "person.list_too_large")
		}
		line, _ := in.FieldPos(0)
		c, err := NewClaim(a, row[0], row[1], row[2], today)
		if err != nil {
			field, _ := fault.Of(err).Args["Field"].(string)
			faults = append(faults, ListFault{line, field})
			continue
		}
		claims = append(claims, c)
	}
}
