package web

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"naru/internal/clinic"
	"naru/internal/fault"
	"naru/internal/gate"
	"naru/internal/store"
)

// apiFree are free places of the clinics of a region.
type apiFree struct {
	AsOf    time.Time       `json:"as_of" doc:"Every booking up to here is counted"`
	Late    bool            `json:"late" doc:"The counts are older than they should be; places may be fewer"`
	Clinics []apiFreeClinic `json:"clinics" nullable:"false"`
}

type apiFreeClinic struct {
	Clinic string       `json:"clinic" doc:"Id of the clinic"`
	Days   []apiFreeDay `json:"days" nullable:"false" doc:"Days that have places, in order"`
}

type apiFreeDay struct {
	Day  string `json:"day" format:"date"`
	Free int    `json:"free" minimum:"1" doc:"First doses that can still be booked"`
}

// apiTimes are the times of one clinic.
type apiTimes struct {
	AsOf  time.Time `json:"as_of" doc:"Every booking up to here is counted"`
	Late  bool      `json:"late" doc:"The counts are older than they should be; places may be fewer"`
	Times []apiTime `json:"times" nullable:"false"`
}

type apiTime struct {
	Start  time.Time `json:"start"`
	Places int       `json:"places" minimum:"1"`
	Free   int       `json:"free" minimum:"0"`
}

// apiFree are the operations about free places.
func (s *Server) apiFree(api huma.API) {
	huma.Register(api, operation(http.MethodGet, "/campaigns/{campaign}/availability", "availability", "Free places of a region's clinics, by day",
		http.StatusNotFound, http.StatusServiceUnavailable), s.apiAvailability)
	huma.Register(api, operation(http.MethodGet, "/campaigns/{campaign}/clinics/{clinic}/times", "times", "Times of one clinic",
		http.StatusNotFound, http.StatusServiceUnavailable), s.apiTimes)
}

func (s *Server) apiAvailability(_ context.Context, in *struct {
	Campaign string `path:"campaign" maxLength:"32"`
	Region   string `query:"region" required:"true" minLength:"1" maxLength:"20" doc:"Code of a region of the second or third level"`
},
) (*body[apiFree], error) {
	p, err := s.campaignOf(in.Campaign)
	if err != nil {
		return nil, err
	}
	d, err := s.directory()
	if err != nil {
		return nil, err
	}
	region, err := d.Regions().Find(clinic.RegionCode(in.Region))
	if err != nil {
		return nil, err
	}
	if region.Level < 2 {
		return nil, fault.New(fault.Invalid, "interface.region_too_large").With("Field", "region")
	}
	out := apiFree{AsOf: s.opts.Store.CountsAsOf().UTC().Truncate(time.Second), Late: s.late(), Clinics: []apiFreeClinic{}}
	for _, k := range d.ClinicsIn(region.Code) {
		times, _, err := s.opts.Store.Times(p, gate.Web, string(k.ID))
		if err != nil {
			return nil, err
		}
		out.Clinics = append(out.Clinics, apiFreeClinic{string(k.ID), s.freeDays(times)})
	}
	return &body[apiFree]{out}, nil
}

func (s *Server) freeDays(times []store.Time) []apiFreeDay {
	days, of := byDay(times, s.opts.Agency.Zone)
	out := []apiFreeDay{}
	for _, day := range days {
		if free := totalLeft(of[day]); free > 0 {
			out = append(out, apiFreeDay{day.String(), free})
		}
	}
	return out
}

func (s *Server) apiTimes(_ context.Context, in *struct {
	Campaign string `path:"campaign" maxLength:"32"`
	Clinic   string `path:"clinic" maxLength:"40"`
},
) (*body[apiTimes], error) {
	p, err := s.campaignOf(in.Campaign)
	if err != nil {
		return nil, err
	}
	if _, err := s.clinicOf(in.Clinic); err != nil {
		return nil, err
	}
	times, late, err := s.opts.Store.Times(p, gate.Web, in.Clinic)
	if err != nil {
		return nil, err
	}
	out := apiTimes{AsOf: s.opts.Store.CountsAsOf().UTC().Truncate(time.Second), Late: late, Times: []apiTime{}}
	for _, t := range times {
		out.Times = append(out.Times, apiTime{t.Start.UTC(), t.Capacity, t.Left})
	}
	return &body[apiTimes]{out}, nil
}
