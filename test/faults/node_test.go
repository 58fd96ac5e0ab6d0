//go:build linux

package faults

import (
	"bufio"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"os"
	"time"

	"naru/examples"
	"naru/internal/agency"
	"naru/internal/booking"
	"naru/internal/caldate"
	"naru/internal/fault"
	"naru/internal/gate"
	"naru/internal/person"
	"naru/internal/store"
)

// nodeVariable holds the orders of a node, as JSON.
const nodeVariable = "NARU_FAULTS_NODE"

// statusFatal is how a node ends when the store no longer trusts its disk.
const statusFatal = 77

// orders say what a node opens and where it listens.
type orders struct{ Dir, DB, Socket string }

const campaignID = "covid19-2021-07-12"

// node is the process that serves.
type node struct{ *store.Store }

// beNode opens the store, runs it, and answers until it is ended.
func beNode() {
	var o orders
	stop(json.Unmarshal([]byte(os.Getenv(nodeVariable)), &o))
	a, err := agency.Load(examples.AgencyYAML)
	stop(err)
	start := time.Now()
	s, err := store.Open(context.Background(), store.Options{
		Dir: o.Dir, DB: o.DB, Agency: a, Now: time.Now, Watch: func() time.Duration { return time.Since(start) },
		Fatal: func(err error) { fmt.Fprintln(os.Stderr, "fatal:", err); os.Exit(statusFatal) },
		Log:   slog.New(slog.NewTextHandler(os.Stderr, nil)),
	})
	stop(err)
	listener, err := net.Listen("unix", o.Socket)
	stop(err)
	n := &node{s}
	go s.Run(context.Background())
	go n.deliver()
	for {
		conn, err := listener.Accept()
		stop(err)
		go n.serve(conn)
	}
}

func stop(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "node:", err)
		os.Exit(2)
	}
}

// deliver is the postman, as every node has one: what is queued counts as sent.
func (n *node) deliver() {
	ctx := context.Background()
	for {
		select {
		case <-n.Mail():
		case <-time.After(time.Second):
		}
		if queued, err := n.Queued(ctx, 500); err == nil && len(queued) > 0 {
			_ = n.Delivered(ctx, queued, nil) // the next round tries again
		}
	}
}

func (n *node) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	in := bufio.NewScanner(conn)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		var q ask
		if json.Unmarshal(in.Bytes(), &q) != nil {
			return
		}
		a, err := n.answer(context.Background(), q)
		if err != nil {
			f := fault.Of(err)
			a = told{Fault: f.Code, Message: f.Message, Why: err.Error()}
		}
		text, err := json.Marshal(a)
		if err != nil {
			return
		}
		if _, err := conn.Write(append(text, '\n')); err != nil {
			return
		}
	}
}

// claimOf is who a person of the crowd is.
func claimOf(n int) person.Claim {
	return person.Claim{Name: "시험용사람", Born: caldate.Date{Year: 1965, Month: 3, Day: 9}, Mobile: fmt.Sprintf("010%08d", n)}
}

func (n *node) answer(ctx context.Context, q ask) (told, error) {
	switch q.Op {
	case "join", "enter", "sendcode", "code", "prove", "state", "open":
		return n.atGate(ctx, q)
	case "times":
		return n.times()
	case "lookup", "cancel", "reservations":
		return n.lookedUp(ctx, q)
	}
	ses, err := n.Session(campaignID, q.Session, q.Browser)
	if err != nil {
		return told{}, err
	}
	return n.booking(ctx, q, ses)
}

