package web

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"naru/internal/campaign"
	"naru/internal/clinic"
	"naru/internal/fhir"
)

// FHIRCounts says how many resources of each kind were written.
type FHIRCounts map[string]int

// Export writes every resource into a folder, one file a kind, one resource a line
// (rule X5). Each file is there whole or not at all. Appointments are read from the
// database and name nobody; the rest is from memory.
func (x *Resources) Export(ctx context.Context, dir string) (FHIRCounts, error) {
	d, err := x.directory()
	if err != nil {
		return nil, err
	}
	all, err := x.offers(d)
	if err != nil {
		return nil, err
	}
	counts := FHIRCounts{}
	for kind, fill := range map[string]func(write func(any) error) error{
		"Location": func(write func(any) error) error {
			return eachOf(all.clinics, func(k *clinic.Clinic) error { return write(x.location(d, k)) })
		},
		"HealthcareService": func(write func(any) error) error {
			return all.each(func(o offer) error { return write(x.service(o)) })
		},
		"Schedule": func(write func(any) error) error {
			return all.each(func(o offer) error { return write(x.schedule(o)) })
		},
		"Slot":        func(write func(any) error) error { return x.everySlot(all, write) },
		"Appointment": func(write func(any) error) error { return x.everyAppointment(ctx, write) },
	} {
		if counts[kind], err = writeLines(filepath.Join(dir, kind+".ndjson"), fill); err != nil {
			return nil, fmt.Errorf("export %s: %w", kind, err)
		}
	}
	return counts, nil
}

func (x *Resources) everySlot(all offers, write func(any) error) error {
	return all.each(func(o offer) error {
		slots, err := x.slots(o)
		if err != nil {
			return err
		}
		return eachOf(slots, func(s fhir.Slot) error { return write(s) })
	})
}

// everyAppointment leaves out what is of a campaign that this store does not know.
func (x *Resources) everyAppointment(ctx context.Context, write func(any) error) error {
	length := time.Duration(x.agency.SlotMinutes) * time.Minute
	known := map[campaign.ID]*campaign.Campaign{}
	for _, p := range x.store.Campaigns() {
		known[p.Campaign.ID] = p.Campaign
	}
	return x.store.EachTaken(ctx, func(t fhir.Taken) error {
		c := known[t.Campaign]
		if c == nil || !fhir.Shown(t.State) {
			return nil
		}
		return write(fhir.NewAppointment(c, t, length))
	})
}

// writeLines writes a file beside and renames it once it is on disk.
func writeLines(path string, fill func(write func(any) error) error) (n int, err error) {
	temp := path + ".part"
	f, err := os.Create(temp) //nolint:gosec // the operator's own folder
	if err != nil {
		return 0, err
	}
	b := bufio.NewWriterSize(f, 1<<16)
	lines := json.NewEncoder(b)
	err = fill(func(v any) error { n++; return lines.Encode(v) })
	if err = errors.Join(err, b.Flush(), f.Sync(), f.Close()); err != nil {
		return 0, errors.Join(err, os.Remove(temp))
	}
	return n, os.Rename(temp, path)
}
