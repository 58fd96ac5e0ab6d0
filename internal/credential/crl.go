package credential

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// CRL is a card issuer's revocation list (SMART Health Cards, Revocation).
type CRL struct {
	Kid    string   `json:"kid"`
	Method string   `json:"method"` // "rid"
	Ctr    uint64   `json:"ctr"`    // counts up with each change
	RIDs   []string `json:"rids"`   // rid, or rid.seconds: cards issued before that
}

// ParseCRL reads a list strictly: another method, and the same rid twice, are
// refused.
func ParseCRL(b []byte) (CRL, error) {
	var c CRL
	if err := strictJSON(b, &c); err != nil {
		return CRL{}, fmt.Errorf("revocation list: %w", err)
	}
	return c, errors.Join(c.Faults()...)
}

// Faults is everything that is wrong with the list.
func (c *CRL) Faults() (found []error) {
	if c.Kid == "" {
		found = append(found, errors.New("revocation list: it names no key"))
	}
	if c.Method != "rid" {
		found = append(found, errors.New(`revocation list: its method is not "rid"`))
	}
	seen := map[string]bool{}
	for i, entry := range c.RIDs {
		rid, _, err := cutRID(entry)
		if err != nil {
			found = append(found, fmt.Errorf("revocation list: entry %d: %w", i, err))
			continue
		}
		if seen[rid] {
			found = append(found, fmt.Errorf("revocation list: entry %d repeats a rid", i))
		}
		seen[rid] = true
	}
	return found
}

func cutRID(entry string) (rid string, before time.Time, err error) {
	rid, seconds, timed := strings.Cut(entry, ".")
	if !isRID(rid) {
		return "", time.Time{}, errors.New("a rid has at most 24 signs of base64url")
	}
	if !timed {
		return rid, time.Time{}, nil
	}
	n, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil || n <= 0 || n > latest {
		return "", time.Time{}, errors.New("what follows a rid is seconds since 1970")
	}
	return rid, time.Unix(n, 0), nil
}

// into takes the list over.
func (c *CRL) into(t *Trust) error {
	if err := errors.Join(c.Faults()...); err != nil {
		return err
	}
	for _, entry := range c.RIDs {
		rid, before, err := cutRID(entry)
		if err != nil {
			return err
		}
		t.RevokeCard(c.Kid, rid, before)
	}
	return nil
}
