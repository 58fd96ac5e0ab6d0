//go:build !linux

package drill

import "net"

// silent cannot be told here: the request finds out.
func silent(net.Conn) bool { return true }
