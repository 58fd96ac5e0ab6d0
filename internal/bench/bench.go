// Package bench measures ratios: what naru does beside a yardstick that anybody
// can judge, both sides in one run on one machine, in turns.
//
// It promises that a yardstick does the same work as naru's side (the same rows,
// the same number of requests, the same promise about the disk), that what a
// figure counts is said beside it, and that work which failed is never counted:
// one act that is refused ends the measure. It never compares figures of two
// machines or two days. The contract of its lines is DESIGN §9.
package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"runtime"
	"slices"
	"time"

	"naru/internal/agency"
	"naru/internal/store"
)

// Options say what is measured, and how long.
type Options struct {
	Bench   string        // one of Benches
	Measure string        // this measure alone; "": all of the bench
	Runs    int           // of each side
	Length  time.Duration // of a run, about
	Callers int           // who act on the store at once where there is no HTTP: enough that the next batch fills while one is written
	Rows    int           // reservations in the largest table of the flat measures
	DB      string        // postgres://... ; "": a throw-away server is started when one is needed
	Dir     string        // an empty folder on the disk to be measured; the caller removes it
	Agency  *agency.Agency
	Log     io.Writer // facts, progress and histograms

	// Command is this program with other arguments, for servers and clients in
	// processes of their own. The gate's measures need it.
	Command func(args ...string) *exec.Cmd

	Connections int // of the measure connections
	Waiters     int // of the measure waiters

	// Web makes the server that "naru serve" runs over a store. The caller hands
	// it in, so that this package knows no pages.
	Web func(s *store.Store, now func() time.Time) (*http.Server, error)
}

// measure compares one thing with its yardstick.
type measure struct {
	name, unit  string
	yardstickIs string
	once        bool // its sides repeat by themselves
	alone       bool // it takes minutes: only when it is asked for by name
	open        opener
}

// opener prepares what all runs of a measure need.
type opener func(ctx context.Context, b *bench) (sides, error)

// sides are the two things compared, in the measure's unit. Preparing is not
// part of what they return.
type sides interface {
	ours(ctx context.Context) (float64, error)
	yardstick(ctx context.Context) (float64, error)
	close() error
}

// detailed are sides that have more to say than a number.
type detailed interface{ detail(r *Result) }

// chapter is one bench: what "naru bench NAME" measures.
type chapter struct {
	bench    string
	measures []measure
}

// catalogue is every bench of this version and its measures, in order.
func catalogue() []chapter {
	return []chapter{
		{"book", slices.Concat(engineMeasures(), httpMeasures(), confirmMeasures(), flatMeasures())},
		{"gate", gateMeasures()},
		{"join", joinMeasures()},
		{"record", recordMeasures()},
		{"verify", verifyMeasures()},
		{"issue", issueMeasures()},
		{"visit", visitMeasures()},
	}
}

// Benches lists the benches of this version.
func Benches() []string {
	var names []string
	for _, c := range catalogue() {
		names = append(names, c.bench)
	}
	return names
}

// UsageError says that something was asked for that is not there.
type UsageError struct{ error }

// MissingError says what must be installed before a measure can be taken.
type MissingError struct{ error }

func (e *MissingError) Unwrap() error { return e.error }

// bench is one run of the program.
type bench struct {
	Options
	postgres *postgres // nil until a measure needs it
	clinics  int       // of a town
	folders  int       // made so far
}

// Check refuses what cannot be measured, with a UsageError.
func (o Options) Check() error {
	if _, err := choose(o); err != nil {
		return err
	}
	switch {
	case o.Runs < 1 || o.Runs > 100:
		return UsageError{errors.New("runs: from 1 to 100")}
	case o.Length < 100*time.Millisecond || o.Length > time.Minute:
		return UsageError{errors.New("seconds: from 0.1 to 60")}
	case o.Callers < 1 || o.Callers > mostCallers:
		return UsageError{fmt.Errorf("callers: from 1 to %d", mostCallers)}
	case o.Connections < 1 || o.Connections > 1_000_000:
		return UsageError{errors.New("connections: from 1 to 1000000")}
	case o.Waiters < 1000 || o.Waiters > 20_000_000:
		return UsageError{errors.New("waiters: from 1000 to 20000000")}
	case o.Rows < fewestRows || o.Rows > mostRows:
		return UsageError{fmt.Errorf("rows: from %d to %d", fewestRows, mostRows)}
	}
	return nil
}

