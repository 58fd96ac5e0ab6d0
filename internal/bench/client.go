package bench

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"
)

// How many keep-alive connections a load over HTTP has, on both sides of a measure.
const (
	rush  = 2048 // where throughput is asked for: about those who wait for an answer in the first second of an opening
	queue = 256  // where latency is: a closed loop of more keeps a server at its maximum by keeping everybody waiting
)

// conn is one keep-alive connection of a client that does as little as possible:
// it writes a request that was made beforehand and reads the answer away. Both
// sides of a measure use it.
type conn struct {
	net.Conn
	in *bufio.Reader
}

// answer is what is looked at of a response. It is valid until the next one.
type answer struct {
	status   int
	location []byte
}

func dial(addr string) (*conn, error) {
	c, err := net.DialTimeout("tcp", addr, 5*time.Second)
	if err != nil {
		return nil, err
	}
	return &conn{c, bufio.NewReaderSize(c, 4<<10)}, nil
}

// dialAll opens n connections.
func dialAll(addr string, n int) ([]*conn, error) {
	var all []*conn
	for range n {
		c, err := dial(addr)
		if err != nil {
			return nil, errors.Join(err, hangUp(all))
		}
		all = append(all, c)
	}
	return all, nil
}

func hangUp(all []*conn) error {
	var errs []error
	for _, c := range all {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}

// ask sends one request and reads the answer.
func (c *conn) ask(request []byte) (answer, error) {
	if _, err := c.Write(request); err != nil {
		return answer{}, err
	}
	return readAnswer(c.in)
}

var errAnswer = errors.New("not an answer of HTTP/1.1 with a length")

// readAnswer reads a response that carries its length, as all of ours do.
func readAnswer(in *bufio.Reader) (a answer, err error) {
	line, err := in.ReadSlice('\n')
	if err != nil {
		return a, err
	}
	if len(line) < len("HTTP/1.1 200") || !bytes.HasPrefix(line, []byte("HTTP/1.1 ")) {
		return a, errAnswer
	}
	if a.status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return a, errAnswer
	}
	length := -1
	for {
		if line, err = in.ReadSlice('\n'); err != nil {
			return a, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		name, value, _ := bytes.Cut(line, []byte(": "))
		switch {
		case bytes.EqualFold(name, []byte("Content-Length")):
			if length, err = strconv.Atoi(string(value)); err != nil {
				return a, errAnswer
			}
		case bytes.EqualFold(name, []byte("Location")):
			a.location = bytes.Clone(value)
		}
	}
	if length < 0 {
		return a, errAnswer
	}
	_, err = in.Discard(length)
	return a, err
}

// want fails unless the answer leads to a path, as a step that was done does.
func (a answer) want(path string) error {
	if a.status != 303 || string(a.location) != path {
		return fmt.Errorf("the server answers %d to %q instead of 303 to %q", a.status, a.location, path)
	}
	return nil
}

// post appends a request for a form to b.
func post(b []byte, host, path, cookies string, body []byte) []byte {
	b = append(b, "POST "...)
	b = append(b, path...)
	b = append(b, " HTTP/1.1\r\nHost: "...)
	b = append(b, host...)
	b = append(b, "\r\nAccept: text/html\r\nSec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\n"...)
	if cookies != "" {
		b = append(b, "Cookie: "...)
		b = append(b, cookies...)
		b = append(b, "\r\n"...)
	}
	b = append(b, "Content-Length: "...)
	b = strconv.AppendInt(b, int64(len(body)), 10)
	b = append(b, "\r\n\r\n"...)
	return append(b, body...)
}
