package pass

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"slices"
	"time"

	"naru/internal/cose"
)

// Key is an issuer's public key on the trust list.
type Key struct {
	Kid    Kid
	Public *ecdsa.PublicKey // on P-256
	Passes bool             // it may sign passes
}

// Trust is what a scanner knows: whose keys count, until when it may rely on that, and
// what was taken back. It is made once and then only read.
type Trust struct {
	goodUntil time.Time
	keys      map[Kid][]Key
	ids       map[ID]bool
	kids      map[Kid]bool
}

// NewTrust makes a trust list that is good until a moment. Two keys may share an id.
func NewTrust(goodUntil time.Time, keys []Key, ids []ID, kids []Kid) *Trust {
	t := &Trust{goodUntil: goodUntil, keys: map[Kid][]Key{}, ids: make(map[ID]bool, len(ids)), kids: map[Kid]bool{}}
	for _, k := range keys {
		t.keys[k.Kid] = append(t.keys[k.Kid], k)
	}
	for _, id := range ids {
		t.ids[id] = true
	}
	for _, k := range kids {
		t.kids[k] = true
	}
	return t
}

// Check is the moment of a check.
type Check struct {
	Now      time.Time
	Skew     time.Duration // how far the clocks may be apart; 0: Skew
	Nonce    []byte        // what this scanner asked for; nil: nothing
	Answered [][]byte      // what it asked for before and got an answer to
}

func (c Check) skew() time.Duration {
	if c.Skew == 0 {
		return Skew
	}
	return c.Skew
}

// Verified is a genuine pass in the hands of who has its key. Only Verify makes one.
type Verified struct {
	held  *credential
	shown *presentation
	apart bool
}

// Verify judges in the order of rules Q10 to Q19, each with its own reason. It knows
// nothing of places: the rules decide over Facts.
func (u Unverified) Verify(t *Trust, c Check) (Verified, error) {
	if u.held == nil {
		return Verified{}, refuse(Malformed, "nothing was read")
	}
	for _, step := range []func(*Trust, Check) error{u.issuer, u.revoked, u.holder, u.ended, u.fresh, u.opening} {
		if err := step(t, c); err != nil {
			return Verified{}, err
		}
	}
	if u.held.claims.proof.facts() == nil {
		return Verified{}, refuse(Unsupported, "kind %d, class %d", u.held.claims.proof.Kind, u.held.claims.proof.Class)
	}
	return Verified{u.held, u.shown, u.age(c) > Life+c.skew() || u.age(c) < -c.skew()}, nil
}

// issuer checks who signed the credential (rules Q10 to Q13).
func (u Unverified) issuer(t *Trust, c Check) error {
	known := t.keys[u.held.kid]
	switch {
	case len(known) == 0:
		return refuse(UnknownKey, "no key %x is on the trust list", u.held.kid)
	case !t.goodUntil.IsZero() && !c.Now.Before(t.goodUntil):
		return refuse(StaleTrust, "the bundle was good until %s", t.goodUntil.UTC().Format(time.RFC3339))
	case !slices.ContainsFunc(known, func(k Key) bool { return k.Passes }):
		return refuse(KeyUsage, "the key %x may not sign passes", u.held.kid)
	}
	var room [256]byte
	digest := sha256.Sum256(u.held.signed(room[:0]))
	for _, k := range known {
		if k.Passes && cose.VerifyES(k.Public, digest[:], u.held.signature[:]) {
			return nil
		}
	}
	return refuse(IssuerSignature, "the issuer's signature does not fit the key %x", u.held.kid)
}

// revoked looks for its id and its batch, which has a key of its own (rule Q14).
func (u Unverified) revoked(t *Trust, _ Check) error {
	if t.ids[u.held.claims.id] || t.kids[u.held.kid] {
		return refuse(Revoked, "its issuer took it back")
	}
	return nil
}

// holder checks who shows it (rule Q15).
func (u Unverified) holder(_ *Trust, _ Check) error {
	public, err := u.held.claims.key.public()
	if err != nil {
		return refuse(HolderSignature, "%w", err)
	}
	var room [256]byte
	digest := sha256.Sum256(u.shown.signed(room[:0]))
	if !cose.VerifyES(public, digest[:], u.shown.signature[:]) {
		return refuse(HolderSignature, "the presentation is not signed by the credential's key")
	}
	return nil
}

// Time is when the presentation was made, on the person's clock.
func (u Unverified) time() time.Time { return time.Unix(int64(u.shown.time), 0).UTC() } //nolint:gosec // bounded by Parse

// age is how long ago it was made, if both clocks are right.
func (u Unverified) age(c Check) time.Duration { return c.Now.Sub(u.time()) }

// ended compares the end of the proof with both clocks (rule Q16): one of them alone may
// be wrong, and whose it is cannot be told.
func (u Unverified) ended(_ *Trust, c Check) error {
	ends := u.held.claims.proof.Ends
	switch {
	case ends.IsZero() || !c.Now.After(ends.Add(c.skew())):
		return nil
	case u.time().After(ends):
		return refuse(Expired, "it ended at %s", ends.Format(time.RFC3339))
	}
	return refuse(Clock, "it ended at %s by the clock here, and not by the person's", ends.Format(time.RFC3339))
}

// fresh wants what was asked for, or else a time of now (rules Q17 and Q18). A screenshot
// and a wrong clock look alike.
func (u Unverified) fresh(_ *Trust, c Check) error {
	same := func(n []byte) bool { return slices.Equal(n, u.shown.nonce) }
	switch age := u.age(c); {
	case c.Nonce != nil && u.shown.nonce == nil:
		return refuse(NoNonce, "the scanner asked, and this does not answer")
	case c.Nonce != nil && same(c.Nonce):
		return nil
	case c.Nonce != nil && slices.ContainsFunc(c.Answered, same):
		return refuse(Replayed, "it answers what was asked before")
	case c.Nonce != nil:
		return refuse(OtherNonce, "it answers another question")
	case age < -c.skew():
		return refuse(Early, "made %s from now", -age)
	case age > Life+c.skew():
		return refuse(Stale, "made %s ago", age)
	}
	return nil
}

// opening compares the name that is shown (rule Q19).
func (u Unverified) opening(_ *Trust, _ Check) error {
	if o := u.shown.opening; o != nil && o.Commit() != u.held.claims.proof.Commitment {
		return refuse(Opening, "the person shown is not the one it was issued to")
	}
	return nil
}
