package store

import (
	"time"

	"naru/internal/fault"
)

// Operator is somebody who may steer the gate from a browser for a while. Until
// there is a sign-in for staff, whoever can reach the server's own socket names
// them (rule G53).
type Operator struct {
	By   string    `json:"by"`
	Ends time.Time `json:"ends"`
	For  string    `json:"for"` // what the seal is for: the code that is typed in, or the cookie
}

// The two seals of an operator.
const (
	OperatorCode   = "code"
	OperatorCookie = "cookie"
)

// SealOperator seals an operator; any node opens it.
func (s *Store) SealOperator(o Operator) string { return sealJSON(s.people, "operator", o.For, o) }

// OpenOperator opens what SealOperator made for the same use, until it ends. Anything
// else is a fault of code Unauthenticated.
func (s *Store) OpenOperator(sealed, use string) (Operator, error) {
	var o Operator
	if err := openJSON(s.people, "operator", use, sealed, &o); err != nil {
		return Operator{}, fault.Wrap(fault.Unauthenticated, "operate.code_bad", err)
	}
	if o.For != use || !s.now().Before(o.Ends) {
		return Operator{}, fault.New(fault.Unauthenticated, "operate.code_ended")
	}
	return o, nil
}
