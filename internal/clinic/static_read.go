package clinic

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"naru/internal/fault"
)

// Read makes the directory from the static files that Build made; get returns
// the content of a file by name. A file whose content is not the one the
// manifest names is refused, so a half-written or altered version is never
// served (rule K15).
func Read(get func(name string) ([]byte, error)) (*Directory, error) {
	files := Files{}
	m, err := files.readManifest(get)
	if err != nil {
		return nil, err
	}
	regions, err := files.readRegions(get, m)
	if err != nil {
		return nil, err
	}
	var clinics []Clinic
	for _, ref := range m.Clinics {
		var content sigunguJSON
		if err := files.read(get, ref.FileRef, &content); err != nil {
			return nil, err
		}
		clinics = append(clinics, content.Clinics...)
	}
	d, err := NewDirectory(regions, clinics)
	if err != nil {
		return nil, err
	}
	d.files, d.listing = files, m
	return d, nil
}

// Version names this version of the static files, "" for a directory that was
// not read from any.
func (d *Directory) Version() string { return d.listing.Version }

// Manifest is the manifest this directory was read by.
func (d *Directory) Manifest() Manifest { return d.listing }

// File returns one static file of this version exactly as it was built, so the
// pages can be served from memory.
func (d *Directory) File(name string) ([]byte, bool) {
	data, ok := d.files[name]
	return data, ok
}

func (files Files) readManifest(get func(string) ([]byte, error)) (m Manifest, err error) {
	data, err := get(ManifestFile)
	if err != nil {
		return Manifest{}, fmt.Errorf("read %s: %w", ManifestFile, err)
	}
	if err := decodeStrictly(data, &m); err != nil {
		return Manifest{}, damaged(ManifestFile, err)
	}
	if m.Format != manifestFormat {
		return Manifest{}, damaged(ManifestFile, fmt.Errorf("format %d is not %d; import the lists again", m.Format, manifestFormat))
	}
	if version, err := m.version(); err != nil || version != m.Version {
		return Manifest{}, damaged(ManifestFile, fmt.Errorf("version %.40q does not fit the content", m.Version))
	}
	files[ManifestFile] = data
	return m, nil
}

func (files Files) readRegions(get func(string) ([]byte, error), m Manifest) (*Regions, error) {
	var content regionFile
	if err := files.read(get, m.Regions, &content); err != nil {
		return nil, err
	}
	level := map[RegionCode]int{"": 0}
	var all []Region
	for _, r := range content.Rows {
		above, known := level[r.Parent]
		if _, twice := level[r.Code]; twice || !known || above >= m.Levels {
			return nil, damaged(m.Regions.File, fmt.Errorf("region %.20q has no place in the tree", string(r.Code)))
		}
		level[r.Code] = above + 1
		all = append(all, Region{r.Code, above + 1, r.Parent, r.Name, r.Lat, r.Lon})
	}
	return newRegions(m.Levels, all), nil
}

func (files Files) read(get func(string) ([]byte, error), ref FileRef, into any) error {
	data, err := get(ref.File)
	if err != nil {
		return fmt.Errorf("read %s: %w", ref.File, err)
	}
	if got := digest(data); got != ref.SHA256 {
		return damaged(ref.File, fmt.Errorf("SHA-256 is %s, the manifest says %.64q", got, ref.SHA256))
	}
	if err := decodeStrictly(data, into); err != nil {
		return damaged(ref.File, err)
	}
	files[ref.File] = data
	return nil
}

func decodeStrictly(data []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return err
	}
	if _, err := dec.Token(); err != io.EOF {
		return fmt.Errorf("text after the end")
	}
	return nil
}

func damaged(file string, err error) error {
	return fault.Wrap(fault.Internal, "clinic.directory_damaged", fmt.Errorf("%s: %w", file, err))
}
