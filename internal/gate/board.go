package gate

import (
	"bytes"
	"encoding/json"
	"errors"

	"naru/internal/fault"
)

// MaxBoard is the longest encoded board, in bytes (rule G18).
const MaxBoard = 300

// Board is the one public document all who wait read. It holds nothing about
// anybody: each works out their own place from their ticket and the draw.
type Board struct {
	Campaign CampaignID
	Epoch    uint32
	Version  uint64 // grows with every change; the higher one counts
	Phase    Phase
	Paused   bool
	Serving  uint64     // places below it have been called
	L        uint64     // lobby size, 0 until the lobby is closed
	Late     uint64     // late numbers given out; the line ends at L + Late
	Rate     Rate       // places called per minute as measured; zero is unknown
	Poll     []PollStep // when to ask again, by distance
	Notice   string     // id of a static text, "" for none
	OpensAt  int64      // Unix seconds
}

// End is the end of the line: no place at or above it has been given out.
func (b Board) End() uint64 { return b.L + b.Late }

// wire is the board on the wire; short names keep it within MaxBoard.
type wire struct {
	Campaign string     `json:"c"`
	Epoch    uint32     `json:"e"`
	Version  uint64     `json:"v"`
	Phase    Phase      `json:"phase"`
	Paused   bool       `json:"paused,omitempty"`
	Serving  uint64     `json:"serving"`
	L        uint64     `json:"L"`
	Late     uint64     `json:"late"`
	Rate     *Rate      `json:"rate,omitempty"`
	Poll     []PollStep `json:"poll"`
	Notice   string     `json:"notice,omitempty"`
	OpensAt  int64      `json:"opens"`
}

// Encode returns the board as compact JSON: at most MaxBoard bytes for every
// board that Validate accepts.
func (b Board) Encode() []byte {
	w := wire{
		Campaign: b.Campaign, Epoch: b.Epoch, Version: b.Version, Phase: b.Phase, Paused: b.Paused,
		Serving: b.Serving, L: b.L, Late: b.Late, Poll: b.Poll, Notice: b.Notice, OpensAt: b.OpensAt,
	}
	if b.Rate.Known() {
		w.Rate = &b.Rate
	}
	text, err := json.Marshal(w)
	if err != nil {
		panic("gate: board cannot be encoded: " + err.Error())
	}
	return text
}

// ParseBoard reads exactly what Encode writes for a valid board; anything else
// is fault Malformed "gate.board_bad".
func ParseBoard(text []byte) (Board, error) {
	if len(text) > MaxBoard {
		return Board{}, fault.New(fault.TooLarge, "gate.board_bad")
	}
	var w wire
	if err := strictJSON(text, &w); err != nil {
		return Board{}, fault.Wrap(fault.Malformed, "gate.board_bad", err)
	}
	b := Board{
		Campaign: w.Campaign, Epoch: w.Epoch, Version: w.Version, Phase: w.Phase, Paused: w.Paused,
		Serving: w.Serving, L: w.L, Late: w.Late, Poll: w.Poll, Notice: w.Notice, OpensAt: w.OpensAt,
	}
	if w.Rate != nil {
		b.Rate = *w.Rate
	}
	if err := b.Validate(); err != nil {
		return Board{}, fault.Wrap(fault.Malformed, "gate.board_bad", err)
	}
	if !bytes.Equal(b.Encode(), text) {
		return Board{}, fault.Wrap(fault.Malformed, "gate.board_bad", errors.New("not in the one form a board has"))
	}
	return b, nil
}

// Validate tells what keeps the board from being published.
func (b Board) Validate() error {
	switch {
	case !plain(b.Campaign, 1, MaxCampaign):
		return errors.New("campaign is not 1 to 32 of a-z, 0-9, '.', '_', '-'")
	case !plain(b.Notice, 0, maxNotice):
		return errors.New("notice is not up to 20 of a-z, 0-9, '.', '_', '-'")
	case !b.Phase.Valid():
		return errors.New("phase is not known")
	case max(b.Version, b.Serving, b.L, b.Late, b.End()) >= maxOnBoard:
		return errors.New("a number is too large")
	case b.Serving > b.End():
		return errors.New("serving is beyond the end of the line")
	case b.OpensAt < 0 || b.OpensAt >= maxUnix:
		return errors.New("opening time is out of range")
	}
	return errors.Join(b.Rate.validate(), validatePoll(b.Poll))
}

const (
	maxNotice = 20
	maxUnix   = 1e10 // the year 2286: ten digits
	// maxOnBoard bounds version, places and sizes to ten digits: more than
	// there are people.
	maxOnBoard = 1e10
)

func plain(s string, low, high int) bool {
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' && c != '_' && c != '-' {
			return false
		}
	}
	return len(s) >= low && len(s) <= high
}
