package view

// ClinicList lets staff choose one of the clinics they work for.
type ClinicList struct {
	Page
	Query   Field
	Clinics []Link
	More    bool // there are more than are shown
	None    bool
}

// Console is the frame of one clinic's pages.
type Console struct {
	Page
	Clinic  string // its id
	Name    string
	Address string
	Doors   []Link // the console's pages
	Error   string
	Notice  string
}

// At is a path of the clinic's console.
func (c Console) At(path string) string { return c.URL("/staff/clinic/" + c.Clinic + path) }

// ClinicHome is the first page of a clinic.
type ClinicHome struct {
	Console
	Today   string
	Weekday []DayRow // the week as it is
	Special []DayRow
}

// DayRow is one day and its opening, in words.
type DayRow struct{ Date, Day, Open string }

// DayPage is who comes on one day.
type DayPage struct {
	Console
	Date, Day        string
	Before, After    Link
	Today            bool // the list may be kept in the browser
	Worker           string
	Made             string // unix milliseconds of the list, by the server's clock
	Comers           []ComerRow
	Vials            []string
	Count            string
	Sites, Watches   []Choice
	Export, SignedIn string
}

// Choice is one option of a form.
type Choice struct{ Value, Text string }

// ComerRow is one person of the day.
type ComerRow struct {
	Key                                     string // of the row, the same whenever the page is made
	Nonce                                   string // of this page: a form that is sent twice counts once
	Time, Name, Born, Number, Dose, Vaccine string
	Who                                     string // random id
	Nth                                     string // the dose's number
	State, Status                           string // booked, arrived, given, missed; in words
	Until                                   string // unix milliseconds of the end of the observation, "" for none
	Outside                                 bool
	Lot                                     string // what was used last
}

// offers says which buttons the row shows; the others are there for the script.
func (c ComerRow) offers(step string) bool {
	switch c.State {
	case "booked":
		return step != "back"
	case "arrived":
		return step == "given" || step == "back"
	case "missed":
		return step == "arrived" || step == "back"
	}
	return false
}

// HoursPage is the form of a clinic's hours.
type HoursPage struct {
	Console
	Version  string
	Week     []WeekRow
	Lunch    [2]Field
	PerSlot  Field
	Times    []Choice // of the part of a day that closes
	Date     Field
	Special  []DayRow
	Vials    []Field
	Receipts []Receipt
}

// WeekRow is one weekday of the form.
type WeekRow struct {
	Day         string
	Open, Close Field
}

// Preview shows whom a change concerns, and asks what is to be done for them.
type Preview struct {
	Console
	Kept     []Choice // the change, as hidden fields
	What     string
	People   []Concerned
	Remedies []Choice
	Whys     []Choice
}

// Concerned is one person whom a change concerns.
type Concerned struct{ Time, Name, Born, Dose, Number, Phone, Outcome string }

// Receipt is what became of a change.
type Receipt struct {
	At, Why, State string
	People         []Concerned
}
