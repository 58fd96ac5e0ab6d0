package clinic

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// ManifestFile is the name of the file that names all others. It is the only
// one whose content changes under the same name.
const ManifestFile = "manifest.json"

// manifestFormat goes up when older readers could no longer read the files.
const manifestFormat = 1

// Files is one version of the static files: name, with / between folders, to
// content. All but the manifest carry the hash of their content in their name,
// so they may be cached for ever (rule K14).
type Files map[string][]byte

// Manifest names the files of one version.
type Manifest struct {
	Format  int            `json:"format"`
	Version string         `json:"version"` // the hash of this manifest without it
	Levels  int            `json:"levels"`
	Regions FileRef        `json:"regions"`
	Clinics []SigunguFile  `json:"clinics"` // the 시군구 that have clinics, by code
	Total   int            `json:"total_clinics"`
	Kinds   map[Kind]int   `json:"kinds"`
	PerDay  int            `json:"daily_capacity"`
	Sources []SourceDigest `json:"sources"`
}

// FileRef names one file, the SHA-256 of its content and how many it lists.
type FileRef struct {
	File   string `json:"file"`
	SHA256 string `json:"sha256"`
	Count  int    `json:"count"`
}

// SigunguFile names the file with the clinics of one 시군구.
type SigunguFile struct {
	Sigungu RegionCode `json:"sigungu"`
	FileRef
}

// SourceDigest tells which list the files were made from.
type SourceDigest struct {
	What   string `json:"what"` // regions or clinics
	SHA256 string `json:"sha256"`
	Rows   int    `json:"rows"`
}

// regionFile is the whole tree in one file: a row is what columns say. The
// number of clinics is there so that a page can say plainly where there are
// none before it fetches anything else (rule K13).
type regionFile struct {
	Levels  int          `json:"levels"`
	Columns []string     `json:"columns"`
	Rows    []regionJSON `json:"rows"`
}

var regionColumns = []string{"code", "parent", "name", "lat", "lon", "clinics"}

type regionJSON struct {
	Code, Parent RegionCode
	Name         string
	Lat, Lon     float64
	Clinics      int
}

// MarshalJSON writes the columns as an array.
func (r regionJSON) MarshalJSON() ([]byte, error) {
	return json.Marshal([]any{r.Code, r.Parent, r.Name, r.Lat, r.Lon, r.Clinics})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (r *regionJSON) UnmarshalJSON(data []byte) error {
	columns := []any{&r.Code, &r.Parent, &r.Name, &r.Lat, &r.Lon, &r.Clinics}
	if err := json.Unmarshal(data, &columns); err != nil {
		return err
	}
	if len(columns) != len(regionColumns) {
		return fmt.Errorf("a region has %d columns, not %d", len(regionColumns), len(columns))
	}
	return nil
}

// sigunguJSON is the file of one 시군구.
type sigunguJSON struct {
	Sigungu RegionCode `json:"sigungu"`
	Clinics []Clinic   `json:"clinics"`
}

// Build makes the static files of one version (rule K14): the regions, one file
// for every 시군구 that has clinics, and the manifest. The same regions, clinics
// and sources always give the same bytes and the same version. It refuses what
// NewDirectory refuses.
func Build(regions *Regions, clinics []Clinic, sources []SourceDigest) (Files, error) {
	d, err := NewDirectory(regions, clinics)
	if err != nil {
		return nil, err
	}
	files := Files{}
	sum := d.Summarise()
	m := Manifest{
		Format: manifestFormat, Levels: regions.levels,
		Clinics: []SigunguFile{}, Total: sum.Clinics, Kinds: sum.ByKind, PerDay: sum.DailyCapacity,
		Sources: append([]SourceDigest{}, sources...),
	}
	m.Regions, err = files.add("regions", d.regionFile(), regions.Len())
	if err != nil {
		return nil, err
	}
	for _, r := range regions.AtLevel(2) {
		if err := d.addSigungu(files, &m, r.Code); err != nil {
			return nil, err
		}
	}
	return files, files.addManifest(m)
}

func (d *Directory) addSigungu(files Files, m *Manifest, code RegionCode) error {
	content := sigunguJSON{Sigungu: code}
	for _, c := range d.in[code] {
		content.Clinics = append(content.Clinics, *c)
	}
	if len(content.Clinics) == 0 {
		return nil
	}
	ref, err := files.add("clinics/"+string(code), content, len(content.Clinics))
	m.Clinics = append(m.Clinics, SigunguFile{Sigungu: code, FileRef: ref})
	return err
}

func (d *Directory) regionFile() regionFile {
	f := regionFile{Levels: d.regions.levels, Columns: regionColumns}
	for _, r := range d.regions.all {
		f.Rows = append(f.Rows, regionJSON{r.Code, r.Parent, r.Name, r.Lat, r.Lon, d.Count(r.Code)})
	}
	return f
}

// add puts one file under a name that carries the hash of its content.
func (files Files) add(stem string, content any, count int) (FileRef, error) {
	data, err := json.Marshal(content)
	if err != nil {
		return FileRef{}, fmt.Errorf("encode %s: %w", stem, err)
	}
	hash := digest(data)
	ref := FileRef{File: stem + "." + hash[:16] + ".json", SHA256: hash, Count: count}
	files[ref.File] = data
	return ref, nil
}

func (files Files) addManifest(m Manifest) error {
	version, err := m.version()
	if err != nil {
		return err
	}
	m.Version = version
	data, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return fmt.Errorf("encode manifest: %w", err)
	}
	files[ManifestFile] = append(data, '\n')
	return nil
}

func (m Manifest) version() (string, error) {
	m.Version = ""
	data, err := json.Marshal(m)
	if err != nil {
		return "", fmt.Errorf("encode manifest: %w", err)
	}
	return digest(data)[:16], nil
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
