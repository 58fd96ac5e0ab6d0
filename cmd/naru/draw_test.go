package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"naru/internal/gate"
)

var drawSecret = [32]byte{4, 2}

// publishedDraw writes the public files of a small draw, and returns the
// folder, the keys that signed it and a ticket that was in the lobby.
func publishedDraw(t *testing.T) (dir string, keys *gate.Keys, ticket gate.Ticket) {
	t.Helper()
	keys = gate.NewKeys(make([]byte, gate.MasterSize), "2021-07-12", 1)
	leaves := make([][32]byte, 50)
	for i := range leaves {
		leaves[i] = gate.Leaf(gate.TicketID{byte(i)})
	}
	roll, err := gate.NewRoll(leaves)
	if err != nil {
		t.Fatal(err)
	}
	beacon := gate.Beacon{Name: gate.DevelopmentBeacon, Round: 9}
	value := gate.DevelopmentBeaconValue(9)
	draw, err := keys.Announce(gate.Commit(drawSecret), beacon).Close(keys, roll).Reveal(drawSecret[:], value[:])
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := roll.Write(&file); err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	writeDraw(t, dir, "draw.json", draw.Encode())
	writeDraw(t, dir, "roll.bin", file.Bytes())
	return dir, keys, gate.Ticket{Campaign: "2021-07-12", Epoch: 1, ID: gate.TicketID{7}, Kind: gate.Lobby}
}

func writeDraw(t *testing.T, dir, name string, text []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
		t.Fatal(err)
	}
}

func edit(t *testing.T, dir, name, old, new string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil || !bytes.Contains(text, []byte(old)) {
		t.Fatalf("%s does not hold %q: %v", name, old, err)
	}
	writeDraw(t, dir, name, bytes.Replace(text, []byte(old), []byte(new), 1))
}

func verifyDraw(cmd DrawVerifyCmd) (string, error) {
	var out bytes.Buffer
	err := cmd.Run(&Env{Stdout: &out})
	return out.String(), err
}

func TestDrawVerifySaysWhatHolds(t *testing.T) {
	t.Parallel()
	dir, keys, ticket := publishedDraw(t)
	server := httptest.NewServer(http.FileServer(http.Dir(dir)))
	defer server.Close()
	for _, source := range []string{dir, server.URL, server.URL + "/"} {
		for _, given := range []string{keys.SealTicket(ticket), ticket.ID.String()} {
			out, err := verifyDraw(DrawVerifyCmd{Source: source, Ticket: given})
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			for _, want := range []string{"ok           seed", "ok           signature", "ok           member", "ok           place", "cannot tell  key", "NOT VERIFIABLE: development beacon"} {
				if !strings.Contains(out, want) {
					t.Errorf("%q is not in\n%s", want, out)
				}
			}
		}
	}
}

