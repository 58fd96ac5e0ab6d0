package web

import (
	"slices"
	"strings"
	"time"

	"naru/internal/agency"
	"naru/internal/campaign"
	"naru/internal/clinic"
	"naru/internal/fault"
	"naru/internal/fhir"
	"naru/internal/gate"
	"naru/internal/store"
)

// Resources makes FHIR resources of what a store has in memory. It asks no
// database. Safe for concurrent use.
type Resources struct {
	store  *store.Store
	agency *agency.Agency
	public string
}

// NewResources reads a store; public is the address under which people reach the
// service.
func NewResources(s *store.Store, a *agency.Agency, public string) *Resources {
	return &Resources{store: s, agency: a, public: strings.TrimSuffix(public, "/")}
}

// offer is one clinic in one campaign.
type offer struct {
	store.Published
	clinic *clinic.Clinic
}

func (o offer) id() string { return fhir.ScheduleID(o.Campaign.ID, o.clinic.ID) }

func (x *Resources) directory() (*clinic.Directory, error) {
	if d := x.store.Directory(); d != nil {
		return d, nil
	}
	return nil, fault.New(fault.Unavailable, "flow.lists_away_text")
}

// campaigns are those that can still be booked, now or later.
func (x *Resources) campaigns() ([]store.Published, error) {
	var all []store.Published
	for _, p := range x.store.Campaigns() {
		v, err := x.store.View(string(p.Campaign.ID))
		if err != nil {
			return nil, err
		}
		if v.Board.Phase != gate.Ended {
			all = append(all, p)
		}
	}
	return all, nil
}

func (x *Resources) location(d *clinic.Directory, k *clinic.Clinic) fhir.Location {
	return fhir.NewLocation(x.agency, k, d.Regions().Path(k.RegionCode))
}

func (x *Resources) service(o offer) fhir.Service {
	return fhir.NewService(x.agency, o.Campaign, o.clinic, x.page(o.Campaign.ID))
}

func (x *Resources) schedule(o offer) fhir.Schedule {
	return fhir.NewSchedule(x.agency, o.Campaign, o.clinic)
}

// page is where everybody begins: in front of the waiting room.
func (x *Resources) page(id campaign.ID) string { return x.public + "/c/" + string(id) }

// places are the times of an offer that people on the web can still have, each on
// its own.
func (x *Resources) places(o offer) ([]fhir.Places, error) {
	times, _, err := x.store.Times(o.Published, gate.Web, string(o.clinic.ID))
	if err != nil {
		return nil, err
	}
	length := time.Duration(x.agency.SlotMinutes) * time.Minute
	all := make([]fhir.Places, len(times))
	for i, t := range times {
		all[i] = fhir.Places{Start: t.Start, End: t.Start.Add(length), Capacity: t.Capacity, Taken: t.Capacity - t.Left}
	}
	return all, nil
}

func (x *Resources) slots(o offer) ([]fhir.Slot, error) {
	places, err := x.places(o)
	if err != nil {
		return nil, err
	}
	var all []fhir.Slot
	for _, p := range places {
		all = append(all, fhir.NewSlots(o.id(), x.page(o.Campaign.ID), p)...)
	}
	return all, nil
}

// byDays joins the places of each day, which come in order of time.
func (x *Resources) byDays(places []fhir.Places) []fhir.Places {
	var days []fhir.Places
	for _, p := range places {
		n := len(days)
		if n == 0 || days[n-1].Start.In(x.agency.Zone).YearDay() != p.Start.In(x.agency.Zone).YearDay() {
			days = append(days, p)
			continue
		}
		last := &days[n-1]
		last.End, last.Capacity, last.Taken = p.End, last.Capacity+p.Capacity, last.Taken+p.Taken
	}
	return days
}

// offers are all clinics in all campaigns, campaign by campaign.
type offers struct {
	campaigns []store.Published
	clinics   []*clinic.Clinic
}

func (x *Resources) offers(d *clinic.Directory) (offers, error) {
	campaigns, err := x.campaigns()
	return offers{campaigns, d.ClinicsByID()}, err
}

func (o offers) len() int { return len(o.campaigns) * len(o.clinics) }

func (o offers) at(i int) offer {
	return offer{o.campaigns[i/len(o.clinics)], o.clinics[i%len(o.clinics)]}
}

func (o offers) each(do func(offer) error) error {
	for i := range o.len() {
		if err := do(o.at(i)); err != nil {
			return err
		}
	}
	return nil
}

// findClinic finds the clinic of a Location; nil when there is none.
func findClinic(d *clinic.Directory, id string) *clinic.Clinic {
	if k, err := d.Clinic(clinic.ID(id)); err == nil && fhir.LocationID(k.ID) == id {
		return k
	}
	all := d.ClinicsByID()
	i := slices.IndexFunc(all, func(k *clinic.Clinic) bool { return strings.HasPrefix(id, "x-") && fhir.LocationID(k.ID) == id })
	if i < 0 {
		return nil
	}
	return all[i]
}

// findOffer finds what a Schedule is of; found is false when there is none.
func (x *Resources) findOffer(d *clinic.Directory, id string) (o offer, found bool, err error) {
	campaigns, err := x.campaigns()
	if err != nil {
		return offer{}, false, err
	}
	for _, p := range campaigns {
		if rest, ours := strings.CutPrefix(id, string(p.Campaign.ID)+"."); ours {
			if k, err := d.Clinic(clinic.ID(rest)); err == nil && fhir.ScheduleID(p.Campaign.ID, k.ID) == id {
				return offer{p, k}, true, nil
			}
		}
	}
	if !strings.HasPrefix(id, "x-") {
		return offer{}, false, nil
	}
	for all, i := (offers{campaigns, d.ClinicsByID()}), 0; i < all.len(); i++ {
		if o := all.at(i); o.id() == id {
			return o, true, nil
		}
	}
	return offer{}, false, nil
}
