package person_test

import (
	"strings"
	"testing"

	"naru/examples"
	"naru/internal/agency"
	"naru/internal/caldate"
	"naru/internal/fault"
	"naru/internal/person"
)

func TestParseList(t *testing.T) {
	t.Parallel()
	a, err := agency.Load(examples.AgencyYAML)
	if err != nil {
		t.Fatal(err)
	}
	today := caldate.Date{Year: 2021, Month: 7, Day: 1}
	list := "\ufeffname,birth_date,mobile\n가상하나,1980-02-29,010-0000-0001\n가상두리,1981-02-29,010-0000-0002\n,1980-01-01,010-0000-0003\n가상세나,1980-01-01\n가상네라,1980-01-01,12\n가상다솔,19800101,01000000005\n"
	claims, faults, err := person.ParseList(strings.NewReader(list), a, today)
	if err != nil {
		t.Fatal(err)
	}
	if len(claims) != 2 || claims[1].Mobile != "01000000005" {
		t.Errorf("claims %+v, want the first and the last", claims)
	}
	want := []person.ListFault{{Line: 3, Field: "born"}, {Line: 4, Field: "name"}, {Line: 5, Field: "number of columns"}, {Line: 6, Field: "mobile"}}
	if len(faults) != len(want) {
		t.Fatalf("faults %v, want %v", faults, want)
	}
	for i := range want {
		if faults[i] != want[i] {
			t.Errorf("fault %v, want %v", faults[i], want[i])
		}
	}
	_, _, err = person.ParseList(strings.NewReader("a,b,c\n"), a, today)
	if fault.CodeOf(err) != fault.Malformed {
		t.Errorf("another header: %v", err)
	}
}
