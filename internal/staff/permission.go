package staff

import "slices"

// Permission is one thing that can be done. Its name is what the audit says.
type Permission string

// The permissions.
const (
	FindPerson      Permission = "person.find"      // by name and birth date and phone, or by number
	BookForCaller   Permission = "booking.make"     // in the phone lane, under the same rules
	ChangeForCaller Permission = "booking.change"   // change and cancel
	KeepCallbacks   Permission = "callback.keep"    // promised calls
	SeeMessages     Permission = "message.see"      // what was sent and whether it arrived
	SetHours        Permission = "clinic.hours"     // hours, lunch, closed days, capacity
	SeeDay          Permission = "clinic.day"       // who comes today
	CheckIn         Permission = "clinic.check_in"  // arrived, no-show, walk-in
	RecordDose      Permission = "dose.record"      // and correct an own entry
	OfferLeftover   Permission = "clinic.leftover"  // doses that are left today
	InviteClinics   Permission = "clinic.invite"    // the file of first sign-ins
	EditCampaign    Permission = "campaign.edit"    // draft and preview
	PublishCampaign Permission = "campaign.publish" // the second person signs
	MoveBookings    Permission = "campaign.move"    // many at once
	SeeGate         Permission = "gate.see"         // how the gates stand
	SteerGate       Permission = "gate.steer"       // cap, rate, pause, notice
	DeclareIncident Permission = "incident.declare" // and what is acceptable meanwhile
	OpenVisits      Permission = "visit.open"       // an investigation, with a case number
	KeepNumbers     Permission = "visit.numbers"    // telephone numbers of facilities
	InspectTally    Permission = "inspect.tally"    // checks made at a facility, without people
	CorrectRecord   Permission = "record.correct"   // a correction with its reason
	ManageKeys      Permission = "keys.manage"      // of issuers
	ManagePartners  Permission = "partner.manage"   // platforms and what they may draw
	ReadAudit       Permission = "audit.read"       // every act of staff
	ManageStaff     Permission = "staff.manage"     // invite, grant, bar
)

// permissions is the one table of who may do what (rule S1). A role that holds a
// thing for a clinic or region alone is bounded by its grant's scope.
var permissions = map[Role][]Permission{
	Agent:        {FindPerson, BookForCaller, ChangeForCaller, KeepCallbacks, SeeMessages},
	Clinic:       {SetHours, SeeDay, CheckIn, RecordDose, OfferLeftover},
	Campaign:     {EditCampaign, PublishCampaign, MoveBookings, SeeGate, InviteClinics},
	Operator:     {SeeGate, SteerGate, DeclareIncident, SeeMessages, ManageKeys, ManagePartners},
	Investigator: {OpenVisits},
	Inspector:    {InspectTally},
	Auditor:      {ReadAudit},
	Admin:        allPermissions(),
}

func allPermissions() []Permission {
	return []Permission{
		FindPerson, BookForCaller, ChangeForCaller, KeepCallbacks, SeeMessages, SetHours, SeeDay, CheckIn, RecordDose, OfferLeftover,
		InviteClinics, EditCampaign, PublishCampaign, MoveBookings, SeeGate, SteerGate, DeclareIncident, OpenVisits, KeepNumbers, InspectTally,
		CorrectRecord, ManageKeys, ManagePartners, ReadAudit, ManageStaff,
	}
}

// Permissions lists every permission, for tests and pages that must name them all.
func Permissions() []Permission { return allPermissions() }

// Of lists what a role holds.
func Of(r Role) []Permission { return slices.Clone(permissions[r]) }
