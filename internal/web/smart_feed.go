package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"naru/internal/clinic"
	"naru/internal/fhir"
)

// feed keeps the files that everybody reads, finished: however many ask, they are made
// once in feedEvery, and not at all while nobody asks (rule X7). Safe for concurrent use.
type feed struct {
	source *Resources
	now    func() time.Time
	making sync.Mutex // held by the one who makes the next edition
	last   atomic.Pointer[edition]
}

// edition is one making of all files.
type edition struct {
	made   time.Time
	asOf   time.Time // every booking up to here is in it
	before *edition  // while it is made: what can be taken over from
	files  []*feedFile
}

// feedFile is one finished file. changed is when the edition was made that first had
// this content; no edition is made before its own asOf.
type feedFile struct {
	name, kind, state string
	from              string // what it was made from: the same facts need not be written again
	etag              string
	changed           time.Time
	packed            []byte
}

// edition is the newest, made anew when it is too old. One caller makes it; the others
// are given the last until that is too old for anybody, and then wait.
func (f *feed) edition() (*edition, error) {
	if e := f.youngerThan(feedEvery); e != nil {
		return e, nil
	}
	if !f.making.TryLock() {
		if e := f.youngerThan(feedLongest); e != nil {
			return e, nil
		}
		f.making.Lock()
	}
	defer f.making.Unlock()
	if e := f.youngerThan(feedEvery); e != nil {
		return e, nil
	}
	e, err := f.build(f.now(), f.last.Load())
	if err != nil {
		return nil, err
	}
	f.last.Store(e)
	return e, nil
}

func (f *feed) youngerThan(age time.Duration) *edition {
	if e := f.last.Load(); e != nil && f.now().Sub(e.made).Abs() < age {
		return e
	}
	return nil
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
func (f *feed) build(now time.Time, before *edition) (*edition, error) {
	x := f.source
	e := &edition{made: now.Truncate(time.Second), asOf: x.store.CountsAsOf().Truncate(time.Second), before: before}
	d, err := x.directory()
	if err != nil {
		return nil, err
	}
	all, err := x.offers(d)
	if err != nil {
		return nil, err
	}
	from := d.Manifest().Version
	for _, p := range all.campaigns {
		from += fmt.Sprint(" ", p.Campaign.ID, p.Campaign.SHA256, p.Campaign.Shifted)
	}
	err = e.add(feedFile{name: "locations.ndjson", kind: "Location", from: from}, func(write func(any) error) error {
		return eachOf(all.clinics, func(k *clinic.Clinic) error { return write(x.location(d, k)) })
	})
	if err != nil {
		return nil, err
	}
	err = e.add(feedFile{name: "schedules.ndjson", kind: "Schedule", from: from}, func(write func(any) error) error {
		return all.each(func(o offer) error { return write(x.schedule(o)) })
	})
	if err != nil {
		return nil, err
	}
	err = f.slots(e, d, all)
	e.before = nil
	return e, err
}

// slots writes a file for each of the highest regions that have clinics: one slot a
// clinic, day and state, with how many places it stands for.
func (f *feed) slots(e *edition, d *clinic.Directory, all offers) error {
	in := map[clinic.RegionCode][]*clinic.Clinic{}
	for _, k := range all.clinics {
		if path := d.Regions().Path(k.SigunguCode); len(path) > 0 {
			in[path[0].Code] = append(in[path[0].Code], k)
		}
	}
	for _, region := range d.Regions().Children("") {
		if len(in[region.Code]) == 0 {
			continue
		}
		days, from, err := f.source.days(offers{all.campaigns, in[region.Code]})
		if err != nil {
			return err
		}
		file := feedFile{name: slotFile(string(region.Code)), kind: "Slot", state: region.Display(), from: from}
		err = e.add(file, func(write func(any) error) error {
			return eachOf(days, func(day offerDay) error {
				for _, slot := range fhir.NewSlots(day.id(), f.source.page(day.Campaign.ID), day.Places) {
					if err := write(slot); err != nil {
						return err
					}
				}
				return nil
			})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// offerDay is a day of an offer.
type offerDay struct {
	offer
	fhir.Places
}

// days are the days of the offers, and a sum of all that is said about them.
func (x *Resources) days(all offers) (days []offerDay, from string, err error) {
	sum := sha256.New()
	err = all.each(func(o offer) error {
		places, err := x.places(o)
		for _, day := range x.byDays(places) {
			days = append(days, offerDay{o, day})
			_, _ = fmt.Fprintln(sum, o.id(), day.Start.Unix(), day.End.Unix(), day.Capacity, day.Taken) // a hash takes everything
		}
		return err
	})
	return days, string(sum.Sum(nil)), err
}

func eachOf[T any](all []T, do func(T) error) error {
	for _, one := range all {
		if err := do(one); err != nil {
			return err
		}
	}
	return nil
}

// add makes one file, a resource a line, unless the last edition has it from the same
// facts.
func (e *edition) add(f feedFile, fill func(write func(any) error) error) error {
	var old *feedFile
	if e.before != nil {
		if old = e.before.file(f.name); old != nil && old.from == f.from {
			e.files = append(e.files, old)
			return nil
		}
	}
	p := newNDJSON()
	if err := fill(p.write); err != nil {
		return err
	}
	var err error
	f.packed, f.etag, err = p.finish()
	if f.changed = e.made; old != nil && old.etag == f.etag {
		f.changed = old.changed
	}
	e.files = append(e.files, &f)
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
