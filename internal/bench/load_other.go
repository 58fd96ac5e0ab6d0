//go:build !linux

package bench

import (
	"context"
	"errors"
)

// Run is for Linux.
func (Load) Run(context.Context) (Loaded, error) {
	return Loaded{}, &MissingError{errors.New("the client of the gate's measures is for Linux")}
}
