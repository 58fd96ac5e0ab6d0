package bench

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// A member keeps its rank, whoever asks and whatever score comes with it.
func TestRedisKeepsPlaces(t *testing.T) {
	t.Parallel()
	r := redisForTest(t)
	c, err := dialRedis(r.socket)
	must(t, err)
	defer func() { must(t, c.close()) }()
	for i, m := range []struct {
		member string
		want   int64
	}{{"a", 0}, {"b\r\n", 1}, {"c", 2}, {"a", 0}, {"b\r\n", 1}} {
		if rank, err := c.place("line", m.member, int64(i)); err != nil || rank != m.want {
			t.Errorf("%q is at %d (%v), want %d", m.member, rank, err, m.want)
		}
	}
}

// Thousands at once each get the answer to their own question.
func TestRedisAnswersTheRightCaller(t *testing.T) {
	t.Parallel()
	r := redisForTest(t)
	c, err := dialRedis(r.socket)
	must(t, err)
	defer func() { must(t, c.close()) }()
	const people = 10_000
	for n := range people {
		_, err := c.place("line", fmt.Sprint(n), int64(n))
		must(t, err)
	}
	var wg sync.WaitGroup
	for n := range people {
		wg.Go(func() {
			if rank, err := c.place("line", fmt.Sprint(n), 0); err != nil || rank != int64(n) {
				t.Errorf("%d is told %d (%v)", n, rank, err)
			}
		})
	}
	wg.Wait()
}

// A connection that breaks leaves nobody waiting.
func TestRedisThatBreaks(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]string{"it ends": "", "it answers nonsense": "-ERR no\r\n"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			socket := filepath.Join(t.TempDir(), "s")
			l, err := net.Listen("unix", socket)
			must(t, err)
			defer func() { _ = l.Close() }()
			go func() {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				_, _ = conn.Read(make([]byte, 1))
				_, _ = conn.Write([]byte(answer))
				_ = conn.Close()
			}()
			c, err := dialRedis(socket)
			must(t, err)
			for range 2 {
				if _, err := c.place("line", "a", 1); err == nil {
					t.Error("a place without an answer")
				}
			}
			must(t, c.close())
		})
	}
}

func FuzzReadInteger(f *testing.F) {
	for _, seed := range []string{":1\r\n", ":-1\r\n", "$1\r\n", ":\r\n", ":99999999999999999999\r\n", "\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, wire string) {
		if n, err := readInteger(bufio.NewReader(strings.NewReader(wire))); err == nil && (n < 0 || wire[0] != ':') {
			t.Errorf("%q is %d", wire, n)
		}
	})
}

func redisForTest(t *testing.T) *redisServer {
	t.Helper()
	r, err := startRedis(t.Context())
	var missing *MissingError
	if errors.As(err, &missing) {
		t.Skip(err)
	}
	must(t, err)
	t.Cleanup(func() { must(t, r.stop()) })
	return r
}

func TestRedisThatIsMissing(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := startRedis(t.Context())
	var missing *MissingError
	if !errors.As(err, &missing) || !strings.Contains(err.Error(), "install the Debian package redis-server") {
		t.Errorf("said %v", err)
	}
}
