package store

import (
	"encoding/base64"
	"encoding/json"
	"errors"

	"naru/internal/person"
)

// maxSealed bounds what is opened from a cookie.
const maxSealed = 2048

var sealedText = base64.RawURLEncoding.Strict()

// sealJSON seals a value for a cookie; the label and row are bound to it.
func sealJSON(k *person.Keyring, label, row string, value any) string {
	plain, err := json.Marshal(value)
	if err != nil {
		panic(err) // only for types that cannot be JSON: a caller bug
	}
	return sealedText.EncodeToString(k.Seal("cookie", label, row, plain))
}

func openJSON(k *person.Keyring, label, row, sealed string, into any) error {
	if len(sealed) > maxSealed {
		return errors.New("sealed value is too long")
	}
	raw, err := sealedText.DecodeString(sealed)
	if err != nil {
		return err
	}
	plain, err := k.Open("cookie", label, row, raw)
	if err != nil {
		return err
	}
	return json.Unmarshal(plain, into)
}