// mostCallers is below what the store's queue holds: nobody is refused early.
const mostCallers = 4096

// The smallest and the largest table of the flat measures.
const (
	fewestRows = 10_000
	mostRows   = 100_000_000
)

// Run takes the measures one after another and hands each result to told. A
// measure whose programs are not installed is left out and said; Run then ends
// with an error that wraps MissingError, after all the others.
func Run(ctx context.Context, o Options, told func(Result) error) (err error) {
	measures, err := choose(o)
	if err != nil {
		return err
	}
	b := &bench{Options: o, clinics: townClinics}
	defer func() { err = errors.Join(err, b.postgres.stop()) }()
	b.facts()
	var left []error
	for _, m := range measures {
		r, err := b.take(ctx, m)
		var missing *MissingError
		switch {
		case errors.As(err, &missing):
			b.say("%s %s is LEFT OUT: %v", o.Bench, m.name, err)
			left = append(left, fmt.Errorf("%s was left out: %w", m.name, err))
			continue
		case err != nil:
			return fmt.Errorf("measure %s: %w", m.name, err)
		}
		if err := told(r); err != nil {
			return err
		}
	}
	return errors.Join(left...)
}

func choose(o Options) ([]measure, error) {
	for _, c := range catalogue() {
		if c.bench != o.Bench {
			continue
		}
		if o.Measure == "" {
			return slices.DeleteFunc(c.measures, func(m measure) bool { return m.alone }), nil
		}
		var names []string
		for _, m := range c.measures {
			if m.name == o.Measure {
				return []measure{m}, nil
			}
			names = append(names, m.name)
		}
		return nil, UsageError{fmt.Errorf("%s has no measure %q; it has %v", o.Bench, o.Measure, names)}
	}
	return nil, UsageError{fmt.Errorf("bench %q is not in this version; there are %v", o.Bench, Benches())}
}

// take runs both sides in turns. Which one goes first changes from run to run,
// so that neither always meets the warmer machine.
func (b *bench) take(ctx context.Context, m measure) (r Result, err error) {
	b.say("%s %s: prepares", b.Bench, m.name)
	s, err := m.open(ctx, b)
	if err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	r = Result{Bench: b.Bench, Measure: m.name, Unit: m.unit, YardstickIs: m.yardstickIs, Runs: b.Runs}
	runs := b.Runs
	if m.once {
		runs = 1
	}
	for n := range runs {
		if err := b.turn(ctx, s, &r, n%2 == 0); err != nil {
			return Result{}, err
		}
		b.say("%s %s: run %d of %d: ours %.4g, yardstick %.4g %s; load %s", b.Bench, m.name, n+1, runs, r.OursRuns[n], r.YardstickRuns[n], m.unit, load1())
	}
	r.settle()
	if d, ok := s.(detailed); ok {
		d.detail(&r)
	}
	return r, nil
}

func (b *bench) turn(ctx context.Context, s sides, r *Result, oursFirst bool) error {
	sides := []struct {
		what string
		run  func(context.Context) (float64, error)
		into *[]float64
	}{{"ours", s.ours, &r.OursRuns}, {"yardstick", s.yardstick, &r.YardstickRuns}}
	if !oursFirst && len(r.OursRuns) > 0 {
		slices.Reverse(sides)
	}
	for _, side := range sides {
		runtime.GC() // neither pays for what the other left
		got, err := side.run(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", side.what, err)
		}
		*side.into = append(*side.into, got)
	}
	return ctx.Err()
}

func (b *bench) say(format string, args ...any) {
	_, _ = fmt.Fprintf(b.Log, format+"\n", args...) // nobody is left to tell
}
