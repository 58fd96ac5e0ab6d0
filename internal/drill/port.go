package drill

import (
	"errors"
	"math/rand/v2"
	"net"
	"strconv"
)

// Ports of nodes are taken from below the range from which the system serves
// outgoing connections: while a node is down, somebody's connection would
// otherwise be given its port, and the node could not come back to it.
const lowestPort, highestPort = 16000, 32000

// freeAddress is a loopback address nobody listens on just now.
func freeAddress() (string, error) {
	for range 100 {
		port := lowestPort + rand.IntN(highestPort-lowestPort) //nolint:gosec // no secret
		address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
		if l, err := net.Listen("tcp4", address); err == nil && l.Close() == nil {
			return address, nil
		}
	}
	return "", errors.New("no free port on 127.0.0.1")
}
