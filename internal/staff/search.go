package staff

import (
	"time"

	"naru/internal/fault"
)

// Searches bounds how often an agent looks people up (rule S20). The count is of
// searches that no booking came of: each booking takes one off.
type Searches struct {
	Since time.Time // when the count began
	Count int
}

// SearchWindow is how long searches count.
const SearchWindow = time.Hour

// MaxSearches is how many searches without a booking an agent has in a window,
// unless the agency says otherwise.
const MaxSearches = 60

// Another counts one more search, of at most most in a window. Code TooMany, with
// Seconds until the next window.
func (s Searches) Another(most int, now time.Time) (Searches, error) {
	end := s.Since.Add(SearchWindow)
	if !now.Before(end) {
		return Searches{Since: now, Count: 1}, nil
	}
	if s.Count >= most {
		return s, fault.New(fault.TooMany, "call.too_many_searches").With("Seconds", int(end.Sub(now)/time.Second)).With("Minutes", int(end.Sub(now)/time.Minute)+1)
	}
	s.Count++
	return s, nil
}

// Booked takes one search off: it led to a booking.
func (s Searches) Booked() Searches {
	s.Count = max(0, s.Count-1)
	return s
}
