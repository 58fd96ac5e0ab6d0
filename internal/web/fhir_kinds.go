package web

import (
	"naru/internal/clinic"
	"naru/internal/fault"
	"naru/internal/fhir"
)

func noResource() error { return fault.New(fault.NotFound, "interface.no_resource") }

func searchLocations(x *Resources, d *clinic.Directory, q fhirQuery) (fhirFound, error) {
	all := d.ClinicsByID()
	if id, given := q.params["_id"]; given {
		all = nil
		if k := findClinic(d, id); k != nil {
			all = []*clinic.Clinic{k}
		}
	}
	if name, given := q.params["name"]; given {
		all = both(all, d.Search("", name))
	}
	return q.page(len(all), func(i int) fhirResource {
		return fhirResource{fhir.LocationID(all[i].ID), x.location(d, all[i])}
	}), nil
}

// both keeps the clinics that are in either list, in the order of the first.
func both(all, named []*clinic.Clinic) []*clinic.Clinic {
	in := make(map[clinic.ID]bool, len(named))
	for _, k := range named {
		in[k.ID] = true
	}
	var kept []*clinic.Clinic
	for _, k := range all {
		if in[k.ID] {
			kept = append(kept, k)
		}
	}
	return kept
}

func readLocation(x *Resources, d *clinic.Directory, id string) (any, error) {
	k := findClinic(d, id)
	if k == nil {
		return nil, noResource()
	}
	return x.location(d, k), nil
}

// offersOf are the offers that a search names: one schedule's, one clinic's, all.
func (x *Resources) offersOf(d *clinic.Directory, q fhirQuery, location string) (offers, error) {
	all, err := x.offers(d)
	if err != nil {
		return all, err
	}
	if id, given := q.reference(location, "Location"); given {
		k := findClinic(d, id)
		if k == nil {
			return offers{}, nil
		}
		all.clinics = []*clinic.Clinic{k}
	}
	if id, given := q.params["_id"]; given {
		o, found, err := x.findOffer(d, id)
		if err != nil || !found || len(all.clinics) == 1 && all.clinics[0] != o.clinic {
			return offers{}, err
		}
		all.campaigns, all.clinics = all.campaigns[:0], []*clinic.Clinic{o.clinic}
		all.campaigns = append(all.campaigns, o.Published)
	}
	return all, nil
}

func searchServices(x *Resources, d *clinic.Directory, q fhirQuery) (fhirFound, error) {
	all, err := x.offersOf(d, q, "location")
	return q.page(all.len(), func(i int) fhirResource { return fhirResource{all.at(i).id(), x.service(all.at(i))} }), err
}

func readService(x *Resources, d *clinic.Directory, id string) (any, error) {
	o, found, err := x.findOffer(d, id)
	if err != nil || !found {
		return nil, or(err, noResource())
	}
	return x.service(o), nil
}

func searchSchedules(x *Resources, d *clinic.Directory, q fhirQuery) (fhirFound, error) {
	all, err := x.offersOf(d, q, "actor")
	return q.page(all.len(), func(i int) fhirResource { return fhirResource{all.at(i).id(), x.schedule(all.at(i))} }), err
}

func readSchedule(x *Resources, d *clinic.Directory, id string) (any, error) {
	o, found, err := x.findOffer(d, id)
	if err != nil || !found {
		return nil, or(err, noResource())
	}
	return x.schedule(o), nil
}

// searchSlots asks for the schedule: the slots of a whole country are in the files of
// SMART Scheduling Links.
func searchSlots(x *Resources, d *clinic.Directory, q fhirQuery) (fhirFound, error) {
	id, given := q.reference("schedule", "Schedule")
	if !given {
		return fhirFound{}, fault.New(fault.Invalid, "interface.schedule_missing").With("Field", "schedule")
	}
	from, to, err := q.span(x.agency.Zone)
	if err != nil {
		return fhirFound{}, err
	}
	o, found, err := x.findOffer(d, id)
	if err != nil || !found {
		return fhirFound{}, err
	}
	places, err := x.places(o)
	if err != nil {
		return fhirFound{}, err
	}
	var all []fhir.Slot
	for _, p := range places {
		if p.Start.Before(from) || !to.IsZero() && !p.Start.Before(to) {
			continue
		}
		for _, slot := range fhir.NewSlots(id, x.page(o.Campaign.ID), p) {
			if status := q.params["status"]; status == "" || status == string(slot.Status) {
				all = append(all, slot)
			}
		}
	}
	return q.page(len(all), func(i int) fhirResource { return fhirResource{all[i].ID, all[i]} }), nil
}

func readSlot(x *Resources, d *clinic.Directory, id string) (any, error) {
	schedule, _, _, ok := fhir.ParseSlotID(id)
	if !ok {
		return nil, noResource()
	}
	o, found, err := x.findOffer(d, schedule)
	if err != nil || !found {
		return nil, or(err, noResource())
	}
	slots, err := x.slots(o)
	if err != nil {
		return nil, err
	}
	for _, slot := range slots {
		if slot.ID == id {
			return slot, nil
		}
	}
	return nil, noResource()
}

// or is the first error of two.
func or(a, b error) error {
	if a != nil {
		return a
	}
	return b
}
