package entry

import "crypto/sha256"

// Digits is how many a scanner shows when it asks: enough that nobody guesses in the
// minute and a half for which they count, few enough to type at a door (docs/adr/0036).
const Digits = 6

// nonceSize is that of a presentation's nonce.
const nonceSize = 8

// Nonce is what a pass must answer with when a scanner shows these digits (rule Q42).
func Nonce(digits string) []byte {
	sum := sha256.Sum256([]byte("naru/nonce/1" + digits))
	return sum[:nonceSize]
}
