package sip

import (
	"net"
	"net/netip"
)

// maxRemembered is how many messages of strangers one line takes before it is laid
// anew: the library under it remembers every address that it heard from.
const maxRemembered = 50_000

// line is the UDP socket as the library sees it: without what the gauge drops, and
// ending when the library has remembered enough. The socket itself stays open.
type line struct {
	net.PacketConn
	gauge     *gauge
	strangers int // read by one goroutine only
}

// ReadFrom gives the next message that is admitted.
func (l *line) ReadFrom(b []byte) (n int, from net.Addr, err error) {
	for l.strangers < maxRemembered {
		n, from, err = l.PacketConn.ReadFrom(b)
		if err != nil {
			return n, from, err
		}
		u, ok := from.(*net.UDPAddr)
		if !ok || !l.gauge.admit(u.AddrPort().Addr()) {
			continue
		}
		if l.gauge.trunks.of(u.AddrPort().Addr()) == nil {
			l.strangers++
		}
		return n, from, nil
	}
	return 0, nil, net.ErrClosed
}

// listed is the TCP listener, for listed carriers only: whoever holds a connection
// holds memory.
type listed struct {
	net.Listener
	trunks Trunks
}

// Accept gives the next connection of a listed carrier.
func (l listed) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if a, err := netip.ParseAddrPort(c.RemoteAddr().String()); err == nil && l.trunks.of(a.Addr()) != nil {
			return c, nil
		}
		_ = c.Close() // nobody was promised anything
	}
}
