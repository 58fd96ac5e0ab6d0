package e2e

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
)

// marionette speaks Firefox's own remote protocol, which is what geckodriver
// (not in Debian) would speak to it: JSON messages over TCP, each with its length
// in front. One command at a time.
//
// https://firefox-source-docs.mozilla.org/testing/marionette/Protocol.html
type marionette struct {
	conn net.Conn
	in   *bufio.Reader
	last int // number of the last command
}

// longestMessage bounds what is believed of a length: a page's text, no more.
const longestMessage = 64 << 20

// dialMarionette connects and reads the greeting.
func dialMarionette(port string) (*marionette, error) {
	conn, err := net.DialTimeout("tcp", "127.0.0.1:"+port, patience)
	if err != nil {
		return nil, err
	}
	m := &marionette{conn: conn, in: bufio.NewReader(conn)}
	if _, err := m.receive(); err != nil {
		return nil, errors.Join(fmt.Errorf("greeting: %w", err), conn.Close())
	}
	return m, nil
}

// do sends a command and reads its answer's value into into, unless that is nil.
func (m *marionette) do(name string, params map[string]any, into any) error {
	if params == nil {
		params = map[string]any{}
	}
	m.last++
	text, err := json.Marshal([]any{0, m.last, name, params})
	if err != nil {
		return err
	}
	if err := m.conn.SetDeadline(time.Now().Add(2 * patience)); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(m.conn, "%d:%s", len(text), text); err != nil {
		return err
	}
	answer, err := m.receive()
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if err := m.read(answer, into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// receive reads one message.
func (m *marionette) receive() ([]byte, error) {
	length, err := m.in.ReadString(':')
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(strings.TrimSuffix(length, ":"))
	if err != nil || n < 0 || n > longestMessage {
		return nil, fmt.Errorf("impossible length %q", length)
	}
	text := make([]byte, n)
	_, err = io.ReadFull(m.in, text)
	return text, err
}

// read opens an answer: [1, number, error or null, result].
func (m *marionette) read(answer []byte, into any) error {
	var parts []json.RawMessage
	var number int
	if err := json.Unmarshal(answer, &parts); err != nil || len(parts) != 4 {
		return fmt.Errorf("not an answer: %.200s", answer)
	}
	if err := json.Unmarshal(parts[1], &number); err != nil || number != m.last {
		return fmt.Errorf("answer %s to command %d", parts[1], m.last)
	}
	if fault := string(parts[2]); fault != "null" {
		return fmt.Errorf("firefox says %.500s", fault)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(parts[3], into)
}
