package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"time"
)

// Run loads a server: a thread for each core, each with its share of the
// connections on an epoll, so that the client costs little more than its system
// calls. The answers must be of one length; anything but a whole 200 is an error
// and ends its connection.
func (l Load) Run(ctx context.Context) (Loaded, error) {
	addr, err := netip.ParseAddrPort(l.Addr)
	if err != nil || !addr.Addr().Is4() || !addr.Addr().IsLoopback() {
		return Loaded{}, errors.New("load: the server must be on 127.0.0.1")
	}
	size, err := l.size()
	if err != nil {
		return Loaded{}, err
	}
	workers := make([]*worker, min(runtime.NumCPU(), l.Connections))
	for i := range workers {
		w := &worker{Load: l, asked: l.request(), size: size, share: (l.Connections + i) / len(workers)}
		if err := w.connect(addr, i); err != nil {
			return Loaded{}, err
		}
		workers[i] = w
	}
	start := time.Now()
	var all sync.WaitGroup
	for _, w := range workers {
		all.Go(func() { w.run(ctx, start) })
	}
	all.Wait()
	return total(workers, time.Since(start)), nil
}

// size asks once and returns the length of the whole answer.
func (l Load) size() (int, error) {
	c, err := net.Dial("tcp", l.Addr)
	if err != nil {
		return 0, err
	}
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(10 * time.Second)) // a fresh connection takes one
	if _, err := c.Write(l.request()); err != nil {
		return 0, err
	}
	b := make([]byte, 64<<10)
	n, err := c.Read(b)
	if err != nil || !bytes.HasPrefix(b[:n], good) {
		return 0, fmt.Errorf("load: the server answers %.60q (%w)", b[:n], err)
	}
	return n, nil
}

var good = []byte("HTTP/1.1 200 ")

func total(workers []*worker, took time.Duration) Loaded {
	r := Loaded{Seconds: took.Seconds()}
	var times []time.Duration
	for _, w := range workers {
		r.Connections += len(w.conns)
		r.Answers += w.answers
		r.Errors += w.errors
		times = append(times, w.times...)
	}
	if len(times) > 0 {
		slices.Sort(times)
		r.P50, r.P99 = signs(ms(times[len(times)/2])), signs(ms(times[len(times)*99/100]))
	}
	return r
}

// worker is one thread of the client.
type worker struct {
	Load
	asked           []byte
	size, share     int
	ep              int
	conns           []asker
	next            int // of conns to ask, with Every
	answers, errors int
	times           []time.Duration
	in              [64 << 10]byte
}

// asker is one connection.
type asker struct {
	fd   int
	got  int           // bytes of the answer that is coming
	due  time.Duration // when it was to ask
	open bool          // asked and not answered
	gone bool
}

// perSource is how many connections have one address of this machine: the
// system has about 28,000 ports for each.
const perSource = 20_000

func (w *worker) connect(to netip.AddrPort, number int) (err error) {
	if w.ep, err = syscall.EpollCreate1(syscall.EPOLL_CLOEXEC); err != nil {
		return err
	}
	for i := range w.share {
		fd, err := dialFrom(2+number+i/perSource*runtime.NumCPU(), to)
		if err != nil {
			return fmt.Errorf("load: connection %d: %w (raise the limit of open files if there are too many)", i, err)
		}
		w.conns = append(w.conns, asker{fd: fd})
		if w.Every > 0 { // as a browser does; a server ends those that say nothing
			w.ask(i, 0)
		}
		if err := syscall.EpollCtl(w.ep, syscall.EPOLL_CTL_ADD, fd, &syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(i)}); err != nil { //nolint:gosec // few
			return err
		}
	}
	return nil
}

// dialFrom connects from 127.0.0.n.
func dialFrom(n int, to netip.AddrPort) (int, error) {
	const bindWithoutPort = 24 // IP_BIND_ADDRESS_NO_PORT: the port is found when connecting, unique for both ends
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	err = errors.Join(
		syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1),
		syscall.SetsockoptInt(fd, syscall.IPPROTO_IP, bindWithoutPort, 1),
		syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, byte(n)}}), //nolint:gosec // below 256
		syscall.Connect(fd, &syscall.SockaddrInet4{Addr: to.Addr().As4(), Port: int(to.Port())}),
		syscall.SetNonblock(fd, true),
	)
	if err != nil {
		return -1, errors.Join(err, syscall.Close(fd))
	}
	return fd, nil
}

func (w *worker) run(ctx context.Context, start time.Time) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if w.Every == 0 {
		for i := range w.conns {
			w.ask(i, 0)
		}
	}
	var events [512]syscall.EpollEvent
	for {
		wait := 100
		if now := time.Since(start); w.Every > 0 {
			wait = w.askDue(now)
		} else if now > w.Length {
			break
		}
		if ctx.Err() != nil || time.Since(start) > w.Length {
			break
		}
		n, _ := syscall.EpollWait(w.ep, events[:], wait) // interrupted is nothing
		now := time.Since(start)
		for _, e := range events[:max(n, 0)] {
			w.read(int(e.Fd), now)
		}
	}
	for i := range w.conns {
		if w.conns[i].open && w.Every > 0 && time.Since(start)-w.conns[i].due > time.Second {
			w.errors++ // an answer that did not come in time
		}
		if !w.conns[i].gone {
			_ = syscall.Close(w.conns[i].fd)
		}
	}
	_ = syscall.Close(w.ep)
}

// askDue asks on the connections whose turn has come, spread evenly over Every,
// and returns the milliseconds until the next.
func (w *worker) askDue(now time.Duration) int {
	for {
		due := w.Every * time.Duration(w.next) / time.Duration(len(w.conns))
		if due > now {
			return int((due-now)/time.Millisecond) + 1
		}
		w.ask(w.next%len(w.conns), due)
		w.next++
	}
}

func (w *worker) ask(i int, due time.Duration) {
	c := &w.conns[i]
	if c.gone {
		return
	}
	if c.open { // who has no answer yet does not ask again
		if due-c.due > patience {
			w.lose(c)
		}
		return
	}
	c.due, c.open, c.got = due, true, 0
	if n, err := syscall.Write(c.fd, w.asked); err != nil || n != len(w.asked) {
		w.lose(c)
	}
}

// patience is how long an answer may take.
const patience = 10 * time.Second

func (w *worker) lose(c *asker) {
	w.errors++
	c.gone = true
	_ = syscall.Close(c.fd) // it is counted
}

func (w *worker) read(i int, now time.Duration) {
	c := &w.conns[i]
	if c.gone {
		return
	}
	n, err := syscall.Read(c.fd, w.in[:])
	switch {
	case errors.Is(err, syscall.EAGAIN), errors.Is(err, syscall.EINTR):
		return
	case err != nil || n <= 0 || !c.open || c.got == 0 && !bytes.HasPrefix(w.in[:n], good) || c.got+n > w.size:
		w.lose(c)
		return
	}
	if c.got += n; c.got < w.size {
		return
	}
	c.open = false
	w.answers++
	if w.Every == 0 {
		w.ask(i, 0)
	} else {
		w.times = append(w.times, now-c.due)
	}
}
