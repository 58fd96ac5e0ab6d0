package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"

	"naru/examples"
	"naru/internal/agency"
	"naru/internal/clinic"
	"naru/internal/fault"
	"naru/internal/store"
)

// maxListBytes bounds a list that is imported.
const maxListBytes = 64 << 20

// listFile is a list as read, with what the manifest says of it.
type listFile struct {
	clinic.SourceDigest
	content []byte
}

func (f *ImportFlags) read(env *Env, what string) (listFile, error) {
	in := env.Stdin
	if f.File != "-" {
		file, err := os.Open(f.File)
		if err != nil {
			return listFile{}, fault.Wrap(fault.NotFound, "clinic.list_unreadable", err)
		}
		defer file.Close()
		in = file
	}
	content, err := io.ReadAll(io.LimitReader(in, maxListBytes+1))
	if err != nil {
		return listFile{}, fault.Wrap(fault.Malformed, "clinic.list_unreadable", err)
	}
	if len(content) > maxListBytes {
		return listFile{}, fault.Wrap(fault.TooLarge, "clinic.table_too_large", fmt.Errorf("%s: more than %d bytes", f.File, maxListBytes))
	}
	sum := sha256.Sum256(content)
	return listFile{clinic.SourceDigest{What: what, SHA256: hex.EncodeToString(sum[:])}, content}, nil
}

// alone does work while no other process, a running server above all, works in
// the data folder: the server would go on with the old regions and clinics.
func (f *ImportFlags) alone(work func() error) error {
	if f.DB != "" {
		return work()
	}
	release, err := lockFolder(f.Data)
	if err != nil {
		return err
	}
	defer release()
	return work()
}

func (f *ImportFlags) place() store.Place { return store.Place{Dir: f.Data, DB: f.DB} }

// levels is how many levels of regions the agency has.
func (f *ImportFlags) levels() (int, error) {
	data := examples.AgencyYAML
	if f.Agency != "" {
		var err error
		if data, err = os.ReadFile(f.Agency); err != nil {
			return 0, fmt.Errorf("read agency file: %w", err)
		}
	}
	a, err := agency.Load(data)
	if err != nil {
		return 0, fmt.Errorf("agency file %s: %w", f.Agency, err)
	}
	return len(a.RegionLevels), nil
}

// loadOrNone is what was imported before; nothing yet is nil and no error.
func loadOrNone(p store.Place) (*clinic.Directory, error) {
	d, err := p.LoadDirectory(context.Background())
	if fault.CodeOf(err) == fault.NotFound {
		return nil, nil
	}
	return d, err
}

// sourcesOf lists the sources of one kind of the version that is replaced.
func sourcesOf(old *clinic.Directory, what string) []clinic.SourceDigest {
	var sources []clinic.SourceDigest
	if old == nil {
		return nil
	}
	for _, s := range old.Manifest().Sources {
		if s.What == what {
			sources = append(sources, s)
		}
	}
	return sources
}

// publish writes the new version unless rows were refused and --keep-going was
// not given (rule K17), and prints the report either way.
func (f *ImportFlags) publish(env *Env, report *importReport, regions *clinic.Regions, clinics []clinic.Clinic, sources []clinic.SourceDigest) error {
	bad := report.Refused + len(report.Dropped)
	if report.Imported > 0 && (bad == 0 || f.KeepGoing) {
		if err := f.save(report, regions, clinics, sources); err != nil {
			return err
		}
	}
	if err := report.print(env, f.JSON); err != nil {
		return fmt.Errorf("print the report: %w", err)
	}
	if !report.Published {
		cause := fmt.Errorf("nothing was imported: %d of %d rows refused, %d clinics without a region; mend the list or repeat with --keep-going",
			report.Refused, report.Rows, len(report.Dropped))
		return fault.Wrap(fault.Invalid, "clinic.import_refused", cause).With("Refused", bad)
	}
	return nil
}

func (f *ImportFlags) save(report *importReport, regions *clinic.Regions, clinics []clinic.Clinic, sources []clinic.SourceDigest) error {
	files, err := clinic.Build(regions, clinics, sources)
	if err != nil {
		return fmt.Errorf("build the static files: %w", err)
	}
	if err := f.place().SaveDirectory(context.Background(), files); err != nil {
		return fmt.Errorf("save the static files: %w", err)
	}
	saved, err := f.place().LoadDirectory(context.Background())
	if err != nil {
		return fmt.Errorf("read back what was saved: %w", err)
	}
	report.published(saved)
	return nil
}
