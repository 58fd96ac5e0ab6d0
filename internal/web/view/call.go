package view

// CallFind asks an agent who is calling.
type CallFind struct {
	Flow
	Fields  []Field
	Number  Field
	Regions []OptionGroup
}

// OptionGroup is the options of one list that belong together.
type OptionGroup struct {
	Label   string
	Options []Option
}

// CallPerson is what an agent sees of a caller.
type CallPerson struct {
	Flow
	Facts     []Fact
	Regions   []OptionGroup
	Checks    []Option
	Code      Field
	Sent      bool // a code is on its way
	Key       string
	Campaigns []CallCampaign
	Booked    []CallBooked
	Messages  []MessageStanding
	Inbox     string
}

// CallCampaign is one campaign as the caller's page shows it, and what the agent can
// offer.
type CallCampaign struct {
	ID, Title       string
	Refused         string // why the person may not book; "" when they may
	Facts           []Fact // of the refusal
	Wait, Next      string // what the caller's waiting page says; "" without a ticket
	Ahead           string
	Phone           bool // it has the phone lane
	Offers          []CallOffer
	Booked, NoPlace bool
	First           bool // its first choice takes the focus
}

// CallOffer is one free time.
type CallOffer struct {
	Value, Time, Clinic, Address, Left string
	Selected                           bool
}

// CallBooked is one reservation of a caller.
type CallBooked struct {
	Found
	Key   string
	Doses []Link // to change each
}

// CallConfirm reads a hold out before it is booked.
type CallConfirm struct {
	Flow
	Facts               []Fact
	Until               string // clock time
	Campaign, Key, Hold string
}

// CallChange offers other times for one dose.
type CallChange struct {
	Flow
	Number, Dose, Key string
	Facts             []Fact
	Offers            []CallOffer
	Checks            []Option
}

// Callbacks is the list of promised calls, and the form to promise one.
type Callbacks struct {
	Flow
	Items  []Callback
	Fields []Field
	Abouts []Option
}

// Callback is one promised call in words.
type Callback struct {
	ID, Name, Phone, Tel, About, Due, By, State string
	Overdue, MayTake, Mine                      bool
}
