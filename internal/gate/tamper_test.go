package gate

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"
)

// update writes testdata/draws.json anew.
var update = os.Getenv("NARU_UPDATE") != ""

// publishedCase is a draw as published, with what one ticket's holder has of it.
type publishedCase struct {
	Draw  Draw      `json:"draw"`
	Place uint64    `json:"place"`
	Proof Inclusion `json:"proof"`
}

// tamperCase edits one value of a published draw. The same table is run by the
// three verifiers: here, in ui/test/verify.test.mjs and by examples/draw/verify.py
// in cmd/naru.
type tamperCase struct {
	Why   string                     `json:"why"`
	Draw  string                     `json:"draw"`
	Set   map[string]json.RawMessage `json:"set"`   // fields of draw.json; null takes one out
	Roll  string                     `json:"roll"`  // "without first": a leaf is missing
	Place *uint64                    `json:"place"` // the place that was shown, if not the right one
	Wrong []string                   `json:"wrong"` // the checks that must say WRONG, here and in Python
	JS    string                     `json:"js"`    // what the browser says: result, or result and why
}

func drawsFile(t *testing.T) map[string]publishedCase {
	t.Helper()
	b, err := os.ReadFile("testdata/draws.json")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]publishedCase
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// madeDraws are draws of the same lobby with each thing that can be missing.
func madeDraws(t *testing.T) map[string]publishedCase {
	t.Helper()
	all := map[string]publishedCase{}
	development := DevelopmentBeaconValue(77)
	for name, c := range map[string]struct {
		beacon        Beacon
		secret, value []byte
	}{
		"quicknet":    {Beacon{QuicknetBeacon, quicknetRound}, testSecret[:], published(t)},
		"development": {Beacon{DevelopmentBeacon, 77}, testSecret[:], development[:]},
		"no beacon":   {Beacon{QuicknetBeacon, quicknetRound}, testSecret[:], nil},
		"no secret":   {Beacon{QuicknetBeacon, quicknetRound}, nil, published(t)},
	} {
		roll := rollOf(t, 20)
		d, err := testKeys().Announce(Commit(testSecret), c.beacon).Close(testKeys(), roll).Reveal(c.secret, c.value)
		if err != nil {
			t.Fatal(err)
		}
		mine := lobbyTicket(4)
		seed, _ := d.SeedBytes()
		i, _ := roll.Index(Leaf(mine.ID))
		all[name] = publishedCase{d, mine.Place(seed, d.L), d.Prove(mine, uint64(i), roll.Proof(i))} //nolint:gosec // an index
	}
	return all
}

