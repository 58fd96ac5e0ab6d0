package view

// Card is a campaign in words, for people who may not have a ticket yet.
type Card struct {
	ID, Title, Vaccine    string
	State                 string // phase of the gate: "announced", "lobby", …
	Paused, Stale         bool
	MayJoin               bool
	Limited               bool // doses may run out
	Who                   []string
	TodayWords            string // who may book today, where that changes daily
	Opens, Closes, In     string // In: how long until the opening; "" after it
	Lobby, LobbyEnds      string
	ShotsFirst, ShotsLast string
}

// state is the message id of the state in one line.
func (c Card) state() string {
	if c.Paused && c.State == "open" {
		return "state.paused"
	}
	return "state." + c.State
}

// supply is the message id of whether rushing matters.
func (c Card) supply() string {
	if c.Limited {
		return "front.supply_limited"
	}
	return "front.supply_enough"
}

// Front is the front page.
type Front struct {
	Page
	Now       string
	Campaigns []Card
}

// Campaign is one campaign with the form to join.
type Campaign struct {
	Page
	Card   Card
	Joins  bool // a join would be taken
	Late   bool // after the lobby: behind those who were drawn
	Fields []Field

	Guardian bool // somebody else may book for a person
}

// Wait is the waiting page of one ticket.
type Wait struct {
	Page
	Campaign, Name   string
	State            string // which section is shown: one of waitSections
	Stale, Late      bool
	Opens, LobbyEnds string
	In, Now          string
	PlaceKnown       bool
	Own              Own
	Notice           string // id of the board's notice
	AfterQuota       string // what to do when every dose is taken
	NextOpening      string // the next opening after that; "": not known
	OpensAt          int64  // unix seconds
	SessionMinutes   int
	Early, EarlyMade bool   // the proof may be made now; it was, from this browser
	ProofSlow        string // why the line is slow when the providers are; "" when they are not
	Zone             string // of the clock times, for the script

	Epoch uint32
}

// Own is what the waiting page says to the holder of one ticket and to nobody
// else, as it is written there. All else is the same for everybody in the same
// state, so a page can be made with gaps in these places.
type Own struct {
	// What the script needs to go on by itself; nothing of it grants anything.
	Version, Serving     string // of the newest board this browser saw
	Kind, Number, Ticket string
	Place                string // from 0; shown when it is known, as what follows

	Nth, Ahead, Told string // sentences: the place, who is before, how long it will take
	Max, Value       string // of the bar
}

// waitSections are the states of the waiting page, in the order of the way.
var waitSections = []string{"lobby", "closed", "drawn", "open", "turn", "seat", "slow", "paused", "quota", "ended"}

// offersEnter tells whether a state has the button that enters.
func offersEnter(state string) bool { return state == "turn" || state == "seat" || state == "slow" }

// numbered tells whether the numbers still say something.
func (w Wait) numbered() bool {
	return w.PlaceKnown && !offersEnter(w.State) && w.State != "ended"
}

// nth is the place as people count, from one.
func nth(place uint64) uint64 { return place + 1 }

// Draw is the page about the draw of one campaign.
type Draw struct {
	Page
	Campaign         string
	Closed, Held     bool
	Verifiable       bool
	Reason           string // message id of why not; "" when the beacon itself says it
	L, Round         uint64
	Beacon           string
	Independent      bool   // of the operator: only then is fairness claimed
	Command          string // recomputes this draw
	Values           []Fact
	Ticket           bool // the reader has one
	Late, PlaceKnown bool
	Place            uint64
	TicketID, Leaf   string
	Epoch            uint32
	Kind             uint8
	Number           uint64 // of a late ticket
	Private          bool   // the roll is not published
	Proof            bool   // the reader may have their own proof
	Admitted         bool   // the record of admissions has begun
}

// Notice tells how things stand.
type Notice struct {
	Page
	At     string
	Stale  bool
	Lines  []Card
	Lights []Method
}

// Problem is a refusal or a failure: what happened and what to do next.
type Problem struct {
	Page
	Detail    string // the sentence of the fault; "" when it has none
	Next      string
	Steps     []Link
	RequestID string
}

// Next says what happens next in a state. It is said to those who wait and to the
// agents whom they call: one sentence for both.
func (w Wait) Next(state string) string {
	switch state {
	case "lobby":
		return w.T("wait.lobby_next", "Time", w.LobbyEnds)
	case "seat":
		return w.T("wait.seat_next", "Minutes", w.SessionMinutes)
	}
	return w.T("wait." + state + "_next")
}
