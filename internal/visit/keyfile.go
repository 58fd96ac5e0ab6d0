package visit

import (
	"encoding/json"
	"errors"

	"naru/internal/caldate"
	"naru/internal/fault"
)

// PublicFile is the name of a custodian's file of public keys.
const PublicFile = "public.json"

// keyFile is how public keys travel, from a custodian and to whoever seals.
type keyFile struct {
	Keys []keyLine `json:"keys"`
}

type keyLine struct {
	Custodian Custodian `json:"custodian"`
	Day       string    `json:"day"`    // 2021-12-13
	Public    []byte    `json:"public"` // X25519, base64
}

// MarshalDayKeys writes public keys as JSON.
func MarshalDayKeys(keys []DayKey) ([]byte, error) {
	f := keyFile{Keys: []keyLine{}}
	for _, k := range keys {
		f.Keys = append(f.Keys, keyLine{k.Custodian, k.Day.Date().String(), k.Public})
	}
	return json.Marshal(f)
}

// maxKeyLines bounds a file: nobody publishes more days.
const maxKeyLines = 2 * (KeptDays + AheadDays + 2)

// ParseDayKeys reads what MarshalDayKeys wrote; all must be of the custodian, "" for
// either. Code Malformed.
func ParseDayKeys(text []byte, of Custodian) ([]DayKey, error) {
	var f keyFile
	err := json.Unmarshal(text, &f)
	if err == nil && len(f.Keys) > maxKeyLines {
		err = errors.New("too many keys")
	}
	var keys []DayKey
	for _, line := range f.Keys {
		d, bad := caldate.Parse(line.Day)
		day, found := DayOf(d)
		k := DayKey{line.Custodian, day, line.Public}
		if bad != nil || !found || of != "" && k.Custodian != of || k.Check() != nil {
			err = errors.New("a key that is none")
		}
		keys = append(keys, k)
	}
	if err != nil {
		return nil, fault.Wrap(fault.Malformed, "visit.key_bad", err)
	}
	return keys, nil
}
