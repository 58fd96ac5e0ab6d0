package db

import (
	"errors"
	"syscall"

	"golang.org/x/sys/unix"
)

// boundSilence ends a connection whose bytes nobody acknowledges for
// userTimeout: a node that was cut off must not wait a quarter of an hour.
func boundSilence(network, _ string, c syscall.RawConn) error {
	if network == "unix" {
		return nil
	}
	var failed error
	err := c.Control(func(fd uintptr) {
		failed = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(userTimeout.Milliseconds()))
	})
	return errors.Join(err, failed)
}
