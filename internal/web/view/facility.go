package view

// Facilities lists those somebody looks after, and signs another up.
type Facilities struct {
	LookUp
	All []Link
}

// Facility is one of them.
type Facility struct {
	LookUp
	ID, Business string
	Code         string // a pairing code that was just made; "" for none
	Today        string // 2021-12-13
	Managers     []FacilityManager
	Devices      []FacilityDevice
	Papers       []FacilityPaper
}

// FacilityManager is a telephone that may look after it.
type FacilityManager struct {
	Phone, Number string
	Owner         bool
}

// FacilityDevice is a scanner.
type FacilityDevice struct{ ID, Name, Paired string }

// FacilityPaper is the handwritten register of one day.
type FacilityPaper struct {
	Day, Title, Until string
	Used, Destroyed   bool
	Noted             []string
}

// Paper is a sheet to print.
type Paper struct {
	Flow
	Facility, Business, Day, Until string
	Rows                           int
	Back                           string // id of the facility
}

// Cases lists investigations, and begins one.
type Cases struct {
	LookUp
	All []CaseLine
}

// CaseLine is one investigation.
type CaseLine struct{ Number, Reason, Facility, Span, State string }

// CaseResult is who was there.
type CaseResult struct {
	Flow
	Summary  string
	Contacts []CaseContact
}

// CaseContact is one of them.
type CaseContact struct{ At, Who, People, Flag string }
