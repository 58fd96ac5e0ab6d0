package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"naru/internal/fault"
	"naru/internal/gate"
)

// DrawCmd groups the commands about the draw of the lobby.
type DrawCmd struct {
	Beacon DrawBeaconCmd `cmd:"" help:"Bring the value of the campaign's public beacon, once its round has come."`
	Verify DrawVerifyCmd `cmd:"" help:"Recompute a draw from its public files and say what is right, wrong or cannot be told."`
}

// DrawVerifyCmd recomputes a draw from draw.json and roll.bin (rule G12), and the
// record of admissions from admitted.json and admitted.csv (rule G34). It needs
// nothing that is secret and writes nothing.
type DrawVerifyCmd struct {
	Source     string   `arg:"" name:"DIR|URL" help:"Folder, or address over http(s), that holds draw.json, roll.bin, admitted.json and admitted.csv."`
	Ticket     string   `help:"Ticket (NT1...) or ticket id (32 hexadecimal digits) whose place to compute."`
	Place      *uint64  `help:"Place that was shown for the ticket; it is checked."`
	Inclusion  string   `placeholder:"FILE" help:"Your own proof (proof.json): that your ticket is in the roll, and your line of the record."`
	Earlier    []string `placeholder:"FILE" help:"An admitted.json you saved before: what was changed since then shows. May be given again."`
	Commitment string   `help:"Commitment you noted before the draw, in hexadecimal."`
	Key        string   `help:"Public key of the roll's signature you noted before the draw, in hexadecimal."`
	Root       string   `help:"Root of the roll you noted before the draw, in hexadecimal."`
	Beacon     string   `aliases:"beacon-value" help:"Value of the beacon's round as you looked it up, in hexadecimal."`
}

// errDrawWrong makes the command end with a failure after its lines are printed.
var errDrawWrong = errors.New("at least one check is WRONG: keep all files and tell the agency and others what you found")

// Run prints one line for each check. It fails when any check is wrong, and
// when the files cannot be read.
func (c *DrawVerifyCmd) Run(env *Env) error {
	noted, err := c.noted()
	if err != nil {
		return err
	}
	files, err := readDraw(c.Source)
	if err != nil {
		return err
	}
	defer files.close()
	found := gate.VerifyDraw(files.draw, files.roll, noted)
	for _, check := range []func(*publicFiles) ([]gate.Finding, error){c.checkTicket, c.checkInclusion, c.checkRecord} {
		more, err := check(files)
		if err != nil {
			return err
		}
		found = append(found, more...)
	}
	printFindings(env.Stdout, files.draw, found)
	if gate.Failed(found) {
		return errDrawWrong
	}
	return nil
}

func (c *DrawVerifyCmd) checkInclusion(f *publicFiles) ([]gate.Finding, error) {
	if c.Inclusion == "" {
		return nil, nil
	}
	b, err := readPublic(filepath.Dir(c.Inclusion), filepath.Base(c.Inclusion), gate.MaxInclusionText)
	if err != nil {
		return nil, err
	}
	i, err := gate.ParseInclusion(b)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", c.Inclusion, err)
	}
	return gate.VerifyInclusion(f.draw, i), nil
}

func (c *DrawVerifyCmd) checkRecord(f *publicFiles) ([]gate.Finding, error) {
	if f.head == nil {
		return []gate.Finding{{Check: gate.CheckRecord, Status: gate.CannotTell, Detail: "no record of admissions is published yet"}}, nil
	}
	record := gate.Record{Head: *f.head, Lines: f.lines}
	for _, name := range c.Earlier {
		b, err := readPublic(filepath.Dir(name), filepath.Base(name), gate.MaxDrawText)
		if err != nil {
			return nil, err
		}
		head, err := gate.ParseHead(b)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		record.Earlier = append(record.Earlier, head)
	}
	return gate.VerifyAdmitted(f.draw, f.roll, record)
}

func printFindings(w io.Writer, d gate.Draw, found []gate.Finding) {
	fmt.Fprintf(w, "draw of %s, epoch %d, %d in the lobby, beacon %s round %d\n\n",
		d.Campaign, d.Epoch, d.L, d.Beacon.Name, d.Beacon.Round)
	for _, f := range found {
		fmt.Fprintf(w, "%-12s %-11s %s\n", f.Status, f.Check, f.Detail)
	}
	if d.Reason != "" {
		fmt.Fprintf(w, "\n%s\n", d.Reason)
	}
}

func (c *DrawVerifyCmd) noted() (gate.Noted, error) {
	var n gate.Noted
	for _, v := range []struct {
		name, text string
		into       *gate.Hex
	}{
		{"--commitment", c.Commitment, &n.Commitment},
		{"--key", c.Key, &n.PublicKey},
		{"--root", c.Root, &n.Root},
		{"--beacon", c.Beacon, &n.BeaconValue},
	} {
		if err := v.into.UnmarshalText([]byte(strings.ToLower(v.text))); err != nil {
			return gate.Noted{}, fmt.Errorf("%s is not hexadecimal: copy it again, digits 0-9 and a-f only", v.name)
		}
	}
	return n, nil
}

func (c *DrawVerifyCmd) checkTicket(f *publicFiles) ([]gate.Finding, error) {
	if c.Ticket == "" {
		return nil, nil
	}
	t, err := c.ticket(f.draw)
	if err != nil {
		return nil, err
	}
	found := []gate.Finding{gate.VerifyMember(f.roll, t)}
	if found[0].Status == gate.Wrong {
		return found, nil
	}
	if c.Place != nil {
		return append(found, gate.VerifyPlace(f.draw, t, *c.Place)), nil
	}
	return append(found, gate.ComputePlace(f.draw, t)), nil
}

// ticket reads what --ticket gives. A token's signature cannot be checked
// without the agency's key, and need not be: it is the holder's own.
func (c *DrawVerifyCmd) ticket(d gate.Draw) (gate.Ticket, error) {
	if !strings.HasPrefix(c.Ticket, "NT1.") {
		id, err := gate.ParseTicketID(c.Ticket)
		if err != nil {
			return gate.Ticket{}, errors.New("--ticket is neither a ticket (NT1...) nor 32 hexadecimal digits: copy it again from the waiting page")
		}
		return gate.Ticket{Campaign: d.Campaign, Epoch: d.Epoch, ID: id, Kind: gate.Lobby}, nil
	}
	p, err := gate.PeekTicket(c.Ticket)
	if err != nil {
		return gate.Ticket{}, fault.Wrap(fault.Invalid, "gate.ticket_bad", errors.New("copy the ticket again, from NT1 to its end"))
	}
	if p.Epoch != d.Epoch || !p.Of(d.Campaign) {
		return gate.Ticket{}, fmt.Errorf("the ticket is not of %s epoch %d: give the draw of its own campaign", d.Campaign, d.Epoch)
	}
	return gate.Ticket{Campaign: d.Campaign, Epoch: d.Epoch, ID: p.ID, Kind: p.Kind, Number: p.Number}, nil
}
