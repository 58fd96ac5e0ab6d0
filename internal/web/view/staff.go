package view

// StaffEnter offers the ways in.
type StaffEnter struct {
	Page
	Said     string // what went wrong, of no field
	Code     Field
	Locked   []StaffLocked // who waits in this browser
	Provider string        // the agency's sign-in service in words, "" for none
	Passkeys bool
}

// StaffLocked is one sign-in that waits in this browser.
type StaffLocked struct {
	Name, Session string
	PIN           bool
	Field         Field
}

// StaffHome is the first page of staff.
type StaffHome struct {
	Page
	Name, Until string
	Roles       []string
	Doors       []StaffDoor
}

// StaffDoor is one console.
type StaffDoor struct{ Path, Title string }

// StaffSelf is somebody's own ways in.
type StaffSelf struct {
	Page
	Said, Name string
	HasPIN     bool
	PIN        Field
	Passkeys   bool // they can be added
	Keys       []StaffKey
	Provider   string // the agency's sign-in service in words, "" for none
	Bound      bool   // this account signs in there
}

// StaffKey is one passkey.
type StaffKey struct{ ID, Made, Used string }

// StaffPeople lists accounts.
type StaffPeople struct {
	Page
	Search         Field
	Count          int
	People         []StaffPerson
	Earlier, Later string // addresses of the neighbouring pages
	Name           Field
	Email          Field // shown where there is a sign-in service
	Grant          StaffGrantForm
}

// StaffPerson is one account.
type StaffPerson struct {
	ID, Name string
	Barred   bool
	Grants   []StaffGrant
}

// StaffGrant is a role that holds somewhere.
type StaffGrant struct{ Text, Role, Region, Clinic string }

// StaffGrantForm asks for a role and where it holds.
type StaffGrantForm struct {
	Error        string
	Role, Region Select
	Clinic       Field
}

// StaffPersonView is one account with what can be done to it.
type StaffPersonView struct {
	Page
	Said     string
	Own      bool
	MayAudit bool
	Person   StaffPerson
	Grant    StaffGrantForm
}

// StaffCode shows a one-time code.
type StaffCode struct {
	Page
	Said             string // what did not work beside it
	Name, Code, Link string
	Hours            int
}

// StaffAudit is what staff did.
type StaffAudit struct {
	Page
	Fields []Field
	Lines  []StaffAuditLine
	Later  string // address of the next page, "" at the end
}

// StaffAuditLine is one entry.
type StaffAuditLine struct {
	At, Staff, Name, What, Phase, Code, Person, Clinic, Campaign, Detail string
}
