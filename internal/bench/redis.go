package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"time"
)

// redisServer is a Redis of the bench's own, without persistence: nothing it
// says is on disk.
type redisServer struct {
	cmd    *exec.Cmd
	socket string
	folder string
}

func startRedis(ctx context.Context) (*redisServer, error) {
	program, err := exec.LookPath("redis-server")
	if err != nil {
		return nil, &MissingError{errors.New("redis-server is not on this machine: install the Debian package redis-server")}
	}
	folder, err := os.MkdirTemp("", "naru-redis-") // the path of a socket must be short
	if err != nil {
		return nil, err
	}
	r := &redisServer{socket: filepath.Join(folder, "redis"), folder: folder}
	r.cmd = exec.Command(program, "--port", "0", "--unixsocket", r.socket, //nolint:gosec // from the path, like any program
		"--save", "", "--appendonly", "no", "--daemonize", "no", "--dir", folder)
	endWithUs(r.cmd)
	if err := r.cmd.Start(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	if err := r.await(ctx); err != nil {
		return nil, errors.Join(err, r.stop())
	}
	return r, nil
}

// await returns when the server takes connections.
func (r *redisServer) await(ctx context.Context) error {
	for range 500 {
		c, err := net.Dial("unix", r.socket)
		if err == nil {
			return c.Close()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
	return errors.New("redis-server does not answer")
}

func (r *redisServer) stop() error {
	_ = r.cmd.Process.Kill() // it keeps nothing; it may have ended by itself
	_ = r.cmd.Wait()         // killed is what it shall be
	return os.RemoveAll(r.folder)
}

// redis is a client over one connection: what callers send while a write is on
// its way goes together in the next one, so hundreds of them share a system
// call. Safe for concurrent use.
type redis struct {
	conn    net.Conn
	mu      sync.Mutex
	out     []byte       // not yet written
	spare   []byte       // the buffer that was written last
	callers []chan int64 // in the order of what they sent
	first   int          // of callers, the one whose answer is next
	more    chan struct{}
	failed  error
}

// dialRedis connects to the socket of a server.
func dialRedis(socket string) (*redis, error) {
	c, err := net.Dial("unix", socket)
	if err != nil {
		return nil, err
	}
	r := &redis{conn: c, more: make(chan struct{}, 1)}
	go r.write()
	go r.read()
	return r, nil
}

// close ends the connection; whoever waits for an answer gets none.
func (r *redis) close() error {
	r.fail(net.ErrClosed)
	return r.conn.Close()
}

var waiters = sync.Pool{New: func() any { return make(chan int64, 1) }}

// gone is the answer to those whose connection broke.
const gone = -1

// place adds a member to a sorted set unless it is there, and returns its rank:
// ZADD NX and ZRANK in one go.
func (r *redis) place(set, member string, score int64) (rank int64, err error) {
	c := waiters.Get().(chan int64)
	r.mu.Lock()
	if err := r.failed; err != nil {
		r.mu.Unlock()
		return 0, err
	}
	r.out = appendPlace(r.out, set, member, score)
	r.callers = append(r.callers, c)
	r.mu.Unlock()
	r.wake()
	rank = <-c
	waiters.Put(c)
	if rank == gone {
		return 0, errors.New("the connection to redis broke")
	}
	return rank, nil
}

func appendPlace(b []byte, set, member string, score int64) []byte {
	b = append(b, "*5\r\n$4\r\nZADD\r\n"...)
	b = appendBulk(b, set)
	b = append(b, "$2\r\nNX\r\n"...)
	b = appendBulk(b, strconv.FormatInt(score, 10))
	b = appendBulk(b, member)
	b = append(b, "*3\r\n$5\r\nZRANK\r\n"...)
	b = appendBulk(b, set)
	return appendBulk(b, member)
}

func appendBulk(b []byte, s string) []byte {
	b = append(b, '$')
	b = strconv.AppendInt(b, int64(len(s)), 10)
	b = append(b, "\r\n"...)
	b = append(b, s...)
	return append(b, "\r\n"...)
}

// write sends what has come together since the last write.
func (r *redis) write() {
	for range r.more {
		r.mu.Lock()
		out := r.out
		r.out = r.spare[:0]
		stop := r.failed != nil
		r.mu.Unlock()
		if stop {
			return
		}
		if _, err := r.conn.Write(out); err != nil {
			r.fail(err)
			return
		}
		r.spare = out
	}
}

// read hands the answers out in the order of the questions.
func (r *redis) read() {
	in := bufio.NewReaderSize(r.conn, 64<<10)
	for {
		_, err := readInteger(in) // of ZADD: new or not does not matter
		var rank int64
		if err == nil {
			rank, err = readInteger(in)
		}
		if err != nil {
			r.fail(err)
			return
		}
		r.mu.Lock()
		c := r.next()
		r.mu.Unlock()
		c <- rank
	}
}

// next takes the caller whose answer came, and now and then moves the rest to
// the front.
func (r *redis) next() chan int64 {
	const tidy = 4096
	c := r.callers[r.first]
	if r.first++; r.first == len(r.callers) || r.first == tidy {
		r.callers, r.first = r.callers[:copy(r.callers, r.callers[r.first:])], 0
	}
	return c
}

// readInteger reads an answer of the kind ":42\r\n".
func readInteger(in *bufio.Reader) (int64, error) {
	line, err := in.ReadSlice('\n')
	if err != nil {
		return 0, err
	}
	if len(line) < 4 || line[0] != ':' {
		return 0, fmt.Errorf("redis answers %.80q", line)
	}
	n, err := strconv.ParseInt(string(line[1:len(line)-2]), 10, 64)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("redis answers %.80q", line)
	}
	return n, nil
}

// fail lets everybody go, once.
func (r *redis) fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failed != nil {
		return
	}
	r.failed = err
	for _, c := range r.callers[r.first:] {
		c <- gone
	}
	r.callers, r.first = nil, 0
	r.wake()
}

// wake tells the writer that there is something to do.
func (r *redis) wake() {
	select {
	case r.more <- struct{}{}:
	default: // somebody said so already
	}
}
