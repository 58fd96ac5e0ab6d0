package web

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"naru/internal/clinic"
	"naru/internal/fault"
)

// clinicsPerAnswer is how many clinics one answer lists.
const clinicsPerAnswer = 100

// apiRegion is a region of the country.
type apiRegion struct {
	Code    string `json:"code" doc:"Names the region everywhere"`
	Level   int    `json:"level" minimum:"1" maximum:"3" doc:"1 is the highest"`
	Parent  string `json:"parent,omitempty" doc:"Code of the region it lies in; absent at level 1"`
	Name    string `json:"name"`
	Clinics int    `json:"clinics" minimum:"0" doc:"How many clinics lie in it"`
}

type apiRegions struct {
	Regions []apiRegion `json:"regions" nullable:"false"`
}

// apiClinic is a facility.
type apiClinic struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Kind    string    `json:"kind" enum:"clinic,hospital,centre"`
	Region  string    `json:"region" doc:"Code of the smallest region it is known to lie in"`
	Address string    `json:"address,omitempty"`
	Lat     float64   `json:"lat" doc:"WGS84, degrees"`
	Lon     float64   `json:"lon" doc:"WGS84, degrees"`
	Hours   []apiDay  `json:"hours" nullable:"false" doc:"Days of the week on which it vaccinates; public holidays it is closed"`
	Lunch   *apiHours `json:"lunch,omitempty"`
}

// apiDay is the opening time of one day of the week.
type apiDay struct {
	Day    string `json:"day" enum:"sunday,monday,tuesday,wednesday,thursday,friday,saturday"`
	Opens  string `json:"opens" pattern:"^[0-2][0-9]:[0-5][0-9]$" doc:"Local time"`
	Closes string `json:"closes" pattern:"^[0-2][0-9]:[0-5][0-9]$" doc:"Local time; 24:00 is midnight"`
}

type apiHours struct {
	Opens  string `json:"opens" pattern:"^[0-2][0-9]:[0-5][0-9]$" doc:"Local time"`
	Closes string `json:"closes" pattern:"^[0-2][0-9]:[0-5][0-9]$" doc:"Local time; 24:00 is midnight"`
}

type apiClinics struct {
	Total   int         `json:"total" minimum:"0"`
	Page    int         `json:"page" minimum:"1"`
	PerPage int         `json:"per_page"`
	Clinics []apiClinic `json:"clinics" nullable:"false"`
}

type body[T any] struct{ Body T }

// apiPlaces are the operations about regions and clinics.
func (s *Server) apiPlaces(api huma.API) {
	huma.Register(api, operation(http.MethodGet, "/regions", "regions", "Regions right below a region", http.StatusNotFound, http.StatusServiceUnavailable), s.apiRegions)
	huma.Register(api, operation(http.MethodGet, "/clinics", "clinics", "Clinics of a region, or by name", http.StatusNotFound, http.StatusServiceUnavailable), s.apiClinics)
	huma.Register(api, operation(http.MethodGet, "/clinics/{clinic}", "clinic", "One clinic", http.StatusNotFound, http.StatusServiceUnavailable), s.apiClinic)
}

func (s *Server) apiRegions(_ context.Context, in *struct {
	Parent string `query:"parent" maxLength:"20" doc:"Code of a region; without it, the highest level"`
},
) (*body[apiRegions], error) {
	d, err := s.directory()
	if err != nil {
		return nil, err
	}
	if in.Parent != "" {
		if _, err := d.Regions().Find(clinic.RegionCode(in.Parent)); err != nil {
			return nil, err
		}
	}
	out := apiRegions{Regions: []apiRegion{}}
	for _, r := range d.Regions().Children(clinic.RegionCode(in.Parent)) {
		out.Regions = append(out.Regions, apiRegion{string(r.Code), r.Level, string(r.Parent), r.Display(), d.Count(r.Code)})
	}
	return &body[apiRegions]{out}, nil
}

func (s *Server) apiClinics(_ context.Context, in *struct {
	Region string `query:"region" maxLength:"20" doc:"Code of a region of any level; without it, the whole country"`
	Name   string `query:"q" maxLength:"60" doc:"A part of the name"`
	Page   int    `query:"page" minimum:"1" maximum:"100000" default:"1"`
},
) (*body[apiClinics], error) {
	d, err := s.directory()
	if err != nil {
		return nil, err
	}
	region := clinic.RegionCode(in.Region)
	if region != "" {
		if _, err := d.Regions().Find(region); err != nil {
			return nil, err
		}
	}
	found := d.Search(region, in.Name)
	out := apiClinics{Total: len(found), Page: in.Page, PerPage: clinicsPerAnswer, Clinics: []apiClinic{}}
	from := min((in.Page-1)*clinicsPerAnswer, len(found))
	for _, k := range found[from:min(from+clinicsPerAnswer, len(found))] {
		out.Clinics = append(out.Clinics, clinicForAPI(k))
	}
	return &body[apiClinics]{out}, nil
}

func (s *Server) apiClinic(_ context.Context, in *struct {
	Clinic string `path:"clinic" maxLength:"40"`
},
) (*body[apiClinic], error) {
	k, err := s.clinicOf(in.Clinic)
	if err != nil {
		return nil, err
	}
	return &body[apiClinic]{clinicForAPI(k)}, nil
}

func (s *Server) clinicOf(id string) (*clinic.Clinic, error) {
	d, err := s.directory()
	if err != nil {
		return nil, err
	}
	k, err := d.Clinic(clinic.ID(id))
	if err != nil {
		return nil, fault.New(fault.NotFound, "clinic.unknown")
	}
	return k, nil
}

var dayNames = [7]string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}

func clinicForAPI(k *clinic.Clinic) apiClinic {
	out := apiClinic{
		ID: string(k.ID), Name: k.Name, Kind: string(k.Kind), Region: string(k.RegionCode), Address: k.Address,
		Lat: k.Lat, Lon: k.Lon, Hours: []apiDay{},
	}
	for day, h := range k.Hours {
		if !h.Closed() {
			out.Hours = append(out.Hours, apiDay{dayNames[day], hhmm(h.Open), hhmm(h.Close)})
		}
	}
	if !k.Lunch.IsZero() {
		out.Lunch = &apiHours{hhmm(k.Lunch.From), hhmm(k.Lunch.To)}
	}
	return out
}
