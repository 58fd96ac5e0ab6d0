package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"naru/internal/clinic"
	"naru/internal/fault"
)

// staticFolder holds the published regions and clinics below the data folder.
const staticFolder = "static"

// maxStaticBytes bounds one static file that is read back.
const maxStaticBytes = 64 << 20

// unusedFor is how much older than the newest manifest a file must be before
// an import removes it: a reader may still be on its way from an older manifest.
const unusedFor = 24 * time.Hour

// LoadDirectory reads the regions and clinics published in DIR/static. Nothing
// imported yet is the fault clinic.directory_missing; a file that is damaged or
// half written is refused (rule K15).
func LoadDirectory(dir string) (*clinic.Directory, error) {
	d, err := clinic.Read(func(name string) ([]byte, error) { return readStatic(dir, name) })
	if errors.Is(err, fs.ErrNotExist) {
		if _, statErr := os.Stat(filepath.Join(dir, staticFolder, clinic.ManifestFile)); errors.Is(statErr, fs.ErrNotExist) {
			cause := fmt.Errorf("nothing is imported in %s; run: naru import regions FILE --data %s", dir, dir)
			return nil, fault.Wrap(fault.NotFound, "clinic.directory_missing", cause)
		}
		return nil, fault.Wrap(fault.Internal, "clinic.directory_damaged", err)
	}
	if err != nil {
		return nil, fmt.Errorf("load regions and clinics: %w", err)
	}
	return d, nil
}

func readStatic(dir, name string) ([]byte, error) {
	if !filepath.IsLocal(name) {
		return nil, fmt.Errorf("file name %.100q leads out of the folder", name)
	}
	path := filepath.Join(dir, staticFolder, filepath.FromSlash(name))
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxStaticBytes {
		return nil, fmt.Errorf("%s has more than %d bytes", name, maxStaticBytes)
	}
	return os.ReadFile(path)
}

// SaveStatic publishes one version of the regions and clinics in DIR/static
// (rule K15): every file is written beside, synced and renamed, the manifest
// last. A process that ends at any moment leaves the old version or the new one,
// whole. One import at a time; of two at once the last manifest wins.
func SaveStatic(dir string, files clinic.Files) error {
	return saveStatic(dir, files, func(string) error { return nil })
}

// saveStatic calls before ahead of each change of the disk; an error from it
// stops right there, as a crash would.
func saveStatic(dir string, files clinic.Files, before func(step string) error) error {
	root := filepath.Join(dir, staticFolder)
	for name, content := range files {
		if name == clinic.ManifestFile {
			continue
		}
		if err := replaceFile(root, name, content, before); err != nil {
			return fmt.Errorf("publish %s: %w", name, err)
		}
	}
	if err := replaceFile(root, clinic.ManifestFile, files[clinic.ManifestFile], before); err != nil {
		return fmt.Errorf("publish %s: %w", clinic.ManifestFile, err)
	}
	if err := syncFolder(dir); err != nil {
		return fmt.Errorf("publish %s: %w", staticFolder, err)
	}
	if err := before("remove"); err != nil {
		return err
	}
	return removeUnused(root, files)
}

// replaceFile writes content beside the file, syncs it, renames it over, and
// syncs the folder so that the new name is on disk too.
func replaceFile(root, name string, content []byte, before func(string) error) error {
	path := filepath.Join(root, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := before("write " + name); err != nil {
		return err
	}
	temp := path + ".part"
	if err := writeSynced(temp, content); err != nil {
		return err
	}
	if err := before("rename " + name); err != nil {
		return err
	}
	if err := os.Rename(temp, path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

func writeSynced(path string, content []byte) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if _, err := f.Write(content); err != nil {
		return err
	}
	return f.Sync()
}

func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// removeUnused removes files of older versions once nobody can be reading them.
func removeUnused(root string, files clinic.Files) error {
	manifest, err := os.Stat(filepath.Join(root, clinic.ManifestFile))
	if err != nil {
		return err
	}
	return filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		if _, used := files[filepath.ToSlash(name)]; used {
			return nil
		}
		info, err := entry.Info()
		if err != nil || manifest.ModTime().Sub(info.ModTime()) < unusedFor {
			return err
		}
		return os.Remove(path)
	})
}
