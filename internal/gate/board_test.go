package gate

import (
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func testBoard() Board {
	return Board{
		Campaign: "2021-07-12", Epoch: 1, Version: 42, Phase: Open, Serving: 1200, L: 20000, Late: 35,
		Rate: Rate{900, 1300}, Poll: DefaultPoll(), Notice: "delay", OpensAt: 1626015600,
	}
}

// golden is the board on the wire. Browsers read it: it changes only together
// with ui/src/place.js.
const golden = `{"c":"2021-07-12","e":1,"v":42,"phase":"open","serving":1200,"L":20000,"late":35,"rate":[900,1300],` +
	`"poll":[[0,2,3],[300,5,8],[3000,15,20],[10000,40,60]],"notice":"delay","opens":1626015600}`

func TestBoardIsTheGoldenText(t *testing.T) {
	t.Parallel()
	if got := string(testBoard().Encode()); got != golden {
		t.Errorf("got  %s\nwant %s", got, golden)
	}
}

// largest is a board with every value at its bound.
func largest() Board {
	step := PollStep{maxPollFrom, maxPollSecs, maxPollSecs}
	b := Board{
		Campaign: strings.Repeat("c", MaxCampaign), Epoch: math.MaxUint32, Version: maxOnBoard - 1, Phase: Announced,
		Paused: true, Serving: maxOnBoard - 1, L: maxOnBoard/2 - 1, Late: maxOnBoard / 2, Rate: Rate{maxRate, maxRate},
		Notice: strings.Repeat("n", maxNotice), OpensAt: maxUnix - 1,
	}
	for i := range uint64(maxPollSteps) {
		step.From = maxPollFrom - maxPollSteps + 1 + i
		if i == 0 {
			step.From = 0
		}
		b.Poll = append(b.Poll, step)
	}
	return b
}

func TestLargestBoardFits(t *testing.T) {
	t.Parallel()
	b := largest()
	if err := b.Validate(); err != nil {
		t.Fatal(err)
	}
	text := b.Encode()
	if len(text) > MaxBoard {
		t.Errorf("the largest board has %d bytes", len(text))
	}
	t.Logf("largest %d bytes, usual %d", len(text), len(golden))
	if _, err := ParseBoard(text); err != nil {
		t.Error(err)
	}
}

func TestBoardReadsAsWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b := testBoard()
		b.Version = rapid.Uint64Range(0, maxOnBoard-1).Draw(t, "version")
		b.L = rapid.Uint64Range(0, maxOnBoard/2-1).Draw(t, "L")
		b.Late = rapid.Uint64Range(0, maxOnBoard/2).Draw(t, "late")
		b.Serving = rapid.Uint64Range(0, b.L+b.Late).Draw(t, "serving")
		b.Paused = rapid.Bool().Draw(t, "paused")
		b.Phase = rapid.SampledFrom([]Phase{Announced, LobbyOpen, Closed, HeldDraw, Open, Ended}).Draw(t, "phase")
		if rapid.Bool().Draw(t, "unknown rate") {
			b.Rate = Rate{}
		}
		text := b.Encode()
		got, err := ParseBoard(text)
		if err != nil || string(got.Encode()) != string(text) || got.Serving != b.Serving || got.Rate != b.Rate {
			t.Fatalf("%v: %s", err, text)
		}
	})
}

func TestBoardIsReadStrictly(t *testing.T) {
	t.Parallel()
	change := func(old, new string) string {
		text := strings.Replace(golden, old, new, 1)
		if text == golden {
			t.Fatalf("%q is not in the board", old)
		}
		return text
	}
	for why, text := range map[string]string{
		"empty":                "",
		"a space":              change(`{"c"`, `{ "c"`),
		"a line end":           golden + "\n",
		"unknown field":        change(`"e":1`, `"e":1,"you":7`),
		"field twice":          change(`"e":1`, `"e":1,"e":1`),
		"other order":          change(`"e":1,"v":42`, `"v":42,"e":1`),
		"other case":           change(`"serving"`, `"Serving"`),
		"number with exponent": change(`1200`, `12e2`),
		"negative":             change(`1200`, `-1`),
		"beyond the line":      change(`1200`, `20036`),
		"too large":            change(`"v":42`, `"v":10000000000`),
		"unknown phase":        change(`"open"`, `"opened"`),
		"capital campaign":     change(`2021-07-12`, `A`),
		"no campaign":          change(`2021-07-12`, ``),
		"markup in the notice": change(`delay`, `<b>`),
		"rate upside down":     change(`[900,1300]`, `[1300,900]`),
		"rate of zero":         change(`[900,1300]`, `[0,0]`),
		"rate of three":        change(`[900,1300]`, `[1,2,3]`),
		"no poll table":        change(`[[0,2,3],[300,5,8],[3000,15,20],[10000,40,60]]`, `[]`),
		"poll from 1":          change(`[0,2,3]`, `[1,2,3]`),
		"poll after 0 s":       change(`[0,2,3]`, `[0,0,3]`),
		"poll upside down":     change(`[0,2,3]`, `[0,3,2]`),
		"poll for an hour":     change(`[0,2,3]`, `[0,2,3600]`),
		"poll out of order":    change(`[300,`, `[5000,`),
		"five steps":           change(`[300,`, `[100,3,3],[300,`),
		"no such year":         change(`1626015600`, `99999999999`),
		"notice too long":      change(`delay`, strings.Repeat("n", maxNotice+1)),
		"longer than a board":  change(`delay`, strings.Repeat("n", MaxBoard)),
	} {
		if b, err := ParseBoard([]byte(text)); err == nil {
			t.Errorf("%s: accepted as %+v", why, b)
		}
	}
	if _, err := ParseBoard([]byte(golden)); err != nil {
		t.Error(err)
	}
}

