package gate

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"naru/internal/fault"
)

// testBeacon stands for an independent beacon; only tests know it.
const testBeacon = "test-independent"

func init() { independent[testBeacon] = true }

var testSecret = [32]byte{1, 2, 3}

// heldDraw is a draw of 20 tickets, held as it should be.
func heldDraw(t testing.TB, beacon string, secret, value []byte) (Draw, *Roll) {
	t.Helper()
	roll := rollOf(t, 20)
	closed := testKeys().Announce(Commit(testSecret), Beacon{Name: beacon, Round: 77}).Close(testKeys(), roll)
	draw, err := closed.Reveal(secret, value)
	if err != nil {
		t.Fatal(err)
	}
	return draw, roll
}

func honest(t testing.TB) (Draw, *Roll, Noted) {
	t.Helper()
	d, roll := heldDraw(t, testBeacon, testSecret[:], []byte("beacon value"))
	return d, roll, Noted{Commitment: d.Commitment, PublicKey: d.PublicKey, Root: d.Root, BeaconValue: Hex("beacon value")}
}

func wrongs(found []Finding) (names []string) {
	for _, f := range found {
		if f.Status == Wrong {
			names = append(names, f.Check)
		}
	}
	return names
}

func TestHonestDrawIsRightThroughout(t *testing.T) {
	t.Parallel()
	d, roll, noted := honest(t)
	for _, f := range VerifyDraw(d, roll, noted) {
		if f.Status != Right {
			t.Errorf("%s: %s, %s", f.Check, f.Status, f.Detail)
		}
	}
	if !d.Verifiable || d.Reason != "" {
		t.Errorf("an honest draw says %v, %q", d.Verifiable, d.Reason)
	}
}

// Each tampering is found by name. Those that made the whole document agree
// with itself again are found only by what the reader noted before.
func TestEveryTamperingIsNamed(t *testing.T) {
	t.Parallel()
	thief := NewKeys(master(9), "2021-07-12", 3)
	reseed := func(d *Draw) {
		s, _ := d.statement()
		seed := Seed(d.parts(s))
		d.Seed = seed[:]
	}
	for _, c := range []struct {
		why    string
		tamper func(d *Draw, roll **Roll)
		named  []string
	}{
		{"a ticket put into the roll", func(_ *Draw, r **Roll) { *r = rollOf(t, 21) }, []string{CheckRoot, CheckSize}},
		{"a ticket taken out of the roll", func(_ *Draw, r **Roll) { *r = rollOf(t, 19) }, []string{CheckRoot, CheckSize}},
		{"a ticket exchanged, root and seed made again", func(d *Draw, r **Roll) {
			*r = exchanged(t)
			root := (*r).Root()
			d.Root = root[:]
			reseed(d)
		}, []string{CheckRoot, CheckSignature}},
		{"L", func(d *Draw, _ **Roll) { d.L = 21 }, []string{CheckSize, CheckSignature, CheckSeed}},
		{"root", func(d *Draw, _ **Roll) { d.Root = make(Hex, 32) }, []string{CheckRoot, CheckSignature, CheckSeed}},
		{"seed", func(d *Draw, _ **Roll) { d.Seed = make(Hex, 32) }, []string{CheckSeed}},
		{"beacon value", func(d *Draw, _ **Roll) { d.BeaconValue = Hex("another") }, []string{CheckBeacon, CheckSeed}},
		{"beacon value, seed made again", func(d *Draw, _ **Roll) { d.BeaconValue = Hex("another"); reseed(d) }, []string{CheckBeacon}},
		{"round, seed made again", func(d *Draw, _ **Roll) { d.Beacon.Round++; reseed(d) }, []string{CheckSignature}},
		{"beacon's name", func(d *Draw, _ **Roll) { d.Beacon.Name = DevelopmentBeacon }, []string{CheckSignature, CheckBeacon, CheckVerifiable}},
		{"secret", func(d *Draw, _ **Roll) { d.Secret = make(Hex, 32) }, []string{CheckSecret, CheckSeed}},
		{"secret and commitment, seed made again", func(d *Draw, _ **Roll) {
			commitment := Commit([32]byte{9})
			d.Secret, d.Commitment = append(Hex{9}, make(Hex, 31)...), commitment[:]
			reseed(d)
		}, []string{CheckSignature, CheckCommitment}},
		{"epoch, seed made again", func(d *Draw, _ **Roll) { d.Epoch++; reseed(d) }, []string{CheckSignature}},
		{"campaign, seed made again", func(d *Draw, _ **Roll) { d.Campaign = "x"; reseed(d) }, []string{CheckSignature}},
		{"signature", func(d *Draw, _ **Roll) { d.Signature = slices.Clone(d.Signature); d.Signature[5] ^= 1 }, []string{CheckSignature}},
		{"no signature", func(d *Draw, _ **Roll) { d.Signature = nil }, []string{CheckSignature}},
		{"signed again with another key", func(d *Draw, _ **Roll) {
			s, _ := d.statement()
			d.PublicKey, d.Signature = Hex(thief.RollPublicKey()), thief.SignRoll(s)
		}, []string{CheckKey}},
		{"secret withheld, seed kept", func(d *Draw, _ **Roll) { d.Secret = nil }, []string{CheckSeed, CheckVerifiable}},
		{"said to be verifiable without a secret", func(d *Draw, _ **Roll) { d.Secret = nil; reseed(d) }, []string{CheckVerifiable}},
		{"said not to be verifiable", func(d *Draw, _ **Roll) { d.Verifiable = false }, []string{CheckVerifiable}},
	} {
		d, roll, noted := honest(t)
		c.tamper(&d, &roll)
		if got := wrongs(VerifyDraw(d, roll, noted)); !sameNames(got, c.named) {
			t.Errorf("%s: named %q, want %q", c.why, got, c.named)
		}
	}
}

