package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"naru/internal/clinic"
	"naru/internal/fault"
	"naru/internal/staff"
	"naru/internal/store"
)

// StaffCmd is "naru staff": letting many people in at once.
type StaffCmd struct {
	Invite StaffInviteCmd `cmd:"" help:"Make accounts for the people of a file, and one-time codes that let them in."`
}

// StaffInviteCmd is "naru staff invite FILE". The codes are written to a file that
// only its owner can read, a line each as soon as the account is there: a run that was
// interrupted is started again and leaves out who is in it.
type StaffInviteCmd struct {
	File      string `arg:"" help:"CSV in UTF-8 with the header clinic,name,role; role is clinic."`
	Out       string `required:"" placeholder:"FILE" help:"Where the codes go (mode 0600); who is in it is not invited again."`
	Data      string `default:"naru-data" placeholder:"DIR" help:"Data folder; no server may be running on it."`
	DB        string `placeholder:"URL" help:"PostgreSQL; its servers may run."`
	KeepGoing bool   `name:"keep-going" help:"Invite the good rows although others are refused."`
}

// invitation is one good row.
type invitation struct{ clinic, name, role string }

const (
	inviteHeader = "clinic,name,role"
	maxInvite    = 200_000 // rows
	maxInviteLen = 64 << 20
)

// Run judges every row before the first account is made.
func (c *StaffInviteCmd) Run(env *Env) error {
	rows, bad, err := c.read(env)
	if err != nil {
		return fmt.Errorf("invite %s: %w", c.File, err)
	}
	a, err := loadAgency("")
	if err != nil {
		return err
	}
	return inStore(env, c.Data, c.DB, a, func(ctx context.Context, s *store.Store) error {
		good, more := placed(rows, s.Directory())
		for _, text := range append(bad, more...) {
			_, _ = fmt.Fprintln(env.Stderr, text) // the exit status says it too
		}
		if refused := len(bad) + len(more); refused > 0 && !c.KeepGoing {
			return fmt.Errorf("invite %s: %d rows are refused and nobody was invited; mend them, or give --keep-going", c.File, refused)
		}
		return c.invite(ctx, env, s, good)
	})
}

// numbered is a row with its line.
type numbered struct {
	invitation
	line int
}

func (c *StaffInviteCmd) read(env *Env) (rows []numbered, bad []string, err error) {
	f, err := os.Open(c.File)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = f.Close() }()
	in := csv.NewReader(io.LimitReader(f, maxInviteLen))
	in.FieldsPerRecord = -1
	header, err := in.Read()
	if err != nil || strings.TrimPrefix(strings.Join(header, ","), "\ufeff") != inviteHeader {
		return nil, nil, fmt.Errorf("the header must be %s", inviteHeader)
	}
	for {
		cells, err := in.Read()
		if errors.Is(err, io.EOF) {
			return rows, bad, nil
		}
		line, _ := in.FieldPos(0)
		if err != nil {
			return nil, nil, err
		}
		if len(rows)+len(bad) >= maxInvite {
			return nil, nil, fmt.Errorf("more than %d rows", maxInvite)
		}
		row, why := invitee(cells)
		if why != "" {
			bad = append(bad, fmt.Sprintf("line %d: %s", line, why))
			continue
		}
		rows = append(rows, numbered{row, line})
	}
}

func invitee(cells []string) (invitation, string) {
	if len(cells) != 3 {
		return invitation{}, fmt.Sprintf("%d columns, want 3 (%s)", len(cells), inviteHeader)
	}
	name, err := staff.ParseName(cells[1])
	if err != nil {
		return invitation{}, "the name must have 1 to 60 characters"
	}
	if staff.Role(cells[2]) != staff.Clinic {
		return invitation{}, "the role must be clinic; other roles are given by an administrator"
	}
	return invitation{strings.TrimSpace(cells[0]), name, cells[2]}, ""
}

// placed leaves out rows of clinics that were not imported, and rows that are twice there.
func placed(rows []numbered, d *clinic.Directory) (good []invitation, bad []string) {
	seen := map[invitation]int{}
	for _, r := range rows {
		if d == nil {
			return nil, []string{"no clinics are imported; run: naru import clinics FILE"}
		}
		_, err := d.Clinic(clinic.ID(r.clinic))
		switch first, twice := seen[r.invitation]; {
		case err != nil:
			bad = append(bad, fmt.Sprintf("line %d: there is no clinic %q", r.line, r.clinic))
		case twice:
			bad = append(bad, fmt.Sprintf("line %d: the same as line %d", r.line, first))
		default:
			seen[r.invitation] = r.line
			good = append(good, r.invitation)
		}
	}
	return good, bad
}

// invite makes the accounts in the name of the machine's own console.
func (c *StaffInviteCmd) invite(ctx context.Context, env *Env, s *store.Store, all []invitation) (err error) {
	done, err := invitedBefore(c.Out)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(c.Out, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	out := csv.NewWriter(f)
	made, kept := 0, 0
	for i, one := range all {
		if done[one] {
			kept++
			continue
		}
		code, err := s.InviteFromConsole(ctx, one.name, staff.Grant{Role: staff.Clinic, Scope: staff.Scope{Clinic: one.clinic}})
		if err != nil {
			return fmt.Errorf("%d were invited; run the same again to go on: %w", made, err)
		}
		if err := errors.Join(out.Write([]string{one.clinic, one.name, one.role, code}), flushed(out)); err != nil {
			return err
		}
		if made++; made%100 == 0 {
			_, _ = fmt.Fprintf(env.Stderr, "%d of %d\n", i+1, len(all)) // for who watches
		}
	}
	if err := f.Sync(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(env.Stdout, "%d invited, %d had been before; the codes are in %s, good once, for %d hours\n", made, kept, c.Out, int(staff.LinkLife.Hours()))
	return err
}

func flushed(w *csv.Writer) error {
	w.Flush()
	return w.Error()
}

// invitedBefore reads who is in a file of codes.
func invitedBefore(path string) (map[invitation]bool, error) {
	done := map[invitation]bool{}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return done, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	in := csv.NewReader(f)
	in.FieldsPerRecord = 4
	for {
		cells, err := in.Read()
		if errors.Is(err, io.EOF) {
			return done, nil
		}
		if err != nil {
			return nil, fault.Wrap(fault.Invalid, "staff.codes_bad", fmt.Errorf("%s is no file of codes: %w", path, err))
		}
		done[invitation{cells[0], cells[1], cells[2]}] = true
	}
}
