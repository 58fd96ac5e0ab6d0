package front

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Listen puts a front before a server: the caller serves the listener that is
// returned, with that server. It takes l over, and sets the server's ConnState,
// which must be free. A listener that is not TCP is returned as it is.
func Listen(l net.Listener, s *http.Server, a Answer) (net.Listener, error) {
	port, tcp := l.(*net.TCPListener)
	if !tcp {
		return l, nil
	}
	if s.ConnState != nil {
		return nil, errors.New("front: the server's ConnState is taken")
	}
	f := &front{
		Listener: l, answer: a, handed: make(chan *conn), done: make(chan struct{}),
		firstWithin: seconds(first(s.ReadHeaderTimeout, s.ReadTimeout)), idleFor: seconds(first(s.IdleTimeout, s.ReadTimeout)),
		writeWithin: s.WriteTimeout,
	}
	if err := f.start(port); err != nil {
		return nil, fmt.Errorf("front: %w", errors.Join(err, f.Close()))
	}
	s.ConnState = follow
	return f, nil
}

func first(a, b time.Duration) time.Duration {
	if a != 0 {
		return a
	}
	return b
}

// seconds rounds up; 0 stays 0, which is without end.
func seconds(d time.Duration) uint32 { return uint32((d + time.Second - 1) / time.Second) } //nolint:gosec // minutes

// front is the listener of the http.Server: what it accepts are the connections
// that are handed over.
type front struct {
	net.Listener
	port                 *os.File // the same socket; package net does not lend its own for accepting
	answer               Answer
	firstWithin, idleFor uint32 // seconds; 0: without end
	writeWithin          time.Duration
	loops                []*loop
	next                 atomic.Uint32 // loop that gets the next connection
	handed               chan *conn
	failed               error         // why accepting ended; read after done
	done                 chan struct{} // closed when nothing is served any more
	once                 sync.Once
	working              sync.WaitGroup
}

func (f *front) start(l *net.TCPListener) error {
	listening, err := l.SyscallConn()
	if err != nil {
		return err
	}
	if err := inherit(listening); err != nil {
		return err
	}
	fd, err := duplicate(listening)
	if err != nil {
		return err
	}
	f.port = os.NewFile(uintptr(fd), "tcp") //nolint:gosec // a file's number
	raw, err := f.port.SyscallConn()
	if err != nil {
		return err
	}
	for range runtime.GOMAXPROCS(0) {
		p, err := newLoop(f)
		if err != nil {
			for _, begun := range f.loops {
				begun.end()
			}
			return err
		}
		f.loops = append(f.loops, p)
	}
	for _, p := range f.loops {
		f.working.Go(p.run)
	}
	f.working.Go(f.beat)
	f.working.Go(func() { f.accept(raw) })
	return nil
}

// inherit sets what connections have from their listener: no delay, and the
// same probes of silent peers that package net asks for.
func inherit(raw syscall.RawConn) error {
	var errs []error
	err := raw.Control(func(fd uintptr) {
		for _, o := range [][3]int{
			{syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1},
			{syscall.SOL_SOCKET, syscall.SO_KEEPALIVE, 1},
			{syscall.IPPROTO_TCP, syscall.TCP_KEEPIDLE, 15},
			{syscall.IPPROTO_TCP, syscall.TCP_KEEPINTVL, 15},
			{syscall.IPPROTO_TCP, syscall.TCP_KEEPCNT, 9},
		} {
			errs = append(errs, syscall.SetsockoptInt(int(fd), o[0], o[1], o[2]))
		}
	})
	return errors.Join(append(errs, err)...)
}

// beat lets the loops look at the time once a second.
func (f *front) beat() {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-f.done:
			return
		case <-tick.C:
		}
		for _, p := range f.loops {
			p.wake()
		}
	}
}

// accept takes connections until the listener is closed.
func (f *front) accept(raw syscall.RawConn) {
	for {
		fd, err := -1, error(nil)
		closed := raw.Read(func(l uintptr) bool {
			fd, _, err = syscall.Accept4(int(l), syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC)
			return !errors.Is(err, syscall.EAGAIN)
		})
		switch {
		case closed != nil:
			f.fail(closed)
			return
		case err == nil:
			f.give(fd, false)
		case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE), errors.Is(err, syscall.ENOBUFS), errors.Is(err, syscall.ENOMEM):
			time.Sleep(scarce)
		case errors.Is(err, syscall.EINTR), errors.Is(err, syscall.ECONNABORTED): // of one connection only
		default:
			f.fail(err)
			return
		}
	}
}

// scarce is how long nothing is accepted when the system has no more files or
// memory; net/http waits as long.
const scarce = 100 * time.Millisecond

// give puts a connection into the care of a loop.
func (f *front) give(fd int, used bool) {
	f.loops[int(f.next.Add(1))%len(f.loops)].add(fd, used)
}

// Accept returns the next connection that the server must judge.
func (f *front) Accept() (net.Conn, error) {
	select {
	case c := <-f.handed:
		return c, nil
	case <-f.done:
		return nil, f.failed
	}
}

// Close ends accepting, and the connections on which nothing is being asked.
func (f *front) Close() error {
	f.fail(net.ErrClosed)
	err := f.Listener.Close()
	if f.port != nil {
		err = errors.Join(err, f.port.Close())
	}
	f.working.Wait()
	return err
}

// fail ends the front, once.
func (f *front) fail(err error) {
	f.once.Do(func() {
		f.failed = err
		close(f.done)
		for _, p := range f.loops {
			p.wake()
		}
	})
}

// ended tells whether the front has closed.
func (f *front) ended() bool {
	select {
	case <-f.done:
		return true
	default:
		return false
	}
}