func sameNames(got, want []string) bool {
	slices.Sort(got)
	slices.Sort(want)
	return slices.Equal(slices.Compact(got), want)
}

// exchanged is the roll of tickets 0 to 18 and 100.
func exchanged(t *testing.T) *Roll {
	var leaves [][32]byte
	for n := range 19 {
		leaves = append(leaves, Leaf(ticketNumber(n)))
	}
	roll, err := NewRoll(append(leaves, Leaf(ticketNumber(100))))
	if err != nil {
		t.Fatal(err)
	}
	return roll
}

func TestPlaceAndMembershipAreChecked(t *testing.T) {
	t.Parallel()
	d, roll, _ := honest(t)
	mine, stranger := lobbyTicket(4), lobbyTicket(400)
	seed, _ := d.SeedBytes()
	place := mine.Place(seed, d.L)
	late := Ticket{ID: ticketNumber(5), Kind: Late, Number: 2}
	for why, c := range map[string]struct {
		got  Finding
		want Status
	}{
		"my place":                 {VerifyPlace(d, mine, place), Right},
		"a place changed":          {VerifyPlace(d, mine, place+1), Wrong},
		"a late place":             {VerifyPlace(d, late, 22), Right},
		"a late place changed":     {VerifyPlace(d, late, 0), Wrong},
		"before the draw":          {VerifyPlace(Draw{}, mine, place), CannotTell},
		"computed":                 {ComputePlace(d, mine), Right},
		"computed before the draw": {ComputePlace(Draw{}, mine), CannotTell},
		"member":                   {VerifyMember(roll, mine), Right},
		"late is in no roll":       {VerifyMember(roll, late), Right},
		"not a member":             {VerifyMember(roll, stranger), Wrong},
	} {
		if c.got.Status != c.want {
			t.Errorf("%s: %+v, want %s", why, c.got, c.want)
		}
	}
}

func TestMissingPartsSayNotVerifiable(t *testing.T) {
	t.Parallel()
	development := DevelopmentBeaconValue(77)
	seeds := map[string]bool{}
	for _, c := range []struct {
		why           string
		beacon        string
		secret, value []byte
		reason        string
	}{
		{"no beacon", testBeacon, testSecret[:], nil, ReasonNoBeacon},
		{"no secret", testBeacon, nil, []byte("beacon value"), ReasonNoSecret},
		{"neither", testBeacon, nil, nil, ReasonNoBeacon},
		{"development beacon", DevelopmentBeacon, testSecret[:], development[:], ReasonDevelopment},
		{"unknown beacon", "somebody-says", testSecret[:], []byte("x"), ReasonUnknown},
	} {
		d, roll := heldDraw(t, c.beacon, c.secret, c.value)
		if d.Verifiable || d.Reason != c.reason || !strings.HasPrefix(d.Reason, "NOT VERIFIABLE") {
			t.Errorf("%s: verifiable %v, %q", c.why, d.Verifiable, d.Reason)
		}
		if got := wrongs(VerifyDraw(d, roll, Noted{})); len(got) > 0 {
			t.Errorf("%s: %q wrong in an honest document", c.why, got)
		}
		seeds[string(d.Seed)] = true
	}
	if len(seeds) != 5 {
		t.Errorf("%d different seeds, want 5", len(seeds))
	}
}

