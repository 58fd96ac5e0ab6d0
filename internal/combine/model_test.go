package combine

import (
	"slices"
	"time"
)

// verdict is how a transaction ends, if no poison is in it.
type verdict int

const (
	fine verdict = iota
	down         // the store is away: everybody's fault
	thrown
)

// What a caller was told. A poison is an item below zero.
const (
	pending   = ""
	done      = "done"
	poisoned  = "poisoned"
	away      = "the store is away"
	panicked  = "panicked"
	full      = "full"
	closed    = "closed"
	notTaken  = "not taken"
	abandoned = "abandoned"
)

// model is the queue as it is promised: one thing after another, no goroutines.
type model struct {
	opts    Options
	now     time.Duration
	told    []string        // by caller
	items   []int           // by caller
	arrived []time.Duration // by caller
	line    []int           // callers who wait
	runs    [][]int         // what is left to run of the batch that was taken; the first is running
	written []int           // items, in order
	up      time.Duration   // when an idle writer closes the batch
	ended   bool            // Close was called

	batch, started time.Duration // the pace
}

func (m *model) join(item int) {
	caller := len(m.told)
	m.told = append(m.told, pending)
	m.items = append(m.items, item)
	m.arrived = append(m.arrived, m.now)
	switch {
	case m.ended:
		m.told[caller] = closed
	case len(m.line) == m.opts.Depth || m.wait() > m.opts.MaxWait:
		m.told[caller] = full
	default:
		m.line = append(m.line, caller)
		if len(m.line) == 1 {
			m.up = m.now + m.opts.MaxAge
		}
		m.start(m.now)
	}
}

// wait is what somebody who comes now must wait until their batch begins.
func (m *model) wait() time.Duration {
	wait := time.Duration(len(m.line)/m.opts.MaxBatch) * m.batch
	if len(m.runs) == 0 {
		return wait
	}
	if so := m.now - m.started; so > m.batch {
		return wait + so - m.batch
	}
	return wait + m.batch - (m.now - m.started)
}

func (m *model) leave(caller int) {
	if m.told[caller] != pending {
		return
	}
	m.told[caller] = abandoned
	if i := slices.Index(m.line, caller); i >= 0 {
		m.line = slices.Delete(m.line, i, i+1)
		m.told[caller] = notTaken
	}
}

// start takes a batch if the writer is idle and it is time.
func (m *model) start(at time.Duration) {
	if len(m.runs) > 0 || len(m.line) == 0 {
		return
	}
	if m.ended || len(m.line) >= m.opts.MaxBatch || m.up <= m.now {
		n := min(len(m.line), m.opts.MaxBatch)
		m.runs, m.line = [][]int{m.line[:n:n]}, slices.Clone(m.line[n:])
		m.started = at
	}
}

func (m *model) pass(d time.Duration) {
	m.now += d
	m.start(min(max(m.up, m.now-d), m.now))
}

func (m *model) close() {
	m.ended = true
	m.start(m.now)
}

// finish ends the running transaction.
func (m *model) finish(v verdict) {
	if len(m.runs) == 0 {
		return
	}
	run := m.runs[0]
	m.runs = m.runs[1:]
	poison := slices.ContainsFunc(run, func(caller int) bool { return m.items[caller] < 0 })
	switch {
	case v == thrown:
		m.tell(run, panicked)
	case v == down:
		m.tell(run, away)
	case poison && len(run) > 1:
		m.runs = slices.Insert(m.runs, 0, run[:len(run)/2], run[len(run)/2:])
	case poison:
		m.tell(run, poisoned)
	default:
		m.tell(run, done)
		m.written = append(m.written, m.itemsOf(run)...)
	}
	if len(m.runs) == 0 {
		m.idle()
	}
}

// idle is when all of a batch is answered.
func (m *model) idle() {
	took := min(m.now-m.started, time.Minute)
	if m.batch == 0 {
		m.batch = took
	}
	m.batch += (took - m.batch) / 4
	if len(m.line) > 0 {
		m.up = m.arrived[m.line[0]] + m.opts.MaxAge
		m.start(m.now)
	}
}

func (m *model) tell(run []int, what string) {
	for _, caller := range run {
		if m.told[caller] == pending {
			m.told[caller] = what
		}
	}
}

func (m *model) itemsOf(callers []int) []int {
	var items []int
	for _, caller := range callers {
		items = append(items, m.items[caller])
	}
	return items
}

// running is the batch in the transaction that is under way, if any.
func (m *model) running() []int {
	if len(m.runs) == 0 {
		return nil
	}
	return m.itemsOf(m.runs[0])
}
