// Package bundle is everything that a scanner knows, in one signed file: whose keys
// count, what was taken back, the rules, and what is acceptable while something is broken.
//
// It promises that a forged file and one older than was seen before are refused, that a
// week-old one still answers and says how old it is, and that past its end the answer is
// CANNOT TELL and never NOT VALID. It fetches nothing, keeps nothing and reads no clock. The
// format is in docs/pass.md, the rules (Q20 to Q26) in docs/rules/pass.md.
package bundle

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"naru/internal/fault"
	"naru/internal/incident"
	"naru/internal/pass"
	"naru/internal/rule"
)

// Content is what a bundle says.
type Content struct {
	Version   uint64                   `json:"version"` // grows
	Issued    time.Time                `json:"issued"`
	GoodUntil time.Time                `json:"good_until"`
	Trust     json.RawMessage          `json:"trust"` // naru-bundle/1
	Rules     json.RawMessage          `json:"rules,omitempty"`
	Revoked   Revoked                  `json:"revoked"`
	Modes     []incident.Mode          `json:"modes"`
	VisitKeys []VisitKey               `json:"visit_keys"`
	Words     map[string]incident.Text `json:"words"` // id, language
}

// Revoked are passes that were taken back, in hex: ids of credentials and of keys.
type Revoked struct {
	IDs  []string `json:"ids"`
	Kids []string `json:"kids"`
}

// VisitKey is a custodian's public key of a day (visit.DayKey).
type VisitKey struct {
	Custodian string `json:"custodian"`
	Day       uint16 `json:"day"`
	Public    []byte `json:"public"`
}

// Bundle is one that was opened: signed by the key of lists, and whole. It does not change.
type Bundle struct {
	Content
	trust *pass.Trust
	rules *rule.Set
}

// PassTrust is what passes are verified with.
func (b *Bundle) PassTrust() *pass.Trust { return b.trust }

// Rules is the rule set; nil when the bundle has none.
func (b *Bundle) Rules() *rule.Set { return b.rules }

// Age is how old it is, never less than nothing.
func (b *Bundle) Age(now time.Time) time.Duration { return max(now.Sub(b.Issued), 0) }

// Over tells that it is past its end.
func (b *Bundle) Over(now time.Time) bool { return !now.Before(b.GoodUntil) }

// trustKeys is what is read of the trust list here.
type trustKeys struct {
	Keys []struct {
		Kid string   `json:"kid"` // base64
		For []string `json:"for"`
		Crv string   `json:"crv"`
		X   string   `json:"x"`
		Y   string   `json:"y"`
	} `json:"keys"`
}

// ForPasses is what a trust list says of a key that signs passes.
const ForPasses = "pass"

// New checks a content whole (rule Q24): what cannot be read is refused now and not at a
// door. Code Malformed.
func New(c Content) (*Bundle, error) {
	b := &Bundle{Content: c}
	if c.Version == 0 || c.Issued.IsZero() || !c.Issued.Before(c.GoodUntil) {
		return nil, malformed(errors.New("version, issued and good_until are needed"))
	}
	keys, err := passKeys(c.Trust)
	if err != nil {
		return nil, malformed(err)
	}
	ids, kids := make([]pass.ID, len(c.Revoked.IDs)), make([]pass.Kid, len(c.Revoked.Kids))
	for i, text := range c.Revoked.IDs {
		if err := unhex(ids[i][:], text); err != nil {
			return nil, malformed(err)
		}
	}
	for i, text := range c.Revoked.Kids {
		if err := unhex(kids[i][:], text); err != nil {
			return nil, malformed(err)
		}
	}
	b.trust = pass.NewTrust(c.GoodUntil, keys, ids, kids)
	if len(c.Rules) > 0 {
		if b.rules, err = rule.Read(c.Rules); err != nil {
			return nil, malformed(err)
		}
	}
	return b, nil
}

func unhex(into []byte, text string) error {
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != len(into) {
		return fmt.Errorf("what is revoked is %d bytes in hex", len(into))
	}
	copy(into, b)
	return nil
}

// passKeys reads the keys of a trust list; of those that sign no passes only the id, so
// that "may not sign passes" and "unknown" stay apart.
func passKeys(trust json.RawMessage) ([]pass.Key, error) {
	var list trustKeys
	if err := json.Unmarshal(trust, &list); err != nil {
		return nil, fmt.Errorf("trust: %w", err)
	}
	var keys []pass.Key
	for _, k := range list.Keys {
		kid, err := base64.StdEncoding.DecodeString(k.Kid)
		if err != nil || len(kid) != pass.KidSize {
			continue // of cards, which have longer ones
		}
		key := pass.Key{Kid: pass.Kid(kid), Passes: slices.Contains(k.For, ForPasses)}
		if key.Passes {
			if key.Public, err = point(k.Crv, k.X, k.Y); err != nil {
				return nil, fmt.Errorf("trust: the key %s: %w", k.Kid, err)
			}
		}
		keys = append(keys, key)
	}
	return keys, nil
}

func malformed(err error) error { return fault.Wrap(fault.Malformed, "bundle.malformed", err) }
