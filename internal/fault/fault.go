// Package fault is the one error type of the house.
//
// A fault carries a code that machines act on, a message id that is turned into
// the reader's language at the edge, and the wrapped cause that only the log
// sees. Anything without a code is internal: logged in full, shown as nothing.
package fault

import (
	"errors"
	"fmt"
	"maps"
)

// Code says what kind of thing went wrong. The table in web/problem.go maps
// each code to one HTTP status; the command line maps it to an exit status.
type Code string

// The codes. Every one of them tells the person what can be done next.
const (
	Invalid         Code = "invalid"         // a value is wrong; correct it and repeat
	Malformed       Code = "malformed"       // the bytes cannot be read at all
	TooLarge        Code = "too_large"       // the body is over its bound
	Method          Code = "method"          // this address does not take this method
	NotFound        Code = "not_found"       // there is no such thing (or it is not yours)
	Unauthenticated Code = "unauthenticated" // no token, or one that was not ours
	Expired         Code = "expired"         // the token, code or hold has ended
	Forbidden       Code = "forbidden"       // known, and not allowed
	Wait            Code = "wait"            // not your turn yet; the place is kept
	NotOpen         Code = "not_open"        // before the opening or after the close
	NotEligible     Code = "not_eligible"    // the rules say no; reason and date are given
	Full            Code = "full"            // no place left in the slot
	Conflict        Code = "conflict"        // another live thing stands in the way
	KeyReused       Code = "key_reused"      // the idempotency key came with another body
	TooMany         Code = "too_many"        // too many tries; repeat later
	Unavailable     Code = "unavailable"     // a part is away; nothing was changed
	UnknownOutcome  Code = "unknown_outcome" // it may or may not have happened; repeat with the same key
	Internal        Code = "internal"        // our fault; logged in full, shown as nothing
)

// Error is a coded error. Message is a message id of the catalogue
// (for example "booking.slot_full"), Args its values: they are shown to people,
// so they never hold a name, a number or a secret.
type Error struct {
	Code    Code
	Message string
	Args    map[string]any
	Err     error
}

// New makes a fault with a code and a message id.
func New(code Code, message string) *Error { return &Error{Code: code, Message: message} }

// Wrap makes a fault around a cause that only the log may see.
func Wrap(code Code, message string, err error) *Error {
	return &Error{Code: code, Message: message, Err: err}
}

// With returns a copy that also carries the named value for the message.
func (e *Error) With(name string, value any) *Error {
	c := *e
	c.Args = maps.Clone(e.Args)
	if c.Args == nil {
		c.Args = map[string]any{}
	}
	c.Args[name] = value
	return &c
}

// Error is the operator's text: code, message id and cause.
func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s (%s): %v", e.Message, e.Code, e.Err)
	}
	return fmt.Sprintf("%s (%s)", e.Message, e.Code)
}

func (e *Error) Unwrap() error { return e.Err }

// CodeOf returns the code of the first fault in the chain, Internal for any
// other error, and "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Internal
}

// Of returns the first fault in the chain, or an internal one around err.
func Of(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return Wrap(Internal, "error.internal", err)
}
