package custodian

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"naru/internal/caldate"
	"naru/internal/visit"
)

// destroyBefore destroys the keys in a folder whose days are over. A file is overwritten
// before it is removed: on a disk that keeps old blocks that is all a program can do, so
// the folder belongs on one that is encrypted.
func destroyBefore(dir string, today visit.Day) error {
	names, err := filepath.Glob(filepath.Join(dir, "day-*.key*"))
	if err != nil {
		return err
	}
	var errs []error
	for _, name := range names {
		text, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(name), "day-"), ".key")
		d, err := caldate.Parse(text)
		if err != nil {
			continue // nothing of ours
		}
		if day, found := visit.DayOf(d); found && today >= day.DestroyOn() {
			errs = append(errs, destroy(name))
		}
	}
	return errors.Join(errs...)
}

func destroy(name string) error {
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil {
		_, err = f.Write(make([]byte, info.Size()))
	}
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return errors.Join(os.Remove(name), sync(filepath.Dir(name)))
}

// replace writes a whole file, durably, that only its owner reads.
func replace(name string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return errors.Join(os.Rename(f.Name(), name), sync(filepath.Dir(name)))
}

// sync makes what happened to the names in a folder durable.
func sync(dir string) error {
	d, err := os.Open(dir) //nolint:gosec // the custodian's own folder
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
