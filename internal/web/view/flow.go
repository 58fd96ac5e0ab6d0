package view

// Flow is the frame of every page from the proof to the reservation, and of the
// look-up: where the person stands, what went wrong, how long they have. The
// pages hold finished words only; nothing here asks a store or a clock.
type Flow struct {
	Page
	Campaign string // id; "" on the look-up pages
	Step     int    // 1 to 5; 0 shows no steps
	Ends     string // clock time at which the session ends; "" shows no timer
	EndsIn   string // seconds until then when the page was made, for the script
	Back     string // the step an extension returns to
	Notice   string // what has just happened
	Problems Problems
}

// Link is an address with its words; Detail is said behind it.
type Link struct{ Text, URL, Detail string }

// stepIDs are the message ids of the five steps, in order.
var stepIDs = []string{"flow.step_prove", "flow.step_place", "flow.step_time", "flow.step_confirm", "flow.step_done"}

// At is the address of a page of the campaign in the reader's language.
func (f Flow) At(rest string) string { return f.URL("/c/" + f.Campaign + rest) }

// faultOf is the sentence about a field that is no Input, or "".
func (f Flow) faultOf(name string) string {
	for _, field := range f.Problems.Fields {
		if field.Name == name {
			return field.Error
		}
	}
	return ""
}

// Prove lets people choose who proves them, and asks for the one-time code.
type Prove struct {
	Flow
	Early   bool   // before the opening
	For     string // for whom a guardian books; "" for themself
	Made    bool   // it was made before the opening, from this browser
	Base    string // path of the page itself, with which those of its forms begin
	As      string // clock time of the lights
	Methods []Method
	Phone   string // masked
	Code    Field
	Sent    bool   // a code is on its way
	Inbox   string // address of the development inbox; "" outside development
}

// Method is one way to prove who one is, with its light in words.
type Method struct {
	ID, Name, Light, Class string
	Redirect, Down         bool
}

// Stop is a page that ends a way: what the state is, why, and what to do next.
type Stop struct {
	Flow
	Facts   []Fact
	Text    []string
	Enter   bool // offers the button that enters (again) at the kept place
	Primary Link
	Others  []Link
}

// Fact is one line of a summary: a term and its value.
type Fact struct{ Term, Value string }

// Select is one level of the region choice.
type Select struct {
	Name, Label string
	Options     []Option
}

// Option is one entry of a Select.
type Option struct {
	Value, Text string
	Selected    bool
}

// Region is the choice of a region.
type Region struct {
	Flow
	Levels []Select
	Data   string // address of the static list of regions, for the script
	Chosen string // code of the lowest region chosen; "" until it can have clinics
	Name   string // its names, the highest first
	Count  string // sentence: how many clinics it has
	Empty  bool   // it has none
	Near   []Link // where the nearest are
}

// Clinics is the list of clinics of a region.
type Clinics struct {
	Flow
	Region, Name, Query, Count string
	Late                       bool // live counts are not fresh
	Items                      []Clinic
	Earlier, Later             string // addresses of the neighbouring pages, "" when there is none
	Near                       []Link
}

// Clinic is one clinic in words.
type Clinic struct {
	ID, Name, Kind, Address, Today, Lunch, Left string
	Full                                        bool
}

// Times is the choice of a day and a time at one clinic.
type Times struct {
	Flow
	Clinic Clinic
	Late   bool
	Days   []Day
	Chosen string // the chosen day in words
	Times  []Time
	Key    string // idempotency key of this page
	Second string // sentence about the second dose; "" for a single one
}

// Change is the choice of another time for a dose that is booked, or for both. The times
// are those of Times, without a clinic to choose.
type Change struct {
	Times
	Number, Dose string
	Action       string // path of the form
	Facts        []Fact // as it is booked
	Doses        []Day  // what may be moved
}

// Day is one day of the choice; Value is its date for the address.
type Day struct {
	Value, Text, Left string
	URL               string
	Full, Selected    bool
}

// Time is one time of the chosen day.
type Time struct {
	Value, Text, Left string
	Full, Selected    bool
}

// Confirm shows a hold: everything that will be booked, and until when it is kept.
type Confirm struct {
	Flow
	Facts      []Fact
	HoldEnds   string // clock time
	HoldEndsIn string // seconds until then
	Key, Hold  string
	MayExtend  bool
}

// Done is a reservation that stands.
type Done struct {
	Flow
	Number    string
	Facts     []Fact
	Calendar  string // address of the calendar file
	Cancelled bool
	Inbox     string
}

// LookUp asks who somebody is: with the number, or for the code when it is lost.
type LookUp struct {
	Flow
	Fields []Field
}

// Found is one reservation in the look-up.
type Found struct {
	Number, State          string
	Calendar, CalendarText string // the file's address, and what following it does
	Facts                  []Fact
	MayCancel              bool
	Change                 string // address at which its time can be changed; "" when it cannot
	Closed                 string // sentence about a time that the clinic has closed; ""
	By, For                string // who booked it, for whom; "" for oneself
	MayTakeOver            bool
}

// FoundList is what the look-up found.
type FoundList struct {
	Flow
	Found []Found
	Wards []Found // what was booked for others
}

// Cancel asks once more before a reservation is cancelled.
type Cancel struct {
	Flow
	Found
	Key    string
	Action string // path of the form
}

// Inbox shows the messages of the development provider.
type Inbox struct {
	Flow
	To       string
	Messages []Message
}

// Message is one message as it was sent.
type Message struct{ To, At, Kind, Lang, Body string }

// Demo is the page from which a demonstration starts.
type Demo struct {
	Flow
	Campaigns []DemoCampaign
	People    []DemoPerson
}

// DemoCampaign is one campaign with what can be done to it.
type DemoCampaign struct {
	ID, Title, Opens string
	MayOpen          bool
}

// DemoPerson is one made-up person. Join is where their form is sent, "" when
// there is no campaign.
type DemoPerson struct{ Name, Born, Mobile, Note, Inbox, Join string }
