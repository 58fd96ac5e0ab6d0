package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"naru/internal/clinic"
	"naru/internal/db"
	"naru/internal/fault"
)

// Mover takes the databases of a data folder to PostgreSQL: every row of every
// table, then the regions and clinics. It promises that a move that ended
// anywhere, by kill -9 too, goes on where it was when it is started again; that no
// server starts on a database that is half full; and that the folder is only
// marked as moved after both sides were read again and found equal
// (docs/adr/0014). The keys stay in the folder. No server may run on it
// meanwhile: the caller holds its lock.
type Mover struct {
	From       string              // data folder
	To         string              // URL of an empty PostgreSQL database, or of one where this move was interrupted
	Round      int                 // rows a transaction; 0: 10,000
	KeepSource bool                // the folder stays usable: for a rehearsal
	Progress   func(Moving)        // told after each round; nil: nobody
	before     func(string) error  // tests stop the move here
	source     db.Snapshot         // nobody writes there
	target     *moveTarget         // one connection
	sums       map[string]tableSum // what was copied, by table
}

// Moving is how far a move has come: Rows Of all rows of the table are copied.
type Moving struct {
	Table    string
	Rows, Of int64
}

// Moved is what a move did.
type Moved struct {
	Target  string       `json:"target"` // host:port/database
	Tables  []MovedTable `json:"tables"`
	Rows    int64        `json:"rows"`
	Files   int          `json:"files"`    // of regions and clinics
	Resumed bool         `json:"resumed"`  // a move that was interrupted went on
	Already bool         `json:"already"`  // it was finished before: nothing was copied or compared
	Kept    bool         `json:"kept"`     // the folder is not marked as moved
	Check   Report       `json:"check"`    // of the database, after the move
	Keys    string       `json:"keys_are"` // what every node needs a copy of
}

// MovedTable is one table, equal on both sides.
type MovedTable struct {
	Table    string `json:"table"`
	Rows     int64  `json:"rows"`
	Checksum string `json:"checksum"` // does not depend on the order of the rows
}

// defaultRound is how many rows are copied in one transaction.
const defaultRound = 10_000

// Move moves, compares, checks and marks. An error leaves the folder as it was.
func (m Mover) Move(ctx context.Context) (moved Moved, err error) {
	if m.Round <= 0 {
		m.Round = defaultRound
	}
	if err := m.openSource(ctx); err != nil {
		return Moved{}, fmt.Errorf("move %s: %w", m.From, err)
	}
	defer func() { err = errors.Join(err, m.source.Close()) }()
	if m.target, err = connectTarget(ctx, m.To); err != nil {
		return Moved{}, fmt.Errorf("move to the database: %w", err)
	}
	defer m.target.close()
	moved, err = m.move(ctx)
	if err != nil {
		return Moved{}, fmt.Errorf("move %s to %s: %w", m.From, m.target.name, err)
	}
	return moved, nil
}

func (m *Mover) move(ctx context.Context) (Moved, error) {
	moved := Moved{Target: m.target.name, Kept: m.KeepSource, Keys: filepath.Join(m.From, "keys")}
	id, err := m.sourceID(ctx)
	if err != nil {
		return moved, err
	}
	stage, err := m.target.begin(ctx, id)
	if err != nil {
		return moved, err
	}
	moved.Resumed, moved.Already = stage != moveNew, stage == moveDone
	if stage != moveDone {
		if err := m.carry(ctx, &moved); err != nil {
			return moved, err
		}
	}
	if moved.Check, err = Check(ctx, "", m.To); err != nil {
		return moved, err
	}
	if !moved.Check.Sound() {
		return moved, fmt.Errorf("naru db check finds broken rules in the database: %+v; run naru db check --data %s: what is broken there was so before the move", moved.Check, m.From)
	}
	return moved, m.mark(ctx)
}

// carry copies what is not there yet and compares all of it.
func (m *Mover) carry(ctx context.Context, moved *Moved) error {
	plan, err := m.plan(ctx)
	if err != nil {
		return err
	}
	m.sums = map[string]tableSum{}
	for _, t := range plan {
		if err := m.copyTable(ctx, t); err != nil {
			return fmt.Errorf("table %s: %w", t, err)
		}
	}
	if moved.Files, err = m.moveDirectory(ctx); err != nil {
		return fmt.Errorf("regions and clinics: %w", err)
	}
	if err := m.target.settle(ctx, plan); err != nil {
		return err
	}
	if err := m.stop("compare"); err != nil {
		return err
	}
	moved.Tables, err = m.compare(ctx, plan)
	for _, t := range moved.Tables {
		moved.Rows += t.Rows
	}
	return err
}

