package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"naru/internal/gate"
)

// script runs examples/draw/verify.py and returns what it printed and its status.
func script(t *testing.T, args ...string) (string, int) {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not installed; examples/draw/verify.py was not run")
	}
	cmd := exec.Command(python, append([]string{"-B", filepath.Join("..", "..", "examples", "draw", "verify.py")}, args...)...)
	out, _ := cmd.CombinedOutput()
	return string(out), cmd.ProcessState.ExitCode()
}

func testdata(t *testing.T, name string, into any) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "internal", "gate", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		t.Fatal(err)
	}
}

// The script finds every tampering of the table that Go and the browser run.
func TestDrawScriptFindsEveryTampering(t *testing.T) {
	t.Parallel()
	var draws map[string]struct {
		Draw  map[string]json.RawMessage
		Place uint64
		Proof gate.Inclusion
	}
	var cases []struct {
		Why, Draw, Roll string
		Set             map[string]json.RawMessage
		Place           *uint64
		Wrong           []string
	}
	testdata(t, "draws.json", &draws)
	testdata(t, "tamper.json", &cases)
	roll, err := os.ReadFile(filepath.Join("..", "..", "internal", "gate", "testdata", "roll.bin"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		from, dir := draws[c.Draw], t.TempDir()
		fields := map[string]json.RawMessage{}
		for k, v := range from.Draw {
			fields[k] = v
		}
		for k, v := range c.Set {
			if fields[k] = v; string(v) == "null" {
				delete(fields, k)
			}
		}
		text, err := json.Marshal(fields)
		if err != nil {
			t.Fatal(err)
		}
		file := roll
		if c.Roll != "" {
			file = append(bytes.Clone(roll[:15]), append([]byte{roll[15] - 1}, roll[48:]...)...)
		}
		writeDraw(t, dir, "draw.json", text)
		writeDraw(t, dir, "roll.bin", file)
		place := from.Place
		if c.Place != nil {
			place = *c.Place
		}
		id, _ := from.Proof.Ticket.MarshalText()
		out, code := script(t, dir, "--ticket", string(id), "--place", strconv.FormatUint(place, 10))
		if (code == 1) != (len(c.Wrong) > 0) || code == 2 {
			t.Errorf("%s: exit %d\n%s", c.Why, code, out)
		}
		for _, name := range c.Wrong {
			if !strings.Contains(out, "WRONG        "+name+" ") {
				t.Errorf("%s: %s is not WRONG\n%s", c.Why, name, out)
			}
		}
	}
}

// recordOf writes the record of some admissions as published, and returns it. The
// first 50 tickets are the lobby of publishedDraw.
func recordOf(t *testing.T, dir string, keys *gate.Keys, draw gate.Draw, change func(n int, a *gate.Admitted)) gate.Head {
	t.Helper()
	seed, _ := draw.SeedBytes()
	chain, text := gate.NewChain(keys.Campaign(), keys.Epoch()), bytes.Buffer{}
	for n := range 8 {
		ticket := gate.Ticket{ID: gate.TicketID{byte(n)}, Kind: gate.Lobby}
		a := gate.Admitted{
			Number: uint64(n) + 1, Mark: gate.Leaf(ticket.ID), Private: draw.Private, Entry: 1, Lane: "web", //nolint:gosec // a count
			Place: ticket.Place(seed, draw.L), Serving: uint64(50 + n), At: time.Date(2021, 7, 11, 15, n, 0, 0, time.UTC), //nolint:gosec // a count
		}
		if draw.Private {
			a.Mark, _ = keys.Mark(ticket.ID, a.Entry, a.Place)
		}
		if change != nil {
			change(n, &a)
		}
		chain = chain.Add(a.Line())
		text.Write(append(a.Line(), '\n'))
	}
	head := keys.SignHead(chain, 1626015600, draw.Private)
	booked := keys.SignBooked(gate.Booked{Reservations: 3, At: 1626015600})
	head.Booked = &booked
	writeDraw(t, dir, "admitted.json", head.Encode())
	writeDraw(t, dir, "admitted.csv", text.Bytes())
	return head
}

func readDocument(t *testing.T, dir string) gate.Draw {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "draw.json"))
	if err != nil {
		t.Fatal(err)
	}
	draw, err := gate.ParseDraw(text)
	if err != nil {
		t.Fatal(err)
	}
	return draw
}

