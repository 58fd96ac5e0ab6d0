package pgserver

import (
	"crypto/rand"
	"errors"
	"math/big"
	"net"
	"strconv"
)

// Ports are taken from below the range from which the system serves outgoing
// connections: while the server is down, a client under load would otherwise be
// given the very port, and the server could not come back to it.
const lowestPort, highestPort = 16000, 32000

// freePort is a port of the loopback address nobody listens on just now.
func freePort() (int, error) {
	for range 100 {
		n, err := rand.Int(rand.Reader, big.NewInt(highestPort-lowestPort))
		if err != nil {
			return 0, err
		}
		if port := lowestPort + int(n.Int64()); portIsFree(port) {
			return port, nil
		}
	}
	return 0, errors.New("no free port on 127.0.0.1")
}

func portIsFree(port int) bool {
	l, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return false
	}
	return l.Close() == nil
}
