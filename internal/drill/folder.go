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

// newFolder makes the run's own folder DIR/drills/<time>-<seed>.
func newFolder(o Options, now time.Time) (dir string, err error) {
	dir = filepath.Join(o.Data, "drills", fmt.Sprintf("%s-%d", now.UTC().Format("20060102T150405"), o.Seed))
	if dir, err = filepath.Abs(dir); err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o750); err != nil {
		return "", err
	}
	if err := os.Mkdir(dir, 0o750); err != nil {
		return "", fmt.Errorf("make the drill's folder: %w", err)
	}
	return dir, nil
}

// furniture is the regions and clinics of a run: files that are to be saved, or
// a folder in which they are.
type furniture struct {
	whose  string
	static string
	files  clinic.Files
}

// chooseFurniture takes the clinics of the list, else those that were imported,
// else makes some up.
func chooseFurniture(o Options) (furniture, error) {
	imported, err := store.LoadDirectory(o.Data)
	switch {
	case fault.CodeOf(err) == fault.NotFound:
		imported = nil
	case err != nil:
		return furniture{}, err
	}
	switch {
	case o.ClinicsCSV != nil:
		return furnitureOfList(o, imported)
	case imported != nil:
		f := furniture{whose: fmt.Sprintf("%d as imported", imported.Len())}
		if o.onPostgres() {
			f.files, err = clinic.Build(imported.Regions(), imported.Clinics(), imported.Manifest().Sources)
		} else {
			f.static, err = filepath.Abs(filepath.Join(o.Data, "static"))
		}
		return f, err
	}
	regions, err := builtInRegions()
	if err != nil {
		return furniture{}, err
	}
	files, err := clinic.Build(regions, clinic.Generate(regions, madeUpClinics, madeUpSeed), nil)
	return furniture{whose: fmt.Sprintf("%d made up", madeUpClinics), files: files}, err
}

// furnitureOfList reads the clinics of a list; bad rows are left out.
func furnitureOfList(o Options, imported *clinic.Directory) (furniture, error) {
	regions, err := builtInRegions()
	if err != nil {
		return furniture{}, err
	}
	if imported != nil {
		regions = imported.Regions()
	}
	read, faults, err := clinic.Parse(o.ClinicsCSV, regions, nil)
	if err != nil {
		return furniture{}, fmt.Errorf("read clinics: %w", err)
	}
	if len(read.Clinics) == 0 {
		return furniture{}, usage("clinics: the list has no clinic that can be used (%d rows refused)", len(faults))
	}
	files, err := clinic.Build(regions, read.Clinics, nil)
	return furniture{whose: fmt.Sprintf("%d of the list, %d rows left out", len(read.Clinics), len(faults)), files: files}, err
}

// put brings the furniture where the nodes look for it: the database they share,
// or the one node's folder.
func (f furniture) put(ctx context.Context, dir, url string) error {
	if f.static != "" {
		return os.Symlink(f.static, filepath.Join(dir, "static"))
	}
	return store.Place{Dir: dir, DB: url}.SaveDirectory(ctx, f.files)
}

func builtInRegions() (*clinic.Regions, error) {
	regions, faults, err := clinic.ParseRegions(bytes.NewReader(examples.RegionsCSV), 3)
	if err == nil && len(faults) > 0 {
		err = errors.New("the built-in regions have faults")
	}
	return regions, err
}

// publish puts the campaign in force, to open when everything is ready.
func (s *stage) publish(ctx context.Context) (err error) {
	s.setOpening(time.Now())
	st, err := store.Open(ctx, store.Options{
		Dir: s.folder(1), DB: s.db.url, Now: time.Now, Agency: s.o.Agency, Fatal: func(err error) { panic(err) },
	})
	if err != nil {
		return fmt.Errorf("publish the campaign: %w", err)
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	if _, err = st.Publish(ctx, s.o.Text, s.campaign); err != nil {
		return fmt.Errorf("publish the campaign: %w", err)
	}
	if s.o.Drill == BackDoors {
		return s.publishLater(ctx, st)
	}
	return nil
}

// shareKeys copies the keys of one node to another: those of one database have
// the same ones.
func shareKeys(from, to string) error {
	files, err := filepath.Glob(filepath.Join(from, "keys", "*.key"))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(to, "keys"), 0o700); err != nil {
		return err
	}
	for _, file := range files {
		key, err := os.ReadFile(file) //nolint:gosec // the drill's own folder
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(to, "keys", filepath.Base(file)), key, 0o600); err != nil {
			return err
		}
	}
	return nil
}
