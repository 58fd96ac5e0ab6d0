package bundle

import (
	"bytes"
	"compress/gzip"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"naru/internal/cose"
	"naru/internal/fault"
)

// Bounds of a file, packed and unpacked.
const (
	MaxFile = 32 << 20
	maxJSON = 64 << 20
)

// magic begins every file.
const magic = "NRB1"

const head = len(magic) + 64

// Seal writes a bundle's file and checks before that it can be opened.
func Seal(by cose.Signer, c Content) ([]byte, error) {
	if _, err := New(c); err != nil {
		return nil, err
	}
	text, err := json.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("seal bundle: %w", err)
	}
	var packed bytes.Buffer
	z, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression) // the level is one
	if _, err := z.Write(text); err != nil {
		return nil, fmt.Errorf("seal bundle: %w", err)
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("seal bundle: %w", err)
	}
	digest := sha256.Sum256(packed.Bytes())
	signature, err := by.Sign(digest[:])
	if err != nil {
		return nil, fmt.Errorf("seal bundle: %w", err)
	}
	return slices.Concat([]byte(magic), signature, packed.Bytes()), nil
}

// Open reads a file that one of the keys has signed. floor is the highest version that was
// seen before, or that the program was built with; the same one again is taken. Codes:
// Malformed, Forbidden (forged), Conflict (rolled back).
func Open(file []byte, floor uint64, keys ...*ecdsa.PublicKey) (*Bundle, error) {
	if len(file) > MaxFile || len(file) < head || string(file[:len(magic)]) != magic {
		return nil, malformed(errors.New("not a bundle"))
	}
	signature, packed := file[len(magic):head], file[head:]
	digest := sha256.Sum256(packed)
	if !slices.ContainsFunc(keys, func(k *ecdsa.PublicKey) bool { return cose.VerifyES(k, digest[:], signature) }) {
		return nil, fault.New(fault.Forbidden, "bundle.forged")
	}
	c, err := unpack(packed)
	if err != nil {
		return nil, malformed(err)
	}
	if c.Version < floor {
		return nil, fault.New(fault.Conflict, "bundle.rolled_back").With("Version", c.Version).With("Floor", floor)
	}
	return New(c)
}

// unpack reads what was signed. Fields that are not known are additions.
func unpack(packed []byte) (c Content, err error) {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return c, err
	}
	text, err := io.ReadAll(io.LimitReader(z, maxJSON+1))
	if err != nil || len(text) > maxJSON {
		return c, fmt.Errorf("more than %d bytes, or not whole: %w", maxJSON, err)
	}
	return c, json.Unmarshal(text, &c)
}

// point reads the numbers of a JWK on P-256.
func point(curve, x, y string) (*ecdsa.PublicKey, error) {
	bx, err1 := base64.RawURLEncoding.DecodeString(x)
	by, err2 := base64.RawURLEncoding.DecodeString(y)
	if errors.Join(err1, err2) != nil || curve != "P-256" || len(bx) != 32 || len(by) != 32 {
		return nil, errors.New("not the numbers of a key on P-256")
	}
	return ecdsa.ParseUncompressedPublicKey(elliptic.P256(), slices.Concat([]byte{4}, bx, by))
}
