// Package credential writes and reads the certificates that other countries
// check: HC1 (the EU Digital COVID Certificate, also WHO GDHCN) and the SMART
// Health Card.
//
// It promises that Parse gives only an Unverified, that nothing but Verify
// makes a Verified of it, that the signature is checked over the very bytes that
// came, and that what it cannot know is CANNOT TELL and never NOT VALID. It
// bounds everything that comes from outside. It never reads a clock, a file or
// the network, keeps no key, and says nothing of facility rules: those belong to
// the rule sets.
//
// It follows the HCERT specification 1.0.5 and the DCC schema 1.3 of the eHealth
// Network, RFC 9285 (base45), RFC 1950 and 1951, RFC 8949 (CBOR), RFC 9052 and
// 9053 (COSE), RFC 8392 (CWT), RFC 7515 (JWS), and the SMART Health Cards
// Framework 1.4. The rules (letter T) are in docs/rules/credential.md.
package credential
