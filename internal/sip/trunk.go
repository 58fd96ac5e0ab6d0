package sip

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"naru/internal/rulefile"
)

// Trunk is a listed carrier: calls from its addresses carry numbers that count. Whoever
// may write the list can make up callers.
type Trunk struct {
	Name      string
	Addresses []netip.Prefix
	User      string // with a password, each call is challenged (digest)
	Password  string
	Algorithm string // of the digest: SHA-256, or MD5 for equipment that has no other
}

// Trunks are the listed carriers; none means that no number is proven.
type Trunks []Trunk

// of is the carrier that an address belongs to, nil for none.
func (ts Trunks) of(a netip.Addr) *Trunk {
	for i := range ts {
		for _, p := range ts[i].Addresses {
			if p.Contains(a.Unmap()) {
				return &ts[i]
			}
		}
	}
	return nil
}

// ReadTrunks reads the list (YAML), strictly and with all faults at once:
//
//	trunks:
//	  - name: first-carrier
//	    addresses: [203.0.113.8, 2001:db8:5060::/48]
//	    user: naru                 # the last three only where the carrier can digest
//	    password_file: carrier.secret
//	    algorithm: SHA-256
//
// A password's file is looked for beside the list.
func ReadTrunks(path string) (Trunks, error) {
	data, err := os.ReadFile(path) //nolint:gosec // the operator's own file
	if err != nil {
		return nil, err
	}
	file, root := rulefile.Read(data)
	var ts Trunks
	for _, m := range root.Maps("trunks") {
		t := Trunk{Name: m.Slug("name")}
		for i, word := range m.Words("addresses") {
			p, ok := prefix(word)
			if !ok {
				m.FaultAt("addresses", i, word+" is no address or network", "write 203.0.113.8 or 203.0.113.0/28")
			}
			t.Addresses = append(t.Addresses, p)
		}
		if m.Has("user") {
			t.User = m.Text("user")
			t.Algorithm = m.Choice("algorithm", "SHA-256", "MD5")
			t.Password = password(m, filepath.Dir(path))
		}
		m.Close()
		ts = append(ts, t)
	}
	root.Close()
	return ts, file.Err()
}

// prefix reads an address, or a network that is small enough to be one carrier's.
func prefix(word string) (netip.Prefix, bool) {
	if a, err := netip.ParseAddr(word); err == nil && a.Zone() == "" && !a.IsUnspecified() {
		return netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()), true
	}
	p, err := netip.ParsePrefix(word)
	least := 16
	if p.Addr().Is6() {
		least = 32
	}
	return p.Masked(), err == nil && p.Bits() >= least && p == p.Masked()
}

func password(m *rulefile.Map, dir string) string {
	name := m.Text("password_file")
	if name == "" {
		return ""
	}
	if !filepath.IsAbs(name) {
		name = filepath.Join(dir, name)
	}
	data, err := os.ReadFile(name) //nolint:gosec // the operator's own file
	secret := strings.TrimSpace(string(data))
	if err != nil || len(secret) < 12 {
		m.Fault("password_file", "there is no password of 12 characters or more in it", "write one line into it")
	}
	return secret
}
