package drill

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"naru/examples"
	"naru/internal/clinic"
	"naru/internal/fault"
	"naru/internal/store"
)

// Made-up clinics, as many as there were in July 2021 and the same each time.
const (
	madeUpClinics = 13_000
	madeUpSeed    = 20210712
)

// newFolder makes the run's own folder DIR/drills/<time>-<seed> with the
// regions and clinics that are to be used.
func newFolder(o Options, now time.Time) (dir, clinics string, err error) {
	dir = filepath.Join(o.Data, "drills", fmt.Sprintf("%s-%d", now.UTC().Format("20060102T150405"), o.Seed))
	if dir, err = filepath.Abs(dir); err != nil {
		return "", "", err
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o750); err != nil {
		return "", "", err
	}
	if err := os.Mkdir(dir, 0o750); err != nil {
		return "", "", fmt.Errorf("make the drill's folder: %w", err)
	}
	clinics, err = furnish(o, dir)
	return dir, clinics, err
}

// furnish puts regions and clinics into the folder and says whose they are.
func furnish(o Options, dir string) (string, error) {
	imported, err := store.LoadDirectory(o.Data)
	switch {
	case fault.CodeOf(err) == fault.NotFound:
		imported = nil
	case err != nil:
		return "", err
	}
	switch {
	case o.ClinicsCSV != nil:
		return furnishFrom(o, dir, imported)
	case imported != nil:
		static, err := filepath.Abs(filepath.Join(o.Data, "static"))
		if err != nil {
			return "", err
		}
		return fmt.Sprintf("%d as imported", len(imported.Clinics())), os.Symlink(static, filepath.Join(dir, "static"))
	}
	regions, err := builtInRegions()
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d made up", madeUpClinics), save(dir, regions, clinic.Generate(regions, madeUpClinics, madeUpSeed))
}

// furnishFrom reads the clinics of a list; bad rows are left out.
func furnishFrom(o Options, dir string, imported *clinic.Directory) (string, error) {
	regions, err := builtInRegions()
	if err != nil {
		return "", err
	}
	if imported != nil {
		regions = imported.Regions()
	}
	read, faults, err := clinic.Parse(o.ClinicsCSV, regions, nil)
	if err != nil {
		return "", fmt.Errorf("read clinics: %w", err)
	}
	if len(read.Clinics) == 0 {
		return "", usage("clinics: the list has no clinic that can be used (%d rows refused)", len(faults))
	}
	return fmt.Sprintf("%d of the list, %d rows left out", len(read.Clinics), len(faults)), save(dir, regions, read.Clinics)
}

func builtInRegions() (*clinic.Regions, error) {
	regions, faults, err := clinic.ParseRegions(bytes.NewReader(examples.RegionsCSV), 3)
	if err == nil && len(faults) > 0 {
		err = errors.New("the built-in regions have faults")
	}
	return regions, err
}

func save(dir string, regions *clinic.Regions, clinics []clinic.Clinic) error {
	files, err := clinic.Build(regions, clinics, nil)
	if err != nil {
		return err
	}
	return store.SaveStatic(dir, files)
}

// publish puts the campaign in force in the folder, before the server starts.
func (s *stage) publish(ctx context.Context) (err error) {
	c := s.campaign
	st, err := store.Open(ctx, store.Options{
		Dir: s.dir, Now: time.Now, Agency: s.o.Agency, Fatal: func(err error) { panic(err) },
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	_, err = st.Publish(ctx, s.o.Text, c)
	return err
}
