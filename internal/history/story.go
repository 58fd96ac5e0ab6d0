package history

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"time"

	"github.com/anishathalye/porcupine"
)

// story is a finished history on one line of positions. Begins and ends stand
// at even positions in their order; what the clock alone does, between them.
type story struct {
	records []Record // without the failed ones
	latest  []int64  // the highest time up to each moment
}

// forever is the end of what was never answered.
const forever = math.MaxInt64

// span is from when to when something happened, in positions.
type span struct{ from, till int64 }

func (r *Recorder) story() story {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := story{latest: slices.Clone(r.times)}
	for i := 1; i < len(s.latest); i++ {
		s.latest[i] = max(s.latest[i], s.latest[i-1])
	}
	for _, record := range r.records {
		if record.Outcome != Failed {
			s.records = append(s.records, record)
		}
	}
	return s
}

// clockAt is the position at which the clock reached a time.
func (s story) clockAt(time int64) int64 {
	return 2*int64(sort.Search(len(s.latest), func(i int) bool { return s.latest[i] >= time })) + 1
}

func (m Moment) position() int64 { return 2*int64(m.Order) + 2 }

// span is the time in which a record happened, if it did.
func (r Record) span() span {
	if r.Outcome == Unknown {
		return span{r.Begun.position(), forever}
	}
	return span{r.Begun.position(), r.Ended.position()}
}

// before says that all of a comes before all of b.
func (a span) before(b span) bool { return a.till < b.from }

// part is the history of one object.
type part struct {
	name string
	ops  []porcupine.Operation
}

// line is how an operation is shown to people; it rides along as metadata.
type line struct {
	client int // -1: nobody's, the clock's
	begun  int64
	ended  int64
	answer string // "" for what has no answer to show
	text   string
}

// show is the line with its times counted from a beginning.
func (l line) show(since int64) string {
	begun := time.Duration(l.begun - since)
	switch {
	case l.client < 0:
		return fmt.Sprintf("the clock  [%v]  %s", begun, l.text)
	case l.answer == "":
		return fmt.Sprintf("client %d  [%v ..]  %s -> no answer", l.client, begun, l.text)
	}
	return fmt.Sprintf("client %d  [%v .. %v]  %s -> %s", l.client, begun, time.Duration(l.ended-since), l.text, l.answer)
}

// meaning puts before a line what it means to the object, where that is not plain.
func meaning(words string, op porcupine.Operation) porcupine.Operation {
	l := op.Metadata.(line)
	l.text = words + ": " + l.text
	op.Metadata = l
	return op
}

// line shows the record.
func (r Record) line() line {
	l := line{client: r.Client, begun: r.Begun.Time, text: r.Act.String()}
	if r.Outcome == Answered {
		l.ended, l.answer = r.Ended.Time, r.Answer.String()
	}
	return l
}

// op is an operation of a part that took place within the span.
func (r Record) op(input any, s span) porcupine.Operation {
	return porcupine.Operation{
		ClientId: r.Client, Input: input, Output: r.Answer, Call: s.from, Return: s.till, Metadata: r.line(),
	}
}

// instant is something that is so from a position on.
func instant(input any, at int64, l line) porcupine.Operation {
	return porcupine.Operation{ClientId: max(l.client, 0), Input: input, Call: at, Return: at, Metadata: l}
}

// clockLine shows what the clock did.
func clockLine(time int64, text string) line { return line{client: -1, begun: time, text: text} }

// groups gathers parts by name, in the order in which they first appear.
type groups struct {
	names []string
	ops   map[string][]porcupine.Operation
}

func (g *groups) add(name string, op porcupine.Operation) {
	if g.ops == nil {
		g.ops = map[string][]porcupine.Operation{}
	}
	if _, known := g.ops[name]; !known {
		g.names = append(g.names, name)
	}
	g.ops[name] = append(g.ops[name], op)
}

func (g *groups) parts() []part {
	var all []part
	for _, name := range g.names {
		all = append(all, part{name, g.ops[name]})
	}
	return all
}
