package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"naru/internal/agency"
	"naru/internal/campaign"
	"naru/internal/rulefile"
)

// checkReport is what "campaign check" tells; scripts depend on its JSON.
type checkReport struct {
	File      string             `json:"file"`
	FaultFile string             `json:"fault_file,omitempty"` // the agency file, when the faults are there
	OK        bool               `json:"ok"`
	ID        campaign.ID        `json:"id,omitempty"`
	SHA256    string             `json:"sha256,omitempty"`
	Faults    rulefile.Faults    `json:"faults"`
	Windows   []windowReport     `json:"windows"`
	Guardian  string             `json:"guardian,omitempty"` // for whom somebody else may book; "" for nobody
	Forecast  *campaign.Forecast `json:"forecast,omitempty"`
}

type windowReport struct {
	Name    string    `json:"name"`
	Opens   time.Time `json:"opens"`
	Closes  time.Time `json:"closes"`
	Cohorts []string  `json:"cohorts"`
	Digit   *int      `json:"digit"`
}

func newCheckReport(file string, l *loadedCampaign, assumed campaign.Assumptions) checkReport {
	c := l.campaign
	forecast := c.Forecast(assumed)
	r := checkReport{File: file, OK: true, ID: c.ID, SHA256: c.SHA256, Faults: rulefile.Faults{}, Forecast: &forecast}
	if c.Guardian {
		r.Guardian = c.GuardianFor.String()
	}
	for _, w := range c.Windows {
		line := windowReport{Name: w.Name, Opens: w.Opens, Closes: w.Closes, Cohorts: w.Cohorts}
		if w.Rotation != nil {
			line.Digit = &w.Rotation.Digit
		}
		r.Windows = append(r.Windows, line)
	}
	return r
}

func (r checkReport) print(w io.Writer, a *agency.Agency, assumed campaign.Assumptions) {
	fmt.Fprintf(w, "%s: ok\n  id      %s\n  sha256  %s\n  windows (%s)\n", r.File, r.ID, r.SHA256, a.Zone)
	for _, line := range r.Windows {
		digit := ""
		if line.Digit != nil {
			digit = fmt.Sprintf(", day of birth ends in %d", *line.Digit)
		}
		fmt.Fprintf(w, "    %s → %s  %s: %s%s\n", localTime(line.Opens), localTime(line.Closes), line.Name, strings.Join(line.Cohorts, ", "), digit)
	}
	guardian := "nobody"
	if r.Guardian != "" {
		guardian = r.Guardian
	}
	fmt.Fprintf(w, "  somebody else may book for  %s\n", guardian)
	printForecast(w, *r.Forecast, assumed)
}

func printForecast(w io.Writer, f campaign.Forecast, assumed campaign.Assumptions) {
	people := fmt.Sprintf("%d", f.People)
	if f.Estimated {
		people += " (estimate by year of birth; doses already given are not taken off)"
	}
	if f.Unknown {
		people += ", and cohorts whose number is not known: add people to the file"
	}
	fmt.Fprintf(w, "  forecast\n    people               %s\n", people)
	fmt.Fprintf(w, "    busiest window       %s, first chance of %d people\n", f.BusiestWindow, f.BusiestPeople)
	fmt.Fprintf(w, "    wanted at opening    %.0f bookings/s, %.0f requests/s (%.0f %% in the first %s, %d requests a booking: assumed)\n",
		f.BookingsPerSecond, f.RequestsPerSecond, assumed.FirstShare*100, minutes(assumed.FirstSpan), assumed.RequestsPerBooking)
	fmt.Fprintf(w, "    let in by the gate   %.0f requests/s; %.1f h until all are in\n", f.AdmittedRequests, f.AdmissionHours)
	fmt.Fprintf(w, "    shots                %d days, %s\n", f.ShotDays, forecastDoses(f))
	fmt.Fprintf(w, "    measured limit       %s\n", forecastLimit(f, assumed.MeasuredLimit))
}

func forecastDoses(f campaign.Forecast) string {
	switch {
	case f.Doses == nil:
		return "doses not known (give --doses-per-day)"
	case f.DosesEnough == nil:
		return fmt.Sprintf("%d first doses; whether that is enough is not known", *f.Doses)
	case *f.DosesEnough:
		return fmt.Sprintf("%d first doses: enough", *f.Doses)
	}
	return fmt.Sprintf("%d first doses: WARNING, %d too few", *f.Doses, f.People-*f.Doses)
}

func forecastLimit(f campaign.Forecast, measured int) string {
	switch {
	case f.AdmittedWithin == nil:
		return "not known (give --measured-limit)"
	case !*f.AdmittedWithin:
		return fmt.Sprintf("%d requests/s: WARNING, the gate lets in more; lower gate.rate_per_second", measured)
	case f.DemandWithin == nil:
		return fmt.Sprintf("%d requests/s: the gate stays within; the demand is not known", measured)
	case !*f.DemandWithin:
		return fmt.Sprintf("%d requests/s: WARNING, the demand is above it, so people will wait; the gate stays within", measured)
	}
	return fmt.Sprintf("%d requests/s: within", measured)
}

// local writes an instant on the clock of its own zone.
func localTime(t time.Time) string { return t.Format("2006-01-02 15:04") }

func minutes(d time.Duration) string { return fmt.Sprintf("%.0f min", d.Minutes()) }

// printJSON prints one object on one line.
func printJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}
