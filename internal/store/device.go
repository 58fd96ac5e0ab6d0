package store

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"math/big"
	"strings"
	"time"

	"naru/internal/fault"
	"naru/internal/person"
	"naru/internal/visit"
)

// Device is a scanner of a facility.
type Device struct {
	ID       visit.DeviceID
	Name     string
	PairedAt time.Time
	Facility visit.FacilityID
	public   []byte
}

// Paired is what a scanner keeps: the token names its facility and is shown with every
// upload, which its own key signs.
type Paired struct {
	Device   visit.DeviceID
	Facility visit.Facility
	Token    string
}

func hexOf(b [32]byte) string { return hex.EncodeToString(b[:]) }

// pairing is the keyed hash of a pairing code.
func (s *Store) pairing(code string) person.Index {
	return s.people.Lookup(person.ForFacility, "pairing", code)
}

// NewPairing makes a code that pairs one scanner, once. of is a device that is paired
// again, after its app was installed anew; "" makes another. Codes: NotFound, Full.
func (s *Store) NewPairing(ctx context.Context, m Manager, id visit.FacilityID, of visit.DeviceID, name string) (code string, err error) {
	devices, err := s.Devices(ctx, m, id)
	if err != nil {
		return "", err
	}
	known := false
	for _, d := range devices {
		if d.ID == of {
			known, name = true, d.Name
		}
	}
	switch {
	case of != "" && !known:
		return "", fault.New(fault.NotFound, "visit.device_unknown")
	case of == "" && len(devices) >= visit.MaxDevices:
		return "", fault.New(fault.Full, "visit.devices_full")
	case of == "":
		of = visit.NewDeviceID()
	}
	code = visit.NewPairingCode()
	x := s.pairing(code)
	return code, s.inRegister(ctx, func(h *visitHouse) error {
		_, err := h.Exec(`INSERT INTO facility_pairing (bucket, code, facility_id, device_id, name, expires_at) VALUES ($1, $2, $3, $4, $5, $6)`,
			x.Bucket(), x.Sum[:], string(id), string(of), name, h.Now.Add(visit.PairingLife).Unix())
		return err
	})
}

// Pair makes a scanner of whoever has the code; public is its own key, a P-256 point
// (uncompressed). A device that is paired again shows its old token in vain. Codes:
// Invalid (the code or key is none), Expired (used, or too late).
func (s *Store) Pair(ctx context.Context, code string, public []byte) (Paired, error) {
	code, err := visit.ParsePairingCode(code)
	if err != nil {
		return Paired{}, err
	}
	if _, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), public); err != nil {
		return Paired{}, fault.Wrap(fault.Invalid, "visit.device_key_bad", err)
	}
	x, secret := s.pairing(code), newToken()
	var p Paired
	var of visit.FacilityID
	err = s.inRegister(ctx, func(h *visitHouse) error {
		p, of = Paired{}, ""
		h.Everywhere() // the code's bucket and the facility's
		var device, name string
		var expires int64
		found, err := h.Row(`SELECT facility_id, device_id, name, expires_at FROM facility_pairing WHERE bucket = $1 AND code = $2`,
			[]any{x.Bucket(), x.Sum[:]}, &of, &device, &name, &expires)
		if err != nil || !found || h.Now.Unix() >= expires {
			return err
		}
		if gone, err := h.Exec(`DELETE FROM facility_pairing WHERE bucket = $1 AND code = $2`, x.Bucket(), x.Sum[:]); err != nil || gone == 0 {
			return err
		}
		p.Device, p.Token = visit.DeviceID(device), strings.Join([]string{string(of), device, secret}, ".")
		_, err = h.Exec(`INSERT INTO facility_device (bucket, facility_id, device_id, name, token, public, paired_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
		    ON CONFLICT (bucket, facility_id, device_id) DO UPDATE SET token = excluded.token, public = excluded.public, paired_at = excluded.paired_at`,
			of.Bucket(person.Buckets), string(of), device, name, hashDevice(p.Token), public, h.Now.Unix())
		return err
	})
	if err != nil {
		return Paired{}, err
	}
	if p.Token == "" {
		return Paired{}, fault.New(fault.Expired, "visit.pairing_over").With("Field", "code")
	}
	p.Facility, err = s.facility(ctx, of)
	return p, err
}

func hashDevice(token string) []byte {
	sum := sha256.Sum256([]byte("naru/device/1 " + token))
	return sum[:]
}

// Devices are the scanners of a facility. Code NotFound for who does not manage it.
func (s *Store) Devices(ctx context.Context, m Manager, id visit.FacilityID) ([]Device, error) {
	if _, err := s.Managed(ctx, m, id); err != nil {
		return nil, err
	}
	var all []Device
	err := s.readRegister(ctx, `SELECT device_id, name, paired_at FROM facility_device WHERE bucket = $1 AND facility_id = $2 ORDER BY paired_at`,
		[]any{id.Bucket(person.Buckets), string(id)}, func(scan func(...any) error) error {
			d := Device{Facility: id}
			var at int64
			err := scan(&d.ID, &d.Name, &at)
			d.PairedAt = unix(at)
			all = append(all, d)
			return err
		})
	return all, err
}

// EndDevice ends a scanner: what it has not uploaded it can upload no more.
func (s *Store) EndDevice(ctx context.Context, m Manager, id visit.FacilityID, device visit.DeviceID) error {
	if _, err := s.Managed(ctx, m, id); err != nil {
		return err
	}
	return s.inRegister(ctx, func(h *visitHouse) error {
		_, err := h.Exec(`DELETE FROM facility_device WHERE bucket = $1 AND facility_id = $2 AND device_id = $3`, id.Bucket(person.Buckets), string(id), string(device))
		return err
	})
}

// Scanner is the device that shows a token. Code Unauthenticated.
func (s *Store) Scanner(ctx context.Context, token string) (Device, error) {
	no := fault.New(fault.Unauthenticated, "visit.pair_again")
	parts := strings.Split(token, ".")
	if len(parts) != 3 || len(token) > 200 {
		return Device{}, no
	}
	of, err := visit.ParseFacilityID(parts[0])
	if err != nil {
		return Device{}, no
	}
	d := Device{Facility: of, ID: visit.DeviceID(parts[1])}
	var hash []byte
	err = s.readRegister(ctx, `SELECT name, token, public FROM facility_device WHERE bucket = $1 AND facility_id = $2 AND device_id = $3`,
		[]any{of.Bucket(person.Buckets), string(of), parts[1]}, func(scan func(...any) error) error { return scan(&d.Name, &hash, &d.public) })
	if err != nil {
		return Device{}, err
	}
	if !hmac.Equal(hash, hashDevice(token)) {
		return Device{}, no
	}
	return d, nil
}

// signedSize is the length of a signature: r and s.
const signedSize = 64

// Signed says that the device's own key signed the body of an upload (ECDSA, P-256,
// SHA-256 over the words "naru/visit/1", a newline and the body): a token that was read
// from a log is no use to anybody. Code Unauthenticated.
func (d Device) Signed(body, signature []byte) error {
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), d.public)
	if err != nil || len(signature) != signedSize {
		return fault.Wrap(fault.Unauthenticated, "visit.pair_again", err)
	}
	sum := sha256.New()
	sum.Write([]byte("naru/visit/1\n"))
	sum.Write(body)
	r, t := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
	if !ecdsa.Verify(key, sum.Sum(nil), r, t) {
		return fault.New(fault.Unauthenticated, "visit.pair_again")
	}
	return nil
}