func TestDrawsOfTheTableAreWrittenDown(t *testing.T) {
	made := madeDraws(t)
	text, err := json.MarshalIndent(made, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	var roll bytes.Buffer
	if err := rollOf(t, 20).Write(&roll); err != nil {
		t.Fatal(err)
	}
	if update {
		for name, b := range map[string][]byte{"testdata/draws.json": append(text, '\n'), "testdata/roll.bin": roll.Bytes()} {
			if err := os.WriteFile(name, b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	have, err := os.ReadFile("testdata/draws.json")
	if err != nil || !bytes.Equal(have, append(text, '\n')) {
		t.Errorf("testdata/draws.json is not what is made: NARU_UPDATE=1 go test ./internal/gate -run Table: %v", err)
	}
}

func TestTamperTable(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("testdata/tamper.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []tamperCase
	if err := json.Unmarshal(b, &cases); err != nil || len(cases) < 15 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	draws := drawsFile(t)
	for _, c := range cases {
		from := draws[c.Draw]
		d := edited(t, from.Draw, c.Set)
		roll := rollOf(t, 20)
		if c.Roll != "" {
			roll, err = NewRoll(roll.leaves[1:])
			if err != nil {
				t.Fatal(err)
			}
		}
		place := from.Place
		if c.Place != nil {
			place = *c.Place
		}
		found := append(VerifyDraw(d, roll, Noted{}), VerifyPlace(d, lobbyTicket(4), place))
		named := map[string]bool{}
		for _, name := range wrongs(found) {
			named[name] = true
		}
		for _, name := range c.Wrong {
			if !named[name] {
				t.Errorf("%s: %s is not WRONG: %+v", c.Why, name, found)
			}
		}
		if len(c.Wrong) == 0 && len(named) > 0 {
			t.Errorf("%s: WRONG %v", c.Why, named)
		}
	}
}

func edited(t *testing.T, d Draw, set map[string]json.RawMessage) Draw {
	t.Helper()
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(d.Encode(), &fields); err != nil {
		t.Fatal(err)
	}
	for k, v := range set {
		if fields[k] = v; string(v) == "null" {
			delete(fields, k)
		}
	}
	text, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ParseDraw(text)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// An honest proof is right, also after it was written and read; each change of it
// is not.
func TestInclusionIsChecked(t *testing.T) {
	t.Parallel()
	c := madeDraws(t)["quicknet"]
	zero := make(Hex, 32)
	for why, change := range map[string]func(*Inclusion){
		"":                     func(*Inclusion) {},
		"another ticket":       func(i *Inclusion) { i.Ticket = make(Hex, 16) },
		"another leaf":         func(i *Inclusion) { i.Leaf = zero },
		"another index":        func(i *Inclusion) { i.Index++ },
		"a node changed":       func(i *Inclusion) { i.Path = append([]Hex{zero}, i.Path[1:]...) },
		"a node short":         func(i *Inclusion) { i.Path = append([]Hex{zero[:31]}, i.Path[1:]...) },
		"a node too few":       func(i *Inclusion) { i.Path = i.Path[1:] },
		"of another campaign":  func(i *Inclusion) { i.Campaign = "x" },
		"of another epoch":     func(i *Inclusion) { i.Epoch++ },
		"a mark that is not":   func(i *Inclusion) { i.Admitted = []Opening{{Mark: zero, Salt: zero, Entry: 1, Place: c.Place}} },
		"a mark with no bytes": func(i *Inclusion) { i.Admitted = []Opening{{}} },
	} {
		i, err := ParseInclusion(c.Proof.Encode())
		if err != nil {
			t.Fatal(err)
		}
		change(&i)
		if Failed(VerifyInclusion(c.Draw, i)) != (why != "") {
			t.Errorf("%q: %+v", why, VerifyInclusion(c.Draw, i))
		}
	}
	for _, text := range []string{"", "[]", `{"format":"naru/inclusion/1"}`, string(c.Proof.Encode()) + "{}"} {
		if _, err := ParseInclusion([]byte(text)); err == nil {
			t.Errorf("%q is read as a proof", text)
		}
	}
}

// The proofs from a file are those of the whole roll, at every size around the
// size of a chunk.
func TestProofsFromTheFileAreThoseOfTheRoll(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 2, 1023, 1024, 1025, 2048, 2049, 5000} {
		roll := rollOf(t, n)
		var file bytes.Buffer
		if err := roll.Write(&file); err != nil {
			t.Fatal(err)
		}
		x := roll.Chunks()
		for _, i := range []int{0, 1, n / 3, n / 2, 1023, 1024, n - 2, n - 1} {
			if i < 0 || i >= n {
				continue
			}
			at, path, found, err := x.Prove(roll.Leaf(i), bytes.NewReader(file.Bytes()))
			if err != nil || !found || at != uint64(i) || !VerifyProof(roll.Root(), roll.Leaf(i), at, roll.L(), path) { //nolint:gosec // an index
				t.Errorf("leaf %d of %d: number %d, found %v, %v", i, n, at, found, err)
			}
		}
		for _, stranger := range [][32]byte{{}, {0xff, 0xff, 0xff, 0xff}, {0x80}} {
			if _, _, found, err := x.Prove(stranger, bytes.NewReader(file.Bytes())); found || err != nil {
				t.Errorf("%s is in a roll of %d: %v", hex.EncodeToString(stranger[:4]), n, err)
			}
		}
	}
}
