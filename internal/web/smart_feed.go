package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"hash"
	"io"
	"net/http"
	"sync"
	"time"

	"naru/internal/clinic"
	"naru/internal/fhir"
)

// feed keeps the files that everybody reads, finished: however many ask, they are made
// once in feedEvery, and not at all while nobody asks (rule X7). Safe for concurrent use.
type feed struct {
	source *Resources
	now    func() time.Time
	mu     sync.Mutex
	last   *edition
}

// edition is one making of all files.
type edition struct {
	made  time.Time
	asOf  time.Time // every booking up to here is in it
	files []*feedFile
}

// feedFile is one finished file. changed is when the edition was made that first had
// this content; no edition is made before its own asOf.
type feedFile struct {
	name, kind, state string
	etag              string
	changed           time.Time
	packed            []byte
}

// edition is the newest, made anew when it is too old. One caller makes it, the
// others wait for that.
func (f *feed) edition() (*edition, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.now()
	if f.last != nil && now.Sub(f.last.made).Abs() < feedEvery {
		return f.last, nil
	}
	e, err := f.build(now)
	if err != nil {
		return nil, err
	}
	if f.last != nil {
		e.keepChanged(f.last)
	}
	f.last = e
	return e, nil
}

// keepChanged takes over since when files are as they are.
func (e *edition) keepChanged(before *edition) {
	for _, file := range e.files {
		if old := before.file(file.name); old != nil && old.etag == file.etag {
			file.changed = old.changed
		}
	}
}

func (e *edition) file(name string) *feedFile {
	for _, f := range e.files {
		if f.name == name {
			return f
		}
	}
	return nil
}

// build writes the places, the schedules, and the slots of each of the highest regions.
// The time comes first: what is booked while it is made may be missing, and is told
// after.
func (f *feed) build(now time.Time) (*edition, error) {
	x := f.source
	e := &edition{made: now.Truncate(time.Second), asOf: x.store.CountsAsOf().Truncate(time.Second)}
	d, err := x.directory()
	if err != nil {
		return nil, err
	}
	all, err := x.offers(d)
	if err != nil {
		return nil, err
	}
	err = e.add("locations.ndjson", "Location", "", func(write func(any) error) error {
		return eachOf(all.clinics, func(k *clinic.Clinic) error { return write(x.location(d, k)) })
	})
	if err != nil {
		return nil, err
	}
	err = e.add("schedules.ndjson", "Schedule", "", func(write func(any) error) error {
		return all.each(func(o offer) error { return write(x.schedule(o)) })
	})
	if err != nil {
		return nil, err
	}
	return e, f.slots(e, d, all)
}

// slots writes a file for each of the highest regions that have clinics: one slot a
// clinic, day and state, with how many places it stands for.
func (f *feed) slots(e *edition, d *clinic.Directory, all offers) error {
	x := f.source
	in := map[clinic.RegionCode][]*clinic.Clinic{}
	for _, k := range all.clinics {
		if path := d.Regions().Path(k.SigunguCode); len(path) > 0 {
			in[path[0].Code] = append(in[path[0].Code], k)
		}
	}
	for _, region := range d.Regions().Children("") {
		clinics := in[region.Code]
		if len(clinics) == 0 {
			continue
		}
		err := e.add(slotFile(string(region.Code)), "Slot", region.Display(), func(write func(any) error) error {
			return x.daySlots(offers{all.campaigns, clinics}, write)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (x *Resources) daySlots(all offers, write func(any) error) error {
	return all.each(func(o offer) error {
		places, err := x.places(o)
		if err != nil {
			return err
		}
		for _, day := range x.byDays(places) {
			for _, slot := range fhir.NewSlots(o.id(), x.page(o.Campaign.ID), day) {
				if err := write(slot); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func eachOf[T any](all []T, do func(T) error) error {
	for _, one := range all {
		if err := do(one); err != nil {
			return err
		}
	}
	return nil
}

// add makes one file: a resource a line.
func (e *edition) add(name, kind, state string, fill func(write func(any) error) error) error {
	p := newNDJSON()
	if err := fill(p.write); err != nil {
		return err
	}
	packed, etag, err := p.finish()
	e.files = append(e.files, &feedFile{name: name, kind: kind, state: state, etag: etag, changed: e.made, packed: packed})
	return err
}

// ndjson packs lines while it sums them up.
type ndjson struct {
	packed bytes.Buffer
	zip    *gzip.Writer
	sum    hash.Hash
	lines  *json.Encoder
}

func newNDJSON() *ndjson {
	p := &ndjson{sum: sha256.New()}
	p.zip, _ = gzip.NewWriterLevel(&p.packed, gzip.BestSpeed) // the level is a valid one
	p.lines = json.NewEncoder(io.MultiWriter(p.zip, p.sum))
	return p
}

func (p *ndjson) write(v any) error { return p.lines.Encode(v) }

func (p *ndjson) finish() (packed []byte, etag string, err error) {
	err = p.zip.Close()
	return p.packed.Bytes(), `"` + hex.EncodeToString(p.sum.Sum(nil)[:12]) + `"`, err
}

func (f *feedFile) unpack(w http.ResponseWriter) error {
	z, err := gzip.NewReader(bytes.NewReader(f.packed))
	if err != nil {
		return err
	}
	_, _ = io.Copy(w, z) // the reader may be gone
	return nil
}
