package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"naru/internal/clinic"
	"naru/internal/db"
	"naru/internal/fault"
)

// followDirectory takes regions and clinics in when they were imported anew:
// from the database that the nodes share, or from the data folder.
func (s *Store) followDirectory(ctx context.Context) error {
	if s.opts.DB == "" {
		return s.loadDirectory()
	}
	d, version, err := readDirectory(ctx, s.booking, s.version)
	if err != nil || d == nil {
		return err
	}
	s.directory.Store(d)
	s.version = version
	return nil
}

// readDirectory reads what is imported in a database, nil when that is nothing
// or the version that is known already. A version that is replaced meanwhile
// does not fit together and is read again.
func readDirectory(ctx context.Context, b bookingDB, known string) (*clinic.Directory, string, error) {
	var version []byte
	err := b.ReadRow(ctx, `SELECT content FROM static_file WHERE name = ''`, nil, &version)
	if errors.Is(err, sql.ErrNoRows) || err == nil && string(version) == known {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", unavailable("read regions and clinics", err)
	}
	d, err := clinic.Read(func(name string) ([]byte, error) {
		var content []byte
		err := b.ReadRow(ctx, `SELECT content FROM static_file WHERE name = $1`, []any{name}, &content)
		return content, err
	})
	if err != nil {
		return nil, "", fmt.Errorf("load regions and clinics: %w", err)
	}
	return d, string(version), nil
}

// Place is where a store lives: a data folder, or a PostgreSQL.
type Place struct {
	Dir string
	DB  string // URL; "": the folder
}

// LoadDirectory reads the regions and clinics that were imported there; nothing
// yet is the fault clinic.directory_missing, and a folder that was moved is refused.
func (p Place) LoadDirectory(ctx context.Context) (*clinic.Directory, error) {
	if p.DB == "" {
		if err := refuseMovedFolder(p.Dir); err != nil {
			return nil, err
		}
		return LoadDirectory(p.Dir)
	}
	var d *clinic.Directory
	return d, p.inBooking(ctx, func(b bookingDB) error {
		var err error
		if d, _, err = readDirectory(ctx, b, ""); err == nil && d == nil {
			cause := errors.New("nothing is imported in the database; run: naru import regions FILE --db URL")
			err = fault.Wrap(fault.NotFound, "clinic.directory_missing", cause)
		}
		return err
	})
}

// SaveDirectory publishes one version of regions and clinics there. A folder whose data
// was moved to PostgreSQL is refused: nobody would ever read it.
func (p Place) SaveDirectory(ctx context.Context, files clinic.Files) error {
	if p.DB == "" {
		if err := refuseMovedFolder(p.Dir); err != nil {
			return err
		}
		return SaveStatic(p.Dir, files)
	}
	return p.inBooking(ctx, func(b bookingDB) error { return b.Do(ctx, importAct{files}) })
}

// inBooking opens the booking database alone; no keys are needed.
func (p Place) inBooking(ctx context.Context, work func(bookingDB) error) error {
	b, err := db.Open(ctx, db.Options{Name: "booking", URL: p.DB, Migrations: migrations(), Now: func() time.Time { return time.Time{} }, Readers: 1}, newBookingHouse)
	if err != nil {
		return err
	}
	return errors.Join(work(b), b.Close())
}

type bookingDB = *db.Database[*bookingHouse]

// loadDirectory reads the imported regions and clinics; none is no fault yet.
func (s *Store) loadDirectory() error {
	d, err := LoadDirectory(s.opts.Dir)
	if fault.CodeOf(err) == fault.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	s.directory.Store(d)
	return nil
}

// ImportDirectory publishes one version of the regions and clinics where this
// store keeps them: in its database when nodes share one, else in Dir/static.
// Either the old version is in force or the new one, whole (rule K15).
func (s *Store) ImportDirectory(ctx context.Context, files clinic.Files) error {
	if s.opts.DB == "" {
		if err := SaveStatic(s.opts.Dir, files); err != nil {
			return err
		}
		return s.loadDirectory()
	}
	if err := s.inBooking(ctx, importAct{files}); err != nil {
		return err
	}
	return s.followDirectory(ctx)
}

type importAct struct{ files clinic.Files }

// Run replaces all files and their version in one transaction.
func (a importAct) Run(h *bookingHouse) error {
	if _, err := h.Exec(`DELETE FROM static_file`); err != nil {
		return err
	}
	for name, content := range a.files {
		if _, err := h.Exec(`INSERT INTO static_file (name, content) VALUES ($1, $2)`, name, content); err != nil {
			return err
		}
	}
	_, err := h.Exec(`INSERT INTO static_file (name, content) VALUES ('', $1)`, a.files[clinic.ManifestFile])
	return err
}
