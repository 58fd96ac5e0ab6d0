package fhir

import (
	"time"

	"naru/internal/booking"
	"naru/internal/campaign"
	"naru/internal/clinic"
)

// Appointment is one dose that somebody has a place for. It names no patient.
type Appointment struct {
	Type        string        `json:"resourceType"`
	ID          string        `json:"id"`
	Status      string        `json:"status"`
	Kind        []Concept     `json:"serviceType"`
	Start       string        `json:"start"`
	End         string        `json:"end"`
	Created     string        `json:"created"`
	Comment     string        `json:"comment"`
	Participant []Participant `json:"participant"`
}

// Participant is who or what takes part.
type Participant struct {
	Actor    Reference `json:"actor"`
	Required string    `json:"required"`
	Status   string    `json:"status"`
}

// Taken is one dose of a reservation, without whose it is.
type Taken struct {
	Hold     booking.HoldID
	Dose     int
	Campaign campaign.ID
	Clinic   clinic.ID
	Start    time.Time
	State    booking.State
	Made     time.Time
}

// statuses are our states in FHIR's; what is not here is over and is no appointment
// any more.
var statuses = map[booking.State]string{
	booking.Pending: "pending", booking.Booked: "booked", booking.Cancelled: "cancelled",
}

// Shown tells whether places in the state are appointments.
func Shown(s booking.State) bool { return statuses[s] != "" }

// NewAppointment is a taken place of a campaign that lasts length. Call it for
// states that are Shown.
func NewAppointment(c *campaign.Campaign, t Taken, length time.Duration) Appointment {
	return Appointment{
		Type: "Appointment", ID: AppointmentID(t.Hold, t.Dose), Status: statuses[t.State], Kind: []Concept{serviceType(c)},
		Start: instant(t.Start), End: instant(t.Start.Add(length)), Created: instant(t.Made), Comment: "dose " + string(rune('0'+t.Dose)),
		Participant: []Participant{{Actor: Reference{"Location/" + LocationID(t.Clinic)}, Required: "required", Status: "accepted"}},
	}
}
