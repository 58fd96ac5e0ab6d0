package staff_test

import (
	"testing"
	"time"

	"naru/internal/fault"
	"naru/internal/staff"
)

var noon = time.Date(2021, 7, 12, 3, 0, 0, 0, time.UTC)

func TestSearchesCount(t *testing.T) {
	t.Parallel()
	s, err := staff.Searches{}, error(nil)
	for range 3 {
		if s, err = s.Another(3, noon); err != nil {
			t.Fatal(err)
		}
	}
	if _, err = s.Another(3, noon.Add(59*time.Minute)); fault.CodeOf(err) != fault.TooMany || fault.Of(err).Args["Seconds"] != 60 {
		t.Errorf("the fourth: %v %v", err, fault.Of(err).Args)
	}
	if again, err := s.Booked().Another(3, noon); err != nil || again.Count != 3 {
		t.Errorf("after a booking: %+v, %v", again, err)
	}
	if next, err := s.Another(3, noon.Add(staff.SearchWindow)); err != nil || next.Count != 1 {
		t.Errorf("an hour later: %+v, %v", next, err)
	}
	if none := (staff.Searches{}).Booked(); none.Count != 0 {
		t.Errorf("a booking without a search: %+v", none)
	}
}

func TestPromises(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		due time.Time
		ok  bool
	}{
		"now":              {noon, true},
		"a moment ago":     {noon.Add(-time.Second), false},
		"in two weeks":     {noon.Add(staff.CallAhead), true},
		"after two weeks":  {noon.Add(staff.CallAhead + time.Second), false},
		"no time was said": {time.Time{}, false},
	} {
		if err := staff.MayPromise(c.due, noon); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCallbacks(t *testing.T) {
	t.Parallel()
	c := staff.Callback{State: staff.CallOpen, Due: noon}
	if c.Overdue(noon) || !c.Overdue(noon.Add(time.Second)) {
		t.Error("overdue is after the time that was promised")
	}
	taken, err := c.Taken("one", noon)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := taken.Taken("two", noon.Add(staff.CallHeld-time.Second)); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("another takes it: %v", err)
	}
	if _, err := taken.Taken("two", noon.Add(staff.CallHeld)); err != nil {
		t.Errorf("another takes what was left: %v", err)
	}
	if _, err := taken.Ended("two", true, noon); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("another ends it: %v", err)
	}
	for try := 1; try <= staff.CallTries; try++ {
		if taken, err = c.Taken("one", noon); err != nil {
			t.Fatal(err)
		}
		if c, err = taken.Ended("one", false, noon); err != nil {
			t.Fatal(err)
		}
	}
	if c.State != staff.CallGone || !c.Due.Equal(noon.Add(staff.CallAgain)) {
		t.Errorf("after the last try: %+v", c)
	}
	if _, err := c.Taken("one", noon); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("one that was given up is taken: %v", err)
	}
}