func TestDrawVerifyChecksWhatWasNoted(t *testing.T) {
	t.Parallel()
	dir, keys, _ := publishedDraw(t)
	commitment, key := gate.Commit(drawSecret), gate.Hex(keys.RollPublicKey())
	good, _ := gate.Hex(commitment[:]).MarshalText()
	keyText, _ := key.MarshalText()
	out, err := verifyDraw(DrawVerifyCmd{Source: dir, Commitment: strings.ToUpper(string(good)), Key: string(keyText)})
	if err != nil || strings.Contains(out, "cannot tell  key") || strings.Contains(out, "cannot tell  commitment") {
		t.Errorf("%v\n%s", err, out)
	}
	out, err = verifyDraw(DrawVerifyCmd{Source: dir, Commitment: strings.Repeat("00", 32)})
	if err == nil || !strings.Contains(out, "WRONG        commitment") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestDrawVerifyFindsTampering(t *testing.T) {
	t.Parallel()
	wrongPlace := uint64(50)
	for _, c := range []struct {
		why    string
		tamper func(dir string)
		place  *uint64
		want   string
	}{
		{"L", func(dir string) { edit(t, dir, "draw.json", `"L": 50`, `"L": 51`) }, nil, "WRONG        size"},
		{"round", func(dir string) { edit(t, dir, "draw.json", `"round": 9`, `"round": 8`) }, nil, "WRONG        beacon"},
		{"claim", func(dir string) { edit(t, dir, "draw.json", `"verifiable": false`, `"verifiable": true`) }, nil, "WRONG        verifiable"},
		{"place", func(string) {}, &wrongPlace, "WRONG        place"},
	} {
		dir, _, ticket := publishedDraw(t)
		c.tamper(dir)
		out, err := verifyDraw(DrawVerifyCmd{Source: dir, Ticket: ticket.ID.String(), Place: c.place})
		if err == nil || !strings.Contains(out, c.want) {
			t.Errorf("%s: %v\n%s", c.why, err, out)
		}
	}
}

func TestDrawVerifyTellsWhatItCannotRead(t *testing.T) {
	t.Parallel()
	dir, keys, ticket := publishedDraw(t)
	late := ticket
	late.Kind, late.Number = gate.Late, 3
	server := httptest.NewServer(http.RedirectHandler("/elsewhere", http.StatusFound))
	defer server.Close()
	empty := httptest.NewServer(http.NotFoundHandler())
	defer empty.Close()
	for why, c := range map[string]struct {
		cmd  DrawVerifyCmd
		want string
	}{
		"no folder":             {DrawVerifyCmd{Source: filepath.Join(dir, "none")}, "draw.json"},
		"a redirect":            {DrawVerifyCmd{Source: server.URL}, "302"},
		"another address":       {DrawVerifyCmd{Source: empty.URL}, "the address of a draw is http://HOST/draw/CAMPAIGN"},
		"ticket not one":        {DrawVerifyCmd{Source: dir, Ticket: "hello"}, "32 hexadecimal digits"},
		"ticket cut off":        {DrawVerifyCmd{Source: dir, Ticket: keys.SealTicket(ticket)[:90]}, "copy the ticket again"},
		"ticket of another day": {DrawVerifyCmd{Source: dir, Ticket: gate.NewKeys(make([]byte, 32), "x", 1).SealTicket(gate.Ticket{Campaign: "x", Epoch: 1, Kind: gate.Lobby})}, "not of 2021-07-12"},
		"commitment not hex":    {DrawVerifyCmd{Source: dir, Commitment: "xyz"}, "--commitment"},
	} {
		out, err := verifyDraw(c.cmd)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v\n%s", why, err, out)
		}
	}
	if out, err := verifyDraw(DrawVerifyCmd{Source: dir, Ticket: keys.SealTicket(late)}); err != nil || !strings.Contains(out, "ok           place       53") {
		t.Errorf("late ticket: %v\n%s", err, out)
	}
	writeDraw(t, dir, "draw.json", keys.Announce(gate.Commit(drawSecret), gate.Beacon{Name: "x", Round: 1}).Encode())
	if _, err := verifyDraw(DrawVerifyCmd{Source: dir}); err == nil || !strings.Contains(err.Error(), "not closed yet") {
		t.Errorf("announced only: %v", err)
	}
}

func TestDrawVerifyReadsItsCommandLine(t *testing.T) {
	t.Parallel()
	dir, _, ticket := publishedDraw(t)
	var cli struct {
		Draw DrawCmd `cmd:""`
	}
	parser, err := kong.New(&cli, kong.Name("naru"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, err := parser.Parse([]string{"draw", "verify", dir, "--ticket", ticket.ID.String(), "--place=50"})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := ctx.Run(&Env{Stdout: &out}); err == nil || !strings.Contains(out.String(), "WRONG        place") {
		t.Errorf("%v\n%s", err, out.String())
	}
}

// The script with Python's standard library agrees with the command.
func TestDrawScriptAgrees(t *testing.T) {
	t.Parallel()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not installed; examples/draw/verify.py was not run")
	}
	dir, _, ticket := publishedDraw(t)
	script := filepath.Join("..", "..", "examples", "draw", "verify.py")
	run := func(args ...string) (string, int) {
		cmd := exec.Command(python, append([]string{"-B", script, dir, "--ticket", ticket.ID.String()}, args...)...)
		out, _ := cmd.CombinedOutput()
		return string(out), cmd.ProcessState.ExitCode()
	}
	out, code := run()
	ours, err := verifyDraw(DrawVerifyCmd{Source: dir, Ticket: ticket.ID.String()})
	if code != 0 || err != nil || placeLine(out) == "" || placeLine(out) != placeLine(ours) {
		t.Errorf("exit %d, %v\n%s\n%s", code, err, out, ours)
	}
	if out, code := run("--place", "50"); code != 1 || !strings.Contains(out, "WRONG        place") {
		t.Errorf("wrong place: exit %d\n%s", code, out)
	}
	edit(t, dir, "draw.json", `"L": 50`, `"L": 51`)
	if out, code := run(); code != 1 || !strings.Contains(out, "WRONG        size") {
		t.Errorf("L changed: exit %d\n%s", code, out)
	}
	writeDraw(t, dir, "roll.bin", []byte("NARUROL1"))
	if out, code := run(); code != 2 {
		t.Errorf("roll cut off: exit %d\n%s", code, out)
	}
}

func placeLine(out string) string {
	for line := range strings.Lines(out) {
		if strings.Contains(line, " place ") {
			return line
		}
	}
	return ""
}
