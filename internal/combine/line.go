package combine

import "time"

// entry is one request and where it stands.
type entry[T any] struct {
	item    T
	answer  chan error // one place, so the writer never waits for a caller
	arrived time.Time

	waiting       bool // stands in the line: nobody has begun to write it
	before, after *entry[T]
}

// line is the requests that wait, in order of arrival. Whoever leaves is
// unlinked at once, so callers that come and go leave nothing behind.
type line[T any] struct {
	first, last *entry[T]
	length      int
}

// join puts e at the end.
func (l *line[T]) join(e *entry[T]) {
	e.waiting, e.before = true, l.last
	if l.last == nil {
		l.first = e
	} else {
		l.last.after = e
	}
	l.last = e
	l.length++
}

// leave takes e, which must stand in the line, out of it.
func (l *line[T]) leave(e *entry[T]) {
	if e.before == nil {
		l.first = e.after
	} else {
		e.before.after = e.after
	}
	if e.after == nil {
		l.last = e.before
	} else {
		e.after.before = e.before
	}
	e.waiting, e.before, e.after = false, nil, nil
	l.length--
}

// take takes the first of the line, at most so many.
func (l *line[T]) take(most int) []*entry[T] {
	taken := make([]*entry[T], min(most, l.length))
	for i := range taken {
		taken[i] = l.first
		l.leave(l.first)
	}
	return taken
}
