package credential

import (
	"fmt"
	"math"
	"time"

	"naru/internal/cose"
)

// claims are the CWT claims that are read (RFC 8392, and -260 of HCERT).
type claims struct {
	issuer                       string
	expires, notBefore, issuedAt time.Time // zero: not said
	hcert                        []byte    // the health certificate, undecoded; nil: none
}

// parseClaims reads a claims map. The same claim twice is refused, others than
// those above are let through.
func parseClaims(b []byte) (*claims, error) {
	major, pairs, b, err := cose.ReadHead(b)
	if err != nil || major != cose.MajorMap || pairs > cose.MaxItems && pairs != cose.Indefinite {
		return nil, fmt.Errorf("CWT: a map of claims %w", cose.ErrCBOR)
	}
	c := &claims{}
	var seen cose.Labels
	for n := uint64(0); n < pairs; n++ {
		if pairs == cose.Indefinite && len(b) > 0 && b[0] == 0xff {
			b = b[1:]
			break
		}
		claim, text, after, err := cose.ReadLabel(b)
		if err != nil || !seen.Add(claim, text) || n > cose.MaxItems {
			return nil, fmt.Errorf("CWT: the name of a claim %w", cose.ErrCBOR)
		}
		if b, err = c.read(claim, text, after); err != nil {
			return nil, fmt.Errorf("CWT: the claim %d %w", claim, err)
		}
	}
	if len(b) > 0 {
		return nil, fmt.Errorf("CWT: what follows the claims %w", cose.ErrCBOR)
	}
	return c, nil
}

func (c *claims) read(claim int64, text string, b []byte) (rest []byte, err error) {
	if text != "" {
		return cose.Skip(b, 1)
	}
	switch claim {
	case claimIssuer:
		s, rest, err := cose.ReadString(b, cose.MajorText)
		c.issuer = string(s)
		return rest, err
	case claimExpires:
		return readDate(b, &c.expires)
	case claimNotBefore:
		return readDate(b, &c.notBefore)
	case claimIssuedAt:
		return readDate(b, &c.issuedAt)
	case claimHCert:
		return c.readHCert(b)
	}
	return cose.Skip(b, 1)
}

// latest is the last second of the year 9999: later ones have no text.
const latest = 253402300799

// readDate takes a NumericDate off b: an integer, or a float, whose fraction is
// kept (RFC 8392, 2). Tag 1 before it is tolerated, null is "not said".
func readDate(b []byte, into *time.Time) (rest []byte, err error) {
	if len(b) > 0 && b[0] == 0xf6 {
		return b[1:], nil
	}
	f, rest, err := cose.ReadNumber(cose.SkipTag(b, 1))
	if err != nil || math.Abs(f) > latest {
		return nil, fmt.Errorf("a time %w", cose.ErrCBOR)
	}
	whole, part := math.Modf(f)
	*into = time.Unix(int64(whole), int64(part*1e9)).UTC()
	return rest, nil
}

// readHCert takes {1: health certificate} off b.
func (c *claims) readHCert(b []byte) (rest []byte, err error) {
	major, pairs, b, err := cose.ReadHead(b)
	if err != nil || major != cose.MajorMap || pairs > cose.MaxItems && pairs != cose.Indefinite {
		return nil, fmt.Errorf("hcert %w", cose.ErrCBOR)
	}
	for n := uint64(0); n < pairs; n++ {
		if pairs == cose.Indefinite && len(b) > 0 && b[0] == 0xff {
			return b[1:], nil
		}
		kind, _, after, err := cose.ReadLabel(b)
		if err != nil || n > cose.MaxItems {
			return nil, fmt.Errorf("hcert %w", cose.ErrCBOR)
		}
		if b, err = cose.Skip(after, 2); err != nil {
			return nil, fmt.Errorf("hcert %w", err)
		}
		if kind == 1 {
			if c.hcert != nil {
				return nil, fmt.Errorf("hcert, twice, %w", cose.ErrCBOR)
			}
			c.hcert = after[:len(after)-len(b)]
		}
	}
	return b, nil
}

// clockSkew is how far the clocks of an issuer and of a verifier may be apart.
const clockSkew = 5 * time.Minute

// checkTimes judges by the certificate's own times: after its end it is
// expired, to the second: at that second it is still good, as HCERT says and
// RFC 7519 does not (rule T10); issued later than now is a wrong clock,
// here or there, and never the holder's fault (rule T11).
func checkTimes(issued, notBefore, expires, now time.Time) error {
	switch {
	case !expires.IsZero() && now.Unix() > expires.Unix():
		return Refuse(Expired, "it ended at %s", expires.UTC().Format(time.RFC3339))
	case issued.After(now.Add(clockSkew)):
		return Refuse(NotYet, "it was issued at %s, later than the clock here", issued.UTC().Format(time.RFC3339))
	case notBefore.After(now.Add(clockSkew)):
		return Refuse(NotYet, "it begins at %s, later than the clock here", notBefore.UTC().Format(time.RFC3339))
	}
	return nil
}
