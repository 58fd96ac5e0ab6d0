package gate

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"naru/internal/fault"
)

// DrawFormat is the first field of every draw document.
const DrawFormat = "naru/draw/1"

// MaxDrawText is more than the length of any draw document.
const MaxDrawText = 4096

// The reasons a draw document may give for not being verifiable.
const (
	ReasonPending     = "NOT VERIFIABLE: the draw has not been held yet"
	ReasonDevelopment = "NOT VERIFIABLE: development beacon, known beforehand to the operator"
	ReasonUnknown     = "NOT VERIFIABLE: the beacon is not one this version knows as independent"
	ReasonNoBeacon    = "NOT VERIFIABLE: the beacon's value did not come, the published fallback was used"
	ReasonNoSecret    = "NOT VERIFIABLE: the secret was not revealed, the published fallback was used"
)

// Draw is the public document of one draw. It grows in three steps, and what
// is in it never changes: Announce, Close, Reveal (rule G7).
type Draw struct {
	Format      string     `json:"format"`
	Campaign    CampaignID `json:"campaign"`
	Epoch       uint32     `json:"epoch"`
	Commitment  Hex        `json:"commitment"`
	Beacon      Beacon     `json:"beacon"`
	Private     bool       `json:"private,omitempty"` // the roll is not published
	L           uint64     `json:"L"`
	Root        Hex        `json:"root,omitempty"`
	Signature   Hex        `json:"signature,omitempty"`
	PublicKey   Hex        `json:"public_key,omitempty"`
	BeaconValue Hex        `json:"beacon_value,omitempty"`
	Secret      Hex        `json:"secret,omitempty"`
	Seed        Hex        `json:"seed,omitempty"`
	Verifiable  bool       `json:"verifiable"`
	Reason      string     `json:"reason,omitempty"`
}

// Announce is the document published with the campaign: the commitment, and
// the beacon round nobody can know yet.
func (k *Keys) Announce(commitment [32]byte, beacon Beacon) Draw {
	return Draw{
		Format: DrawFormat, Campaign: k.campaign, Epoch: k.epoch,
		Commitment: commitment[:], Beacon: beacon,
		PublicKey: Hex(k.RollPublicKey()), Reason: ReasonPending,
	}
}

// AsPrivate is the document of a campaign that does not publish its roll.
func (d Draw) AsPrivate(private bool) Draw {
	d.Private = private
	return d
}

// Close adds the closed lobby, signed. The document must be published before
// the beacon's round. It panics when the keys are not the document's, or the
// lobby was closed before: a second roll would be a second draw.
func (d Draw) Close(k *Keys, roll *Roll) Draw {
	if d.Campaign != k.campaign || d.Epoch != k.epoch || d.Closed() {
		panic(fmt.Sprintf("gate: draw of %q epoch %d cannot be closed with %v", d.Campaign, d.Epoch, k))
	}
	root := roll.Root()
	d.L, d.Root = roll.L(), root[:]
	statement, _ := d.statement()
	d.Signature = k.SignRoll(statement)
	return d
}

// Reveal adds secret, beacon value and seed. An empty secret or beacon value
// means it never came: the seed is made without it and the document says NOT
// VERIFIABLE (rule G13). Faults Conflict: "gate.draw_not_closed",
// "gate.draw_held" (a draw is held once), "gate.secret_mismatch".
func (d Draw) Reveal(secret, beaconValue []byte) (Draw, error) {
	statement, ok := d.statement()
	if !ok {
		return Draw{}, fault.New(fault.Conflict, "gate.draw_not_closed")
	}
	if len(d.Seed) > 0 {
		return Draw{}, fault.New(fault.Conflict, "gate.draw_held")
	}
	if len(secret) > 0 && !commits(statement.Commitment, secret) {
		return Draw{}, fault.New(fault.Conflict, "gate.secret_mismatch")
	}
	if len(beaconValue) > maxHex {
		return Draw{}, fault.New(fault.Invalid, "gate.draw_bad")
	}
	d.Secret, d.BeaconValue = bytes.Clone(secret), bytes.Clone(beaconValue)
	seed := Seed(d.parts(statement))
	d.Seed = seed[:]
	d.Reason = d.doubt()
	d.Verifiable = d.Reason == ""
	return d, nil
}

// Closed tells whether the document holds the roll's root.
func (d Draw) Closed() bool { return len(d.Root) > 0 }

// SeedBytes returns the seed once the draw has been held.
func (d Draw) SeedBytes() (seed [32]byte, held bool) { return d.Seed.fixed() }

// Encode returns the document as it is published, with a line end.
func (d Draw) Encode() []byte { return encodeDocument(d) }

func encodeDocument(v any) []byte {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		panic("gate: document cannot be encoded: " + err.Error())
	}
	return append(b, '\n')
}

// ParseDraw reads a draw document strictly: one JSON object, no unknown field,
// at most MaxDrawText bytes. It is fault Malformed "gate.draw_bad" otherwise.
// What it says is not checked; see VerifyDraw.
func ParseDraw(text []byte) (Draw, error) {
	if len(text) > MaxDrawText {
		return Draw{}, fault.New(fault.TooLarge, "gate.draw_bad")
	}
	var d Draw
	if err := strictJSON(text, &d); err != nil {
		return Draw{}, fault.Wrap(fault.Malformed, "gate.draw_bad", err)
	}
	if d.Format != DrawFormat {
		return Draw{}, fault.Wrap(fault.Malformed, "gate.draw_bad", errors.New("format is not "+DrawFormat))
	}
	return d, nil
}

func strictJSON(text []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("text after the document")
	}
	return nil
}

func (d Draw) statement() (RollStatement, bool) {
	commitment, ok1 := d.Commitment.fixed()
	root, ok2 := d.Root.fixed()
	return RollStatement{
		Campaign: d.Campaign, Epoch: d.Epoch, Commitment: commitment,
		Beacon: d.Beacon, L: d.L, Root: root, Private: d.Private,
	}, ok1 && ok2
}

func (d Draw) parts(s RollStatement) SeedParts {
	return SeedParts{
		Campaign: s.Campaign, Epoch: s.Epoch, Commitment: s.Commitment, Root: s.Root, L: s.L,
		Secret: d.Secret, Round: s.Beacon.Round, Beacon: d.BeaconValue,
	}
}

// doubt is the reason why nobody can verify the draw, or "".
func (d Draw) doubt() string {
	_, known := independent[d.Beacon.Name]
	switch {
	case len(d.Seed) == 0:
		return ReasonPending
	case len(d.BeaconValue) == 0:
		return ReasonNoBeacon
	case len(d.Secret) == 0:
		return ReasonNoSecret
	case d.Beacon.Name == DevelopmentBeacon:
		return ReasonDevelopment
	case !known || !Independent(d.Beacon.Name):
		return ReasonUnknown
	}
	return ""
}

func commits(commitment [32]byte, secret []byte) bool {
	return len(secret) == 32 && Commit([32]byte(secret)) == commitment
}
