package front

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"syscall"
	"time"
)

// conn is a connection in the server's hands. While it is known where the
// request ends, the server is given its bytes and none beyond, so that nothing
// is lost when the connection comes back after the answer.
type conn struct {
	*net.TCPConn
	front *front
	begun []byte      // read already, not yet given to the server
	left  int         // bytes of the request still to come; negative: not known, so the connection stays with the server
	idle  atomic.Bool // the answer is out and the server waits for the next request
	back  atomic.Bool // the next Close gives it back
}

// follow is the server's ConnState.
func follow(nc net.Conn, state http.ConnState) {
	c, ours := nc.(*conn)
	if !ours {
		return
	}
	switch state {
	case http.StateIdle:
		c.idle.Store(true)
	case http.StateActive:
		if c.idle.Swap(false) { // it found a request where we saw none: it knows better
			c.left = -1
		}
	}
}

// handOver gives a connection to the server with what was read of it.
func (p *loop) handOver(fd int, asked []byte) {
	c := p.take(fd)
	if c == nil {
		return
	}
	c.begun, c.left = bytes.Clone(asked), left(asked)
	select {
	case p.front.handed <- c:
	case <-p.front.done:
		_ = c.TCPConn.Close() // the server takes no more
	}
}

// finish sends the rest of an answer to a peer that reads slowly.
func (p *loop) finish(fd int, rest []byte) {
	c := p.take(fd)
	if c == nil {
		return
	}
	rest = bytes.Clone(rest)
	go func() {
		if c.front.writeWithin > 0 {
			late := time.AfterFunc(c.front.writeWithin, func() { _ = c.TCPConn.Close() })
			defer late.Stop()
		}
		_, err := c.Write(rest)
		c.back.Store(err == nil)
		_ = c.Close() // the peer is gone
	}()
}

// take makes a connection of package net out of one of the loop's.
func (p *loop) take(fd int) *conn {
	p.leave(fd)
	f := os.NewFile(uintptr(fd), "tcp")
	nc, err := net.FileConn(f)
	_ = f.Close() // nc has its own
	if err != nil {
		return nil // no more files: the peer sees the connection end
	}
	return &conn{TCPConn: nc.(*net.TCPConn), front: p.front, left: -1}
}

// Read gives the server its request and nothing beyond.
func (c *conn) Read(p []byte) (int, error) {
	switch {
	case len(c.begun) > 0:
		n := copy(p, c.begun)
		if c.begun = c.begun[n:]; len(c.begun) == 0 {
			c.begun = nil
		}
		return n, nil
	case c.left < 0:
		return c.TCPConn.Read(p)
	case c.left > 0:
		n, err := c.TCPConn.Read(p[:min(len(p), c.left)])
		c.left -= n
		return n, err
	case c.idle.Load():
		return c.next(p)
	}
	return 0, c.awaitEnd()
}

// linger is how long the server keeps a connection after an answer: the way to
// a loop and back costs more than most pages, and who loads one page loads what
// belongs to it.
const linger = time.Second

// SetReadDeadline is how the server says how long it would wait for the next
// request; here it waits no longer than linger.
func (c *conn) SetReadDeadline(t time.Time) error {
	if c.idle.Load() && c.left == 0 && !t.IsZero() {
		t = t.Add(min(0, linger-time.Duration(c.front.idleFor)*time.Second))
	}
	return c.TCPConn.SetReadDeadline(t)
}

// next waits a little for the next request. A board is answered at once, as a
// loop would; anything else is given to the server. When nothing comes the
// connection goes back to a loop.
func (c *conn) next(p []byte) (int, error) {
	for !c.front.ended() && c.front.idleFor > 0 { // without a bound the server would wait here for ever
		n, err := c.TCPConn.Read(p)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			break
		}
		if err != nil || n == 0 {
			return n, err
		}
		answer := c.front.answer.ask(p[:n])
		if answer == nil {
			c.left = left(p[:n])
			c.idle.Store(false)
			return n, nil
		}
		if _, err := c.Write(answer); err != nil {
			return 0, err
		}
	}
	c.back.Store(true)
	return 0, io.EOF
}

// awaitEnd returns when the peer has gone or the deadline has passed. The
// server reads while it works on a request, to learn that; what the peer sends
// meanwhile is its next request and stays where it is.
func (c *conn) awaitEnd() error {
	raw, err := c.SyscallConn()
	if err != nil {
		return err
	}
	var end error
	err = raw.Read(func(fd uintptr) bool {
		var b [1]byte
		n, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		switch {
		case n > 0, errors.Is(err, syscall.EAGAIN), errors.Is(err, syscall.EINTR):
			return false
		case err == nil:
			end = io.EOF
		default:
			end = err
		}
		return true
	})
	if err != nil {
		return err
	}
	return end
}

// Close ends the connection, or gives it back to a loop.
func (c *conn) Close() error {
	if !c.back.Swap(false) || c.front.ended() {
		return c.TCPConn.Close()
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return errors.Join(err, c.TCPConn.Close())
	}
	fd, err := duplicate(raw)
	if err := errors.Join(err, c.TCPConn.Close()); err != nil {
		return err
	}
	c.front.give(fd, true)
	return nil
}

// duplicate gives a socket another number.
func duplicate(raw syscall.RawConn) (fd int, err error) {
	var no syscall.Errno
	err = raw.Control(func(s uintptr) {
		var n uintptr
		n, _, no = syscall.Syscall(syscall.SYS_FCNTL, s, syscall.F_DUPFD_CLOEXEC, 0)
		fd = int(n) //nolint:gosec // a file's number
	})
	if err == nil && no != 0 {
		err = no
	}
	return fd, err
}