func (n *node) atGate(ctx context.Context, q ask) (told, error) {
	switch q.Op {
	case "state":
		v, err := n.View(campaignID)
		return told{Leads: n.Leads(), Phase: string(v.Board.Phase), Serving: v.Board.Serving}, err
	case "open":
		return told{}, n.OpenNow(ctx, campaignID)
	case "join":
		text, t, err := n.Join(ctx, campaignID, claimOf(q.Person))
		return told{Ticket: text, ID: hex.EncodeToString(t.ID[:]), Late: t.Kind == gate.Late, Place: t.Number}, err
	case "enter":
		return n.enter(ctx, q)
	case "code":
		return n.code(ctx, claimOf(q.Person).Mobile, q.Code)
	}
	ses, err := n.Session(campaignID, q.Session, q.Browser)
	if err != nil {
		return told{}, err
	}
	if q.Op == "sendcode" {
		return told{}, n.SendCode(ctx, ses, claimOf(q.Person), "ko")
	}
	text, err := n.Prove(ctx, ses, claimOf(q.Person), q.Code)
	return told{Session: text}, err
}

func (n *node) enter(ctx context.Context, q ask) (told, error) {
	e, err := n.Enter(ctx, campaignID, q.Ticket, gate.BrowserHash(q.Browser))
	if err != nil || e.Booked {
		return told{Booked: e.Booked}, err
	}
	ses, err := n.Session(campaignID, e.Session, q.Browser)
	return told{Session: e.Session, ID: hex.EncodeToString(ses.ID[:]), Ends: ses.Expires.Unix()}, err
}

// code is what the person reads from their phone: the newest code sent to it, but
// not the one that was tried (two may have come within one second).
func (n *node) code(ctx context.Context, phone, tried string) (told, error) {
	sent, err := n.Inbox(ctx, phone, 10)
	for _, m := range sent {
		if m.Kind == "code" && m.Values["Code"] != tried {
			return told{Code: m.Values["Code"]}, err
		}
	}
	return told{}, err
}

// fewTimes is how many times of each clinic the crowd fights for.
const fewTimes = 2

func (n *node) times() (told, error) {
	p, err := n.Campaign(campaignID)
	if err != nil {
		return told{}, err
	}
	var a told
	for _, k := range n.Directory().Clinics() {
		times, _, err := n.Times(p, gate.Web, string(k.ID))
		if err != nil {
			return told{}, err
		}
		for _, at := range times[:min(fewTimes, len(times))] {
			a.Times = append(a.Times, freeTime{string(k.ID), at.Start.Unix(), at.Left})
		}
	}
	return a, nil
}

func (n *node) booking(ctx context.Context, q ask, ses gate.Session) (told, error) {
	switch q.Op {
	case "hold":
		r, err := n.Hold(ctx, ses, store.HoldRequest{Key: booking.Key(q.Key), Clinic: q.Clinic, Start: time.Unix(q.Start, 0)})
		return tell(r), err
	case "confirm":
		r, err := n.Confirm(ctx, ses, store.ConfirmRequest{Key: booking.Key(q.Key), Hold: booking.HoldID(q.Hold), Lang: "ko"})
		return tell(r), err
	case "release":
		return told{}, n.Release(ctx, ses, booking.HoldID(q.Hold))
	}
	return told{}, fault.New(fault.Malformed, q.Op)
}

func tell(r booking.Reservation) told {
	a := told{Hold: string(r.HoldID), Number: string(r.Number), Booked: r.State == booking.Booked, Ends: r.Expires.Unix()}
	for _, d := range r.Doses {
		a.Doses = append(a.Doses, d.Start.Unix())
	}
	return a
}

func (n *node) lookedUp(ctx context.Context, q ask) (told, error) {
	browser := gate.BrowserHash(q.Browser)
	switch q.Op {
	case "lookup":
		token, err := n.LookUp(ctx, claimOf(q.Person), booking.Number(q.Number), browser)
		return told{Token: token}, err
	case "cancel":
		r, err := n.Cancel(ctx, q.Token, browser, booking.Number(q.Number), booking.Key(q.Key), "ko")
		return tell(r), err
	}
	all, _, err := n.Reservations(ctx, q.Token, browser)
	a := told{}
	for _, r := range all {
		if r.State == booking.Booked {
			a.Existing = append(a.Existing, string(r.Number))
		}
	}
	return a, err
}
