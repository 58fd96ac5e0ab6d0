//go:build linux

package faults

import (
	"bufio"
	"encoding/json"
	"net"
	"time"

	"naru/internal/fault"
)

// ask is one request to a node: one line of JSON.
type ask struct {
	Op      string `json:"op"`
	Person  int    `json:"person,omitempty"`
	Browser string `json:"browser,omitempty"` // the cookie
	Ticket  string `json:"ticket,omitempty"`
	Session string `json:"session,omitempty"`
	Code    string `json:"code,omitempty"`
	Key     string `json:"key,omitempty"`
	Clinic  string `json:"clinic,omitempty"`
	Start   int64  `json:"start,omitempty"`
	Hold    string `json:"hold,omitempty"`
	Number  string `json:"number,omitempty"`
	Token   string `json:"token,omitempty"`
}

// told is a node's answer.
type told struct {
	Fault   fault.Code `json:"fault,omitempty"` // "": it went well
	Message string     `json:"message,omitempty"`
	Why     string     `json:"why,omitempty"` // for the log of a failed test

	Ticket   string     `json:"ticket,omitempty"` // sealed
	ID       string     `json:"id,omitempty"`     // of the ticket or the session
	Late     bool       `json:"late,omitempty"`
	Place    uint64     `json:"place,omitempty"` // late number
	Session  string     `json:"session,omitempty"`
	Booked   bool       `json:"booked,omitempty"`
	Ends     int64      `json:"ends,omitempty"` // unix seconds
	Code     string     `json:"code,omitempty"`
	Token    string     `json:"token,omitempty"`
	Hold     string     `json:"hold,omitempty"`
	Number   string     `json:"number,omitempty"`
	Doses    []int64    `json:"doses,omitempty"` // unix seconds
	Times    []freeTime `json:"times,omitempty"`
	Leads    bool       `json:"leads,omitempty"`
	Phase    string     `json:"phase,omitempty"`
	Serving  uint64     `json:"serving,omitempty"`
	Existing []string   `json:"existing,omitempty"` // numbers that are booked
}

type freeTime struct {
	Clinic string `json:"clinic"`
	Start  int64  `json:"start"`
	Left   int    `json:"left"`
}

// line is a client's connection to one node.
type line struct {
	conn net.Conn
	in   *bufio.Reader
}

func dial(path string) (*line, error) {
	conn, err := net.DialTimeout("unix", path, time.Second)
	if err != nil {
		return nil, err
	}
	return &line{conn, bufio.NewReader(conn)}, nil
}

// ask sends a request and waits for its answer. After an error the line is of
// no use: an answer may still be on its way.
func (l *line) ask(q ask, patience time.Duration) (told, error) {
	var a told
	text, err := json.Marshal(q)
	if err != nil {
		return a, err
	}
	if err := l.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return a, err
	}
	if _, err := l.conn.Write(append(text, '\n')); err != nil {
		return a, err
	}
	reply, err := l.in.ReadBytes('\n')
	if err != nil {
		return a, err
	}
	return a, json.Unmarshal(reply, &a)
}
