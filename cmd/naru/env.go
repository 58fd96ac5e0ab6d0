package main

import (
	"errors"
	"io"
	"time"
	_ "time/tzdata" // zones must be known on a machine without a zone database
)

// Env is what a command may touch of the world: the three streams and the
// clock. Only main makes one for real; tests make their own, so no command
// reads the process's streams or its clock by itself.
type Env struct {
	Stdout, Stderr io.Writer
	Stdin          io.Reader
	Now            func() time.Time
}

// Exit statuses that every command keeps.
const (
	StatusOK     = 0 // the command did its work; "no" is an answer, not a failure
	StatusFailed = 1 // what was asked about is faulty, or the work could not be done
	StatusUsage  = 2 // the command was called wrongly

	StatusCannotTell = 3 // what is known does not suffice for an answer
)

// ExitError is an error that chooses the exit status. With a nil Err everything
// was said already and main prints nothing more.
type ExitError struct {
	Status int
	Err    error
}

// Error is the text of the cause, or empty.
func (e *ExitError) Error() string {
	if e.Err == nil {
		return ""
	}
	return e.Err.Error()
}

func (e *ExitError) Unwrap() error { return e.Err }

// StatusOf is the exit status for what a command returned.
func StatusOf(err error) int {
	if err == nil {
		return StatusOK
	}
	var exit *ExitError
	if errors.As(err, &exit) {
		return exit.Status
	}
	return StatusFailed
}

func usage(err error) error { return &ExitError{Status: StatusUsage, Err: err} }

// said ends a command that failed and has printed why.
func said() error { return &ExitError{Status: StatusFailed} }