// The command and the script find each jump in a record of admissions, and take
// an honest one.
func TestDrawVerifyReadsTheRecordOfAdmissions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		why    string
		change func(n int, a *gate.Admitted)
		after  func(t *testing.T, dir string)
		want   string
	}{
		{why: "honest"},
		{why: "before its turn", change: func(n int, a *gate.Admitted) {
			if n == 0 {
				a.Serving = a.Place
			}
		}, want: "order"},
		{why: "serving went back", change: func(n int, a *gate.Admitted) {
			if n == 7 {
				a.Serving = 51
			}
		}, want: "order"},
		{why: "time went back", change: func(n int, a *gate.Admitted) { a.At = a.At.Add(-2 * time.Duration(n) * time.Minute) }, want: "order"},
		{why: "another's place", change: func(n int, a *gate.Admitted) { a.Place = (a.Place + 1) % 50 }, want: "places"},
		{why: "a stranger in the lobby", change: func(n int, a *gate.Admitted) { a.Mark[0] ^= 1 }, want: "places"},
		{why: "an entry left out", change: func(n int, a *gate.Admitted) { a.Entry += 2 }, want: "places"},
		{why: "a number left out", change: func(n int, a *gate.Admitted) { a.Number += uint64(n / 4) }, want: "order"}, //nolint:gosec // a count
		{why: "a line edited", after: func(t *testing.T, dir string) { edit(t, dir, "admitted.csv", ",web,", ",fax,") }, want: "record"},
		{why: "a line taken out", after: func(t *testing.T, dir string) {
			text, _ := os.ReadFile(filepath.Join(dir, "admitted.csv"))
			writeDraw(t, dir, "admitted.csv", text[bytes.IndexByte(text, '\n')+1:])
		}, want: "record"},
		{why: "the count", after: func(t *testing.T, dir string) { edit(t, dir, "admitted.json", `"count": 8`, `"count": 7`) }, want: "record"},
		{why: "a reservation without an admission", after: func(t *testing.T, dir string) {
			edit(t, dir, "admitted.json", `"unadmitted": 0`, `"unadmitted": 1`)
		}, want: "reservations"},
		{why: "history made anew", change: func(n int, a *gate.Admitted) { a.Lane = "phone" }, want: "earlier"},
	} {
		t.Run(c.why, func(t *testing.T) {
			t.Parallel()
			dir, keys, _ := publishedDraw(t)
			draw := readDocument(t, dir)
			honest := recordOf(t, dir, keys, draw, nil)
			writeDraw(t, dir, "earlier.json", honest.Encode())
			recordOf(t, dir, keys, draw, c.change)
			if c.after != nil {
				c.after(t, dir)
			}
			saved := filepath.Join(dir, "earlier.json")
			ours, err := verifyDraw(DrawVerifyCmd{Source: dir, Earlier: []string{saved}})
			theirs, code := script(t, dir, "--earlier", saved)
			if (err != nil) != (c.want != "") || (code == 1) != (c.want != "") || code == 2 {
				t.Fatalf("%v, exit %d\n%s\n%s", err, code, ours, theirs)
			}
			for _, out := range []string{ours, theirs} {
				if c.want != "" && !strings.Contains(out, "WRONG        "+c.want+" ") {
					t.Errorf("%s is not WRONG\n%s", c.want, out)
				}
			}
		})
	}
}

// A private draw has no roll: the command and the script check one own proof and
// everything that can be computed, and say "cannot tell" of the rest.
func TestDrawVerifyOfAPrivateCampaign(t *testing.T) {
	t.Parallel()
	public, keys, ticket := publishedDraw(t)
	file, err := os.Open(filepath.Join(public, "roll.bin"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	roll, err := gate.ReadRoll(file)
	if err != nil {
		t.Fatal(err)
	}
	value := gate.DevelopmentBeaconValue(9)
	draw, err := keys.Announce(gate.Commit(drawSecret), gate.Beacon{Name: gate.DevelopmentBeacon, Round: 9}).AsPrivate(true).Close(keys, roll).Reveal(drawSecret[:], value[:])
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	writeDraw(t, dir, "draw.json", draw.Encode())
	recordOf(t, dir, keys, draw, nil)
	i, _ := roll.Index(gate.Leaf(ticket.ID))
	proof := draw.Prove(ticket, uint64(i), roll.Proof(i)) //nolint:gosec // an index
	seed, _ := draw.SeedBytes()
	place := ticket.Place(seed, draw.L)
	mark, salt := keys.Mark(ticket.ID, 1, place)
	proof.Admitted = []gate.Opening{{Mark: mark[:], Salt: salt[:], Entry: 1, Place: place}}
	writeDraw(t, dir, "proof.json", proof.Encode())
	own := filepath.Join(dir, "proof.json")
	ours, err := verifyDraw(DrawVerifyCmd{Source: dir, Inclusion: own})
	theirs, code := script(t, dir, "--inclusion", own)
	if err != nil || code != 0 {
		t.Fatalf("%v, exit %d\n%s\n%s", err, code, ours, theirs)
	}
	for _, out := range []string{ours, theirs} {
		for _, want := range []string{"ok           member", "ok           mark", "ok           record", "cannot tell  size", "cannot tell  order", "cannot tell  places", "ok           seed"} {
			if !strings.Contains(out, want) {
				t.Errorf("%q is not in\n%s", want, out)
			}
		}
	}
	edit(t, dir, "proof.json", `"index": `, `"index": 1`)
	if out, err := verifyDraw(DrawVerifyCmd{Source: dir, Inclusion: own}); err == nil || !strings.Contains(out, "WRONG        member") {
		t.Errorf("%v\n%s", err, out)
	}
	if out, code := script(t, dir, "--inclusion", own); code != 1 || !strings.Contains(out, "WRONG        member") {
		t.Errorf("exit %d\n%s", code, out)
	}
	edit(t, dir, "draw.json", `"private": true,`, ``)
	if _, err := verifyDraw(DrawVerifyCmd{Source: dir}); err == nil {
		t.Error("a public draw without a roll is taken")
	}
}
