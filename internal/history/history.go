// Package history records what clients of a booking service saw, and says
// whether one honest service could have answered so.
//
// A test begins an operation before it calls and ends it with the answer; one
// record feeds every history it belongs to (a slot's, a person's, a ticket's).
// Check then looks for one order in which all answers make sense
// (linearizability, by porcupine), object by object. An answer that was lost
// may have happened at any time after its call, or never; a hold whose time is
// over may have ended at any time after. Neither is held against the service.
//
// It promises that a history without such an order is never passed, that what
// could not be decided in time is no pass (ErrUndecided), and that a refusal of
// a history can be read by a person. What it does not see, it says at each
// model. It never calls the service, reads no clock but the one it is given,
// and knows neither store nor web. It follows rules B1 to B13 and G1 to G28 in
// docs/rules as each model names them.
package history

import (
	"fmt"
	"sync"
)

// Recorder writes a history down. Safe for concurrent use.
type Recorder struct {
	clock   func() int64
	mu      sync.Mutex
	records []Record
	times   []int64 // of the moments, by their order
}

// New makes an empty history. The clock tells nanoseconds from any start; it is
// the clock in which the test tells when holds and sessions end. The order of
// operations comes from the recorder itself, so a clock that stands still or
// steps back does no harm to it.
func New(clock func() int64) *Recorder { return &Recorder{clock: clock} }

// Record is one operation as its client saw it.
type Record struct {
	Client     int
	Act        Act
	Answer     Answer // nil unless Outcome is Answered
	Outcome    Outcome
	Begun      Moment
	Ended      Moment // meaningless while the outcome is Unknown
	unfinished bool
}

// Moment is a place in the one order of all begins and ends, and the clock then.
type Moment struct {
	Order int
	Time  int64
}

// Outcome is what a client knows of its operation afterwards.
type Outcome int

// The outcomes.
const (
	Unknown  Outcome = iota // no answer came: it may have happened, may yet happen, or never
	Answered                // the answer came
	Failed                  // it is certain that nothing happened, and nothing was said about the state
)

// Op is an operation under way. It belongs to one client.
type Op struct {
	recorder *Recorder
	index    int
}

// Begin records that a client is about to ask. Call it before the request
// leaves. An operation that is never ended counts as Unknown.
func (r *Recorder) Begin(client int, act Act) *Op {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.records = append(r.records, Record{Client: client, Act: act, Begun: r.moment(), unfinished: true})
	return &Op{r, len(r.records) - 1}
}

// End records the answer. Call it after the answer arrived. It panics when the
// answer is of another act, or the operation was ended before.
func (o *Op) End(a Answer) {
	o.close(func(r *Record) {
		if !r.Act.takes(a) {
			panic(fmt.Sprintf("history: %T is no answer to %T", a, r.Act))
		}
		r.Answer, r.Outcome, r.Ended = a, Answered, o.recorder.moment()
	})
}

// Unknown records that no answer will come: the connection or the server died,
// or the answer was itself "unknown, repeat with the same key".
func (o *Op) Unknown() { o.close(func(*Record) {}) }

// Failed records an answer that promises that nothing happened and says nothing
// about the object: no session, not eligible, overloaded, key reused. An answer
// that only may mean so is Unknown.
func (o *Op) Failed() {
	o.close(func(r *Record) { r.Outcome, r.Ended = Failed, o.recorder.moment() })
}

func (o *Op) close(write func(*Record)) {
	o.recorder.mu.Lock()
	defer o.recorder.mu.Unlock()
	r := &o.recorder.records[o.index]
	if !r.unfinished {
		panic(fmt.Sprintf("history: %v was ended twice", r.Act))
	}
	write(r)
	r.unfinished = false
}

// Records is a copy of what was recorded so far, in the order of the calls.
// What is under way is Unknown.
func (r *Recorder) Records() []Record {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Record(nil), r.records...)
}

// moment is the next place in the order. Whoever was answered before another
// asked comes before it, because both pass through here in between.
func (r *Recorder) moment() Moment {
	m := Moment{Order: len(r.times), Time: r.clock()}
	r.times = append(r.times, m.Time)
	return m
}
