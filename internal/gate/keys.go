package gate

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

// MasterSize is the length of the master secret in bytes.
const MasterSize = 32

// Keys holds the keys of one campaign and epoch (rule G2). Each purpose has
// its own key, drawn from the master by HKDF-SHA-256 with its own label, so a
// token of one purpose, campaign or epoch never passes for another.
type Keys struct {
	campaign string
	epoch    uint32
	tag      [8]byte
	ticket   []byte
	session  []byte
	mark     []byte
	roll     ed25519.PrivateKey
}

// NewKeys derives the keys of one campaign and epoch. It panics when the
// master is not MasterSize bytes or the campaign id is empty or longer than
// MaxCampaign: both are checked when the configuration is read.
func NewKeys(master []byte, campaign string, epoch uint32) *Keys {
	if len(master) != MasterSize {
		panic(fmt.Sprintf("gate: master secret has %d bytes, not %d", len(master), MasterSize))
	}
	if campaign == "" || len(campaign) > MaxCampaign {
		panic(fmt.Sprintf("gate: campaign id %q must have 1 to %d bytes", campaign, MaxCampaign))
	}
	return &Keys{
		campaign: campaign,
		epoch:    epoch,
		tag:      campaignTag(campaign),
		ticket:   derive(master, "naru/key/ticket/1", campaign, epoch),
		session:  derive(master, "naru/key/session/1", campaign, epoch),
		mark:     derive(master, "naru/key/admitted-mark/1", campaign, epoch),
		roll:     ed25519.NewKeyFromSeed(derive(master, "naru/key/roll-signature/1", campaign, epoch)),
	}
}

// Campaign returns the campaign these keys belong to.
func (k *Keys) Campaign() string { return k.campaign }

// Epoch returns the epoch these keys belong to.
func (k *Keys) Epoch() uint32 { return k.epoch }

// RollPublicKey returns the Ed25519 key that checks the signature of the roll.
func (k *Keys) RollPublicKey() ed25519.PublicKey {
	return k.roll.Public().(ed25519.PublicKey)
}

// String names the keys without showing them.
func (k *Keys) String() string { return fmt.Sprintf("gate keys of %s epoch %d", k.campaign, k.epoch) }

// GoString names the keys without showing them.
func (k *Keys) GoString() string { return k.String() }

func derive(master []byte, label, campaign string, epoch uint32) []byte {
	info := appendPart(nil, []byte(label))
	info = appendPart(info, []byte(campaign))
	info = binary.BigEndian.AppendUint32(info, epoch)
	key, err := hkdf.Key(sha256.New, master, []byte("naru/gate/1"), string(info), 32)
	if err != nil {
		panic("gate: HKDF refused a 32-byte key: " + err.Error())
	}
	return key
}

func mac(key, payload []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(payload)
	return h.Sum(nil)
}