// openSource brings the folder's schema up to date and reads it as it is.
func (m *Mover) openSource(ctx context.Context) error {
	if err := refuseMovedFolder(m.From); err != nil {
		return err
	}
	for _, name := range []string{"gate.db", "booking.db", "staff.db", "record.db", "visit.db"} { // opening would make what is not there
		if _, err := os.Stat(filepath.Join(m.From, name)); err != nil {
			return fmt.Errorf("%w; give the data folder of a server", err)
		}
	}
	for _, name := range []string{"visit-*.db", "contact-*.db"} {
		if days, err := filepath.Glob(filepath.Join(m.From, name)); err != nil || len(days) > 0 {
			return errors.Join(err, fmt.Errorf("the folder has %d days of the entry register (%s), which this version does not move", len(days), name))
		}
	}
	if err := Migrate(ctx, schemaOnly(m.From, "")); err != nil {
		return err
	}
	var err error
	m.source, err = db.OpenSnapshot(ctx, m.From, "", "booking", "gate", "staff", "record", "visit")
	return err
}

// schemaOnly are the options of a store that is only brought up to date.
func schemaOnly(dir, url string) Options {
	return Options{Dir: dir, DB: url, Now: func() time.Time { return time.Time{} }, Fatal: func(error) {}}
}

// moveDirectory publishes the folder's regions and clinics in the database and
// reads them back: the version is a hash of everything in them.
func (m *Mover) moveDirectory(ctx context.Context) (files int, err error) {
	d, err := Place{Dir: m.From}.LoadDirectory(ctx)
	if fault.CodeOf(err) == fault.NotFound {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	if err := m.stop("directory"); err != nil {
		return 0, err
	}
	all := filesOf(d)
	to := Place{DB: m.To}
	if err := to.SaveDirectory(ctx, all); err != nil {
		return 0, err
	}
	back, err := to.LoadDirectory(ctx)
	if err == nil && back.Version() != d.Version() {
		err = errors.New("the database does not give back what was written")
	}
	return len(all), err
}

func filesOf(d *clinic.Directory) clinic.Files {
	names := []string{clinic.ManifestFile, d.Manifest().Regions.File}
	for _, k := range d.Manifest().Clinics {
		names = append(names, k.File)
	}
	all := clinic.Files{}
	for _, name := range names {
		if content, ok := d.File(name); ok {
			all[name] = content
		}
	}
	return all
}

// stop lets a test end the move before a step.
func (m *Mover) stop(step string) error {
	if m.before == nil {
		return nil
	}
	return m.before(step)
}

// mark says on both sides that the move is done: the database may be served from
// now on, the folder may not.
func (m *Mover) mark(ctx context.Context) error {
	if err := m.stop("done"); err != nil {
		return err
	}
	if err := m.target.finish(ctx); err != nil {
		return err
	}
	if m.KeepSource {
		return nil
	}
	if err := m.stop("mark"); err != nil {
		return err
	}
	return replaceFile(m.From, movedFile, []byte(m.target.name+"\n"), func(string) error { return nil })
}

// movedFile says in a data folder where its data went.
const movedFile = "moved"

// refuseMovedFolder refuses a folder whose data was moved away.
func refuseMovedFolder(dir string) error {
	to, err := os.ReadFile(filepath.Join(dir, movedFile)) //nolint:gosec // the operator's own folder
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return fmt.Errorf("the data of this folder was moved to the database %.200s: start with --db and its URL (the folder still has the keys); "+
		"to go back to what was here before the move, remove %s: what was booked since is in the database alone", firstLine(to), filepath.Join(dir, movedFile))
}

func firstLine(text []byte) string {
	for i, b := range text {
		if b == '\n' {
			return string(text[:i])
		}
	}
	return string(text)
}

// refuseMoved refuses a folder whose data is elsewhere, and a database whose
// data is not whole yet.
func refuseMoved(ctx context.Context, dir, url string) error {
	if url == "" {
		return refuseMovedFolder(dir)
	}
	t, err := dialTarget(ctx, url)
	if err != nil {
		return err
	}
	defer t.close()
	if _, stage, err := t.stage(ctx); err != nil || stage != moveBegun {
		return err
	}
	return fmt.Errorf("a move into the database %s is not finished: run naru db move again, with the same --data and --db", t.name)
}
