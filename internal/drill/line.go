package drill

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"time"
)

// line is one connection, used by one request at a time.
type line struct {
	net.Conn
	from *bufio.Reader
	used time.Time // when it was last given back
}

// take gives a connection: the one that was used last, or a new one. Of those
// that wait too long, or that the server has ended, nobody is given any.
func (c *client) take(until time.Time, fresh bool) (l *line, used bool, err error) {
	for !fresh {
		if l = c.fromSpare(); l == nil {
			break
		}
		if time.Since(l.used) < spareFor && l.SetDeadline(until) == nil && silent(l.Conn) {
			return l, true, nil
		}
		c.give(l, false)
	}
	d := net.Dialer{Deadline: until, Timeout: 5 * time.Second}
	conn, err := d.DialContext(context.Background(), "tcp", c.base.Host)
	if err != nil {
		return nil, false, err
	}
	l = &line{Conn: conn, from: bufio.NewReader(conn)}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over {
		return nil, false, errors.Join(context.Canceled, conn.Close())
	}
	c.open[l] = struct{}{}
	return l, false, nil
}

func (c *client) fromSpare() *line {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := len(c.spare)
	if n == 0 {
		return nil
	}
	l := c.spare[n-1]
	c.spare = c.spare[:n-1]
	return l
}

// give takes a connection back, to be used again or not, and ends one that waits
// too long.
func (c *client) give(l *line, again bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if again && !c.over && l.from.Buffered() == 0 {
		l.used = time.Now()
		c.spare = append(c.spare, l)
		if l.used.Sub(c.spare[0].used) < spareFor {
			return
		}
		l, c.spare = c.spare[0], c.spare[1:]
	}
	delete(c.open, l)
	_ = l.Close() // nothing is asked on it any more
}

// close ends all connections, and with them the requests under way.
func (c *client) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over, c.spare = true, nil
	for l := range c.open {
		_ = l.Close() // nothing is asked on it any more
	}
	clear(c.open)
}

// ask writes a request and reads its answer. Silent tells that the connection
// ended without a byte of one.
func (l *line) ask(until time.Time, request []byte) (r reply, silent bool) {
	if err := l.SetDeadline(until); err != nil {
		return reply{err: err}, true
	}
	if _, err := l.Write(request); err != nil {
		return reply{err: err}, !errors.Is(err, os.ErrDeadlineExceeded)
	}
	if _, err := l.from.Peek(1); err != nil {
		return reply{err: err}, !errors.Is(err, os.ErrDeadlineExceeded)
	}
	answer, err := http.ReadResponse(l.from, nil)
	if err != nil {
		return reply{err: err}, false
	}
	r = read(answer)
	if err := answer.Body.Close(); err != nil && r.err == nil { // reads what is left of it
		r.release()
		return reply{err: err}, false
	}
	return r, false
}
