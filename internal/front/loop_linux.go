package front

import (
	"errors"
	"sync"
	"syscall"
)

// loop answers on its share of the connections. Only its goroutine reads,
// answers and ends them, so a file's number never changes under its hands.
type loop struct {
	front *front
	ep    int    // an epoll; a thread of the loop's own waits in it, which costs less than the runtime's wake-up
	bell  [2]int // a pipe: rung once a second, and at the end
	in    [maxHead]byte

	mu     sync.Mutex
	second uint32            // beats so far
	conns  map[int32]waiting // by file
	over   bool              // takes no more connections
}

// waiting is a connection on which nothing is being asked.
type waiting struct {
	since uint32 // the second of its last answer
	used  bool   // has had an answer
}

const (
	maxHead = 16 << 10 // what the server allows too
	batch   = 256      // events taken at once
)

func newLoop(f *front) (*loop, error) {
	p := &loop{front: f, conns: map[int32]waiting{}}
	var err error
	if p.ep, err = syscall.EpollCreate1(syscall.EPOLL_CLOEXEC); err != nil {
		return nil, err
	}
	if err = syscall.Pipe2(p.bell[:], syscall.O_NONBLOCK|syscall.O_CLOEXEC); err != nil {
		return nil, errors.Join(err, syscall.Close(p.ep))
	}
	if err = syscall.EpollCtl(p.ep, syscall.EPOLL_CTL_ADD, p.bell[0], event(p.bell[0])); err != nil {
		p.end()
		return nil, err
	}
	return p, nil
}

func event(fd int) *syscall.EpollEvent {
	return &syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(fd)} //nolint:gosec // files are few
}

// wake rings the bell. A full pipe has been rung already.
func (p *loop) wake() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.over {
		_, _ = syscall.Write(p.bell[1], []byte{0})
	}
}

// add takes a connection; when the loop has ended it is closed.
func (p *loop) add(fd int, used bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.over {
		_ = syscall.Close(fd) // nothing was promised to it
		return
	}
	p.conns[int32(fd)] = waiting{p.second, used}                             //nolint:gosec // files are few
	if syscall.EpollCtl(p.ep, syscall.EPOLL_CTL_ADD, fd, event(fd)) != nil { // no memory in the kernel
		p.drop(fd)
	}
}

// drop ends a connection; mu is held.
func (p *loop) drop(fd int) {
	delete(p.conns, int32(fd)) //nolint:gosec // files are few
	_ = syscall.Close(fd)      // the peer learns as much as can be said
}

// run answers until the front ends.
func (p *loop) run() {
	defer p.end()
	var events [batch]syscall.EpollEvent
	for !p.front.ended() {
		n, err := syscall.EpollWait(p.ep, events[:], -1)
		if err != nil && !errors.Is(err, syscall.EINTR) { // nobody but us closes it
			p.front.fail(err)
			return
		}
		for i := range events[:max(n, 0)] {
			if fd := int(events[i].Fd); fd == p.bell[0] {
				p.rung()
			} else {
				p.serve(fd)
			}
		}
	}
}

// rung ends the connections whose time is over.
func (p *loop) rung() {
	var b [16]byte
	if n, _ := syscall.Read(p.bell[0], b[:]); n < 1 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.second++
	for fd, c := range p.conns {
		limit := p.front.firstWithin
		if c.used {
			limit = p.front.idleFor
		}
		if limit > 0 && p.second-c.since > limit {
			p.drop(int(fd))
		}
	}
}

// end closes all that is left. What was handed over is the server's.
func (p *loop) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.over = true
	for fd := range p.conns {
		p.drop(int(fd))
	}
	_, _, _ = syscall.Close(p.bell[0]), syscall.Close(p.bell[1]), syscall.Close(p.ep)
}

// serve answers what came on a connection, or hands it over.
func (p *loop) serve(fd int) {
	if !p.ours(fd) { // its time ended earlier in this batch
		return
	}
	n, err := syscall.Read(fd, p.in[:])
	switch {
	case errors.Is(err, syscall.EAGAIN), errors.Is(err, syscall.EINTR):
		return
	case err != nil || n <= 0:
		p.close(fd)
		return
	}
	asked := p.in[:n]
	answer := p.front.answer.ask(asked)
	if answer == nil {
		p.handOver(fd, asked)
		return
	}
	sent, err := syscall.Write(fd, answer)
	switch {
	case sent == len(answer):
	case err != nil && !errors.Is(err, syscall.EAGAIN) && !errors.Is(err, syscall.EINTR):
		p.close(fd)
	default: // the peer does not read: somebody else waits for it
		p.finish(fd, answer[max(sent, 0):])
	}
}

// ours notes that the connection is at work.
func (p *loop) ours(fd int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	c, found := p.conns[int32(fd)] //nolint:gosec // files are few
	if found && (c.since != p.second || !c.used) {
		p.conns[int32(fd)] = waiting{p.second, true} //nolint:gosec // files are few
	}
	return found
}

func (p *loop) close(fd int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.drop(fd)
}

// leave gives a connection up without closing it. It must be taken off the
// epoll by hand: its file lives on under another number.
func (p *loop) leave(fd int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, int32(fd))                                       //nolint:gosec // files are few
	_ = syscall.EpollCtl(p.ep, syscall.EPOLL_CTL_DEL, fd, event(fd)) // it is there
}
