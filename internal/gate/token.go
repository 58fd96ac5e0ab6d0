package gate

import (
	"crypto/hmac"
	"encoding/base64"
	"strings"
)

// strict refuses any other spelling of the same bytes (trailing bits, line
// ends, padding), so that a token has exactly one text (rule G3).
var strict = base64.RawURLEncoding.Strict()

const macText = 43 // base64url of 32 bytes

func sealToken(prefix string, key, payload []byte) string {
	return prefix + strict.EncodeToString(payload) + "." + strict.EncodeToString(mac(key, payload))
}

// splitToken reads prefix, payload and MAC without checking the MAC. The
// length is bounded before anything is decoded.
func splitToken(prefix, token string, maxText int) (payload, sum []byte, ok bool) {
	if len(token) > maxText || !strings.HasPrefix(token, prefix) || strings.ContainsAny(token, "\r\n") {
		return nil, nil, false
	}
	body, tail, found := strings.Cut(token[len(prefix):], ".")
	if !found || len(tail) != macText {
		return nil, nil, false
	}
	payload, err := strict.DecodeString(body)
	if err != nil {
		return nil, nil, false
	}
	sum, err = strict.DecodeString(tail)
	return payload, sum, err == nil
}

func sameMAC(key, payload, sum []byte) bool { return hmac.Equal(mac(key, payload), sum) }
