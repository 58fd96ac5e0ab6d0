package credential

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"errors"
)

// kidLength is how many bytes of its certificate's hash an HC1 key id has.
const kidLength = 8

// The extended key usages of the EU's signer certificates (HCERT 1.0.5, annex on
// governance), also under the arc that some countries took by mistake.
var usageOIDs = map[string]Usage{
	"1.3.6.1.4.1.1847.2021.1.1":   UseTest,
	"1.3.6.1.4.1.1847.2021.1.2":   UseVaccination,
	"1.3.6.1.4.1.1847.2021.1.3":   UseRecovery,
	"1.3.6.1.4.1.0.1847.2021.1.1": UseTest,
	"1.3.6.1.4.1.0.1847.2021.1.2": UseVaccination,
	"1.3.6.1.4.1.0.1847.2021.1.3": UseRecovery,
}

// KeyOfCertificate is the HC1 key of a signer's certificate: its id, and what it
// may sign, all three kinds when it names none (rule T7). The certificate's chain
// and dates are for those who make the trust list: a certificate that was good
// when it signed stays good.
func KeyOfCertificate(der []byte) (Key, error) {
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return Key{}, errors.New("no certificate that can be read")
	}
	public := c.PublicKey
	if public == nil {
		if public, err = parseLoosely(c.RawSubjectPublicKeyInfo); err != nil {
			return Key{}, err
		}
	}
	k := Key{Kid: CertificateKid(der), Public: public, Usage: usageOfOIDs(c.UnknownExtKeyUsage)}
	if len(c.Subject.Country) == 1 && isCountry(c.Subject.Country[0]) {
		k.Issuer = c.Subject.Country[0]
	}
	return k, nil
}

// CertificateKid is the key id of an HC1 signer's certificate.
func CertificateKid(der []byte) []byte {
	sum := sha256.Sum256(der)
	return sum[:kidLength]
}

func usageOfOIDs(oids []asn1.ObjectIdentifier) Usage {
	var u Usage
	for _, oid := range oids {
		u |= usageOIDs[oid.String()]
	}
	if u == 0 {
		return UseHC1
	}
	return u
}
