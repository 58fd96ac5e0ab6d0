package gate

import (
	"bytes"
	"encoding/hex"
	"testing"
	"time"
)

// Round 1000 of drand's quicknet, as the League of Entropy published it.
const (
	quicknetRound = 1000
	quicknetValue = "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39"
)

func published(t testing.TB) []byte {
	t.Helper()
	value, err := hex.DecodeString(quicknetValue)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func TestQuicknetValueIsChecked(t *testing.T) {
	t.Parallel()
	b := Beacon{Name: QuicknetBeacon, Round: quicknetRound}
	value := published(t)
	changed := bytes.Clone(value)
	changed[20] ^= 1
	for why, c := range map[string]struct {
		beacon    Beacon
		value     []byte
		ok, known bool
	}{
		"as published":       {b, value, true, true},
		"changed":            {b, changed, false, true},
		"of another round":   {Beacon{b.Name, b.Round + 1}, value, false, true},
		"cut off":            {b, value[:47], false, true},
		"nothing":            {b, nil, false, true},
		"the point at zero":  {b, append([]byte{0xc0}, make([]byte, 47)...), false, true},
		"all bits set":       {b, bytes.Repeat([]byte{0xff}, 48), false, true},
		"an unknown beacon":  {Beacon{"somebody-says", 1}, value, false, false},
		"development's none": {Beacon{DevelopmentBeacon, 5}, value, false, true},
	} {
		if ok, known := c.beacon.Checks(c.value); ok != c.ok || known != c.known {
			t.Errorf("%s: %v %v, want %v %v", why, ok, known, c.ok, c.known)
		}
	}
}

func TestRoundsOfABeaconHaveTheirTime(t *testing.T) {
	t.Parallel()
	genesis := time.Unix(1692803367, 0).UTC()
	for _, c := range []struct {
		name  string
		at    time.Time
		round uint64
		due   time.Time
	}{
		{QuicknetBeacon, genesis, 1, genesis},
		{QuicknetBeacon, genesis.Add(-time.Hour), 1, genesis},
		{QuicknetBeacon, genesis.Add(time.Second), 2, genesis.Add(3 * time.Second)},
		{QuicknetBeacon, genesis.Add(3 * time.Second), 2, genesis.Add(3 * time.Second)},
		{QuicknetBeacon, genesis.Add(2997 * time.Second), 1000, genesis.Add(2997 * time.Second)},
		{DevelopmentBeacon, time.Unix(77, 0), 77, time.Unix(77, 0).UTC()},
	} {
		round := RoundAt(c.name, c.at)
		due, ok := Beacon{c.name, round}.Due()
		if round != c.round || !ok || !due.Equal(c.due) {
			t.Errorf("%s at %s: round %d due %s, want %d and %s", c.name, c.at, round, due, c.round, c.due)
		}
	}
	if _, ok := (Beacon{"somebody-says", 1}).Due(); ok || RoundAt("somebody-says", genesis) != 0 || KnownBeacon("somebody-says") {
		t.Error("the time of an unknown beacon is said to be known")
	}
}

func TestABeaconsValueIsTakenOnceAfterItsTime(t *testing.T) {
	t.Parallel()
	b := Beacon{Name: QuicknetBeacon, Round: quicknetRound}
	due, _ := b.Due()
	good := SupplyFacts{Now: due, Phase: Closed, Rolled: true, Beacon: b, Round: b.Round, Value: published(t)}
	for _, c := range []struct {
		why    string
		change func(f *SupplyFacts)
		want   string
	}{
		{"as it should be", func(*SupplyFacts) {}, ""},
		{"the same again", func(f *SupplyFacts) { f.Given = f.Value }, ""},
		{"the same again after the draw", func(f *SupplyFacts) { f.Given, f.Phase = f.Value, Open }, ""},
		{"a second before it is due", func(f *SupplyFacts) { f.Now = due.Add(-time.Second) }, "gate.beacon_not_due"},
		{"for another round", func(f *SupplyFacts) { f.Round++ }, "gate.beacon_round"},
		{"a value that is not the round's", func(f *SupplyFacts) { f.Value = make([]byte, 48) }, "gate.beacon_bad"},
		{"before the roll", func(f *SupplyFacts) { f.Rolled = false }, "gate.draw_not_closed"},
		{"while the lobby is open", func(f *SupplyFacts) { f.Phase = LobbyOpen }, "gate.draw_not_closed"},
		{"after the draw", func(f *SupplyFacts) { f.Phase = HeldDraw }, "gate.draw_held"},
		{"another was taken", func(f *SupplyFacts) { f.Given = []byte{1} }, "gate.beacon_given"},
		{"the program's own beacon", func(f *SupplyFacts) { f.Beacon.Name = DevelopmentBeacon }, "gate.beacon_own"},
		{"an unknown beacon", func(f *SupplyFacts) { f.Beacon.Name = "somebody-says" }, "gate.beacon_own"},
	} {
		f := good
		c.change(&f)
		got := ""
		if refusal := Supply(f); refusal != nil {
			got = refusal.Message
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.why, got, c.want)
		}
	}
}

// A draw with the public beacon is verifiable by anybody, without notes about
// its value.
func TestADrawWithQuicknetIsVerifiable(t *testing.T) {
	t.Parallel()
	roll := rollOf(t, 20)
	b := Beacon{Name: QuicknetBeacon, Round: quicknetRound}
	draw, err := testKeys().Announce(Commit(testSecret), b).Close(testKeys(), roll).Reveal(testSecret[:], published(t))
	if err != nil || !draw.Verifiable {
		t.Fatalf("%v %+v", err, draw)
	}
	status := func(d Draw, noted Noted) Status {
		for _, f := range VerifyDraw(d, roll, noted) {
			if f.Check == CheckBeacon {
				return f.Status
			}
		}
		return ""
	}
	forged := draw
	forged.BeaconValue = make(Hex, 48)
	if status(draw, Noted{}) != Right || status(forged, Noted{}) != Wrong || status(draw, Noted{BeaconValue: Hex{1}}) != Wrong {
		t.Error("the beacon's value is not checked")
	}
}
