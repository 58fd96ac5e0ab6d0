package drill

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
)

// Trick is one way somebody tried to get past the gate, and what came of it. Safe
// for concurrent use while it is tried.
type Trick struct {
	Name     string         `json:"trick"`
	What     string         `json:"what"` // was tried
	Attempts int            `json:"attempts"`
	Answers  map[string]int `json:"answers"`  // by status; "closed" when the server ended the connection without one
	Bypasses int            `json:"bypasses"` // a session, a step or an admission the rules do not allow
	Harm     []string       `json:"harm"`     // what else came of it that must not be
	Notes    []string       `json:"notes"`    // what was seen, said for the reader
	Held     bool           `json:"held"`

	mu    sync.Mutex
	doors []string // that were open: the first few
}

// saw notes one answer and what of the flow it opened, "" being nothing.
func (t *Trick) saw(k knock, a answer, opened string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.Attempts++
	t.Answers[a.word()]++
	if a.status == 500 {
		t.harmed(fmt.Sprintf("500 for %s %.80q", k.method, k.target))
	}
	if opened != "" {
		t.opened(fmt.Sprintf("%s %.80s gave %s", k.method, k.target, opened))
	}
}

// opens notes a back door that was open.
func (t *Trick) opens(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.opened(fmt.Sprintf(format, args...))
}

func (t *Trick) opened(what string) {
	t.Bypasses++
	if len(t.doors) < 3 && !slices.Contains(t.doors, what) {
		t.doors = append(t.doors, what)
	}
}

// harms notes what must not be but lets nobody in.
func (t *Trick) harms(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.harmed(fmt.Sprintf(format, args...))
}

func (t *Trick) harmed(what string) {
	if len(t.Harm) < 5 && !slices.Contains(t.Harm, what) {
		t.Harm = append(t.Harm, what)
	}
}

// notes says something to the reader of the line.
func (t *Trick) notes(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.Notes = append(t.Notes, fmt.Sprintf(format, args...))
}

// needs is a control: the same without the trick must work, or the trick has
// shown nothing.
func (t *Trick) needs(worked bool, what string) {
	if !worked {
		t.harms("control failed: %s", what)
	}
}

func (t *Trick) judge() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.Attempts == 0 {
		t.harmed("nothing was tried")
	}
	t.Held = t.Bypasses == 0 && len(t.Harm) == 0
}

// String is the trick in one line.
func (t *Trick) String() string {
	var answers []string
	for _, word := range slices.Sorted(maps.Keys(t.Answers)) {
		answers = append(answers, fmt.Sprintf("%s ×%d", word, t.Answers[word]))
	}
	verdict := "held"
	if !t.Held {
		verdict = "NOT HELD"
	}
	parts := []string{fmt.Sprintf("%s: %s", t.Name, t.What), fmt.Sprintf("%d tried", t.Attempts), strings.Join(answers, ", ")}
	if t.Bypasses > 0 {
		parts = append(parts, fmt.Sprintf("%d BYPASSES (%s)", t.Bypasses, strings.Join(t.doors, "; ")))
	}
	parts = append(append(parts, t.Harm...), t.Notes...)
	return fmt.Sprintf("%-8s  %s", verdict, strings.Join(parts, "; "))
}

// ledger keeps the tricks in the order in which they ended and prints each.
type ledger struct {
	mu  sync.Mutex
	all []*Trick
	out io.Writer
}

// try runs one trick to its end.
func (l *ledger) try(name, what string, do func(*Trick)) {
	t := &Trick{Name: name, What: what, Answers: map[string]int{}, Harm: []string{}, Notes: []string{}}
	do(t)
	t.judge()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, t)
	_, _ = fmt.Fprintln(l.out, t) // for whoever watches
}