func TestPollGrowsWithTheDistance(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		ahead     uint64
		low, high uint16
	}{
		{0, 2, 3},
		{299, 2, 3},
		{300, 5, 8},
		{2999, 5, 8},
		{3000, 15, 20},
		{9999, 15, 20},
		{10_000, 40, 60},
		{math.MaxUint64, 40, 60},
	} {
		if got := testBoard().PollAfter(c.ahead); got.Low != c.low || got.High != c.high {
			t.Errorf("%d ahead: %+v", c.ahead, got)
		}
	}
	lobby := testBoard()
	lobby.Phase = LobbyOpen
	if got := lobby.PollAfter(0); got.Low != 40 {
		t.Errorf("in the lobby: %+v", got)
	}
	step := PollStep{0, 2, 3}
	if a, b := step.After(0), step.After(0.5); a != 2*time.Second || b != 2500*time.Millisecond {
		t.Errorf("spread to %s and %s", a, b)
	}
}

func TestTheNumberAheadNeverGrows(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := Waiter{Place: rapid.Uint64Range(0, 2000).Draw(t, "place"), HasPlace: true}
		before, _ := w.Ahead()
		for range 30 {
			b := testBoard()
			b.Version = rapid.Uint64Range(0, 20).Draw(t, "version")
			b.Serving = rapid.Uint64Range(0, 2000).Draw(t, "serving")
			b.Epoch = rapid.Uint32Range(0, 1).Draw(t, "epoch")
			called := w.Called()
			first := w.Board.Campaign == ""
			epoch := w.Board.Epoch
			w = w.See(b)
			after, known := w.Ahead()
			if !first && w.Board.Epoch > epoch {
				if known {
					t.Fatal("a place is known in an epoch it was not given in")
				}
				return
			}
			if !known || after > before || called && !w.Called() {
				t.Fatalf("ahead %d, then %d", before, after)
			}
			before = after
		}
	})
}

func TestWaiterTellsAheadAndBehind(t *testing.T) {
	t.Parallel()
	w := Waiter{Place: 1200, HasPlace: true}.See(testBoard())
	if ahead, _ := w.Ahead(); ahead != 0 || w.Called() {
		t.Error("the next place must have 0 ahead and not be called")
	}
	w.Place = 1199
	if !w.Called() {
		t.Error("a place below serving is called")
	}
	w.Board.Phase = Ended
	if w.Called() {
		t.Error("nobody is called after the end")
	}
	for place, want := range map[uint64]uint64{0: 20034, 20034: 0, 30000: 0} {
		w.Place = place
		if got := w.Behind(); got != want {
			t.Errorf("behind place %d: %d, want %d", place, got, want)
		}
	}
	if _, known := (Waiter{}).Ahead(); known || (Waiter{}).Behind() != 0 {
		t.Error("nothing is known without a place")
	}
	old := testBoard()
	old.Version, old.Phase, old.L = 41, HeldDraw, 5
	if got := w.See(old); got.Board.Phase != Ended || got.Board.L != 20000 {
		t.Error("an older board was taken")
	}
	other := testBoard()
	other.Campaign, other.Version, other.Serving = "other", 100, 1300
	if got := w.See(other); got.Board.Campaign != "2021-07-12" {
		t.Error("another campaign's board was taken")
	}
}

func FuzzParseBoard(f *testing.F) {
	f.Add([]byte(golden))
	f.Add(largest().Encode())
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		b, err := ParseBoard(text)
		if err == nil && (string(b.Encode()) != string(text) || b.Validate() != nil) {
			t.Errorf("%s reads as %+v", text, b)
		}
	})
}