func TestWithoutNotesTheDocumentCannotVouchForItself(t *testing.T) {
	t.Parallel()
	d, roll, _ := honest(t)
	unsure := map[string]bool{}
	for _, f := range VerifyDraw(d, roll, Noted{}) {
		if f.Status == CannotTell {
			unsure[f.Check] = true
		}
	}
	for _, check := range []string{CheckKey, CheckCommitment, CheckRoot, CheckBeacon} {
		if !unsure[check] {
			t.Errorf("%s is said to be known", check)
		}
	}
}

func TestADrawIsHeldOnce(t *testing.T) {
	t.Parallel()
	d, roll, _ := honest(t)
	_, err := d.Reveal(testSecret[:], []byte("another"))
	wantFault(t, err, fault.Conflict, "gate.draw_held")
	announced := testKeys().Announce(Commit(testSecret), Beacon{Name: testBeacon, Round: 1})
	_, err = announced.Reveal(testSecret[:], nil)
	wantFault(t, err, fault.Conflict, "gate.draw_not_closed")
	closed := announced.Close(testKeys(), roll)
	_, err = closed.Reveal(make([]byte, 32), nil)
	wantFault(t, err, fault.Conflict, "gate.secret_mismatch")
	_, err = closed.Reveal(testSecret[:31], nil)
	wantFault(t, err, fault.Conflict, "gate.secret_mismatch")
	defer func() {
		if recover() == nil {
			t.Error("a second roll was taken")
		}
	}()
	closed.Close(testKeys(), rollOf(t, 3))
}

func TestDrawDocumentReadsAsWritten(t *testing.T) {
	t.Parallel()
	full, roll, noted := honest(t)
	announced := testKeys().Announce(Commit(testSecret), Beacon{Name: testBeacon, Round: 1})
	for _, d := range []Draw{announced, announced.Close(testKeys(), roll), full} {
		text := d.Encode()
		got, err := ParseDraw(text)
		if err != nil || !bytes.Equal(got.Encode(), text) || len(text) > MaxDrawText {
			t.Errorf("%v: %s", err, text)
		}
	}
	again, _ := ParseDraw(full.Encode())
	if got := wrongs(VerifyDraw(again, roll, noted)); len(got) > 0 {
		t.Errorf("wrong after reading: %q", got)
	}
}

func TestDrawDocumentIsReadStrictly(t *testing.T) {
	t.Parallel()
	d, _, _ := honest(t)
	good := string(d.Encode())
	for why, text := range map[string]string{
		"empty":         "",
		"array":         "[]",
		"unknown field": strings.Replace(good, `"L"`, `"place": 1, "L"`, 1),
		"other format":  strings.Replace(good, "naru/draw/1", "naru/draw/2", 1),
		"upper case":    strings.Replace(good, `"seed": "`, `"seed": "AB`, 1),
		"odd digits":    strings.Replace(good, `"seed": "`, `"seed": "a`, 1),
		"text after it": good + "{}",
		"cut off":       good[:len(good)/2],
		"negative L":    strings.Replace(good, `"L": 20`, `"L": -20`, 1),
		"long hex":      strings.Replace(good, `"seed": "`, `"seed": "`+strings.Repeat("00", 97), 1),
	} {
		if text == good {
			t.Fatalf("%s: nothing was changed", why)
		}
		_, err := ParseDraw([]byte(text))
		t.Log(why)
		wantFault(t, err, fault.Malformed, "gate.draw_bad")
	}
	_, err := ParseDraw(make([]byte, MaxDrawText+1))
	wantFault(t, err, fault.TooLarge, "gate.draw_bad")
}

func FuzzParseDraw(f *testing.F) {
	d, roll, noted := honest(f)
	f.Add(d.Encode())
	f.Add([]byte(`{"format":"naru/draw/1"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := ParseDraw(text)
		if err != nil {
			return
		}
		VerifyDraw(got, roll, noted) // must not panic, whatever is in it
		if again, err := ParseDraw(got.Encode()); err != nil || !bytes.Equal(again.Encode(), got.Encode()) {
			t.Errorf("reads as %+v, then as %+v, %v", got, again, err)
		}
	})
}
