package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"math/big"
	"testing"
	"time"

	"naru/examples"
	"naru/internal/agency"
	"naru/internal/caldate"
	"naru/internal/credential"
	"naru/internal/issue"
	human "naru/internal/person"
	"naru/internal/record"
	"naru/internal/staff"
	"naru/internal/store"
)

// issueAfterwards gives everybody who has booked on the stopped server a dose and a
// certificate.
func issueAfterwards(t *testing.T, s *server, who person) {
	t.Helper()
	a, err := agency.Load(examples.AgencyYAML)
	ok(t, err)
	st, err := store.Open(t.Context(), store.Options{Dir: s.data, Now: time.Now, Agency: a, Fatal: func(err error) { panic(err) }})
	ok(t, err)
	defer func() { ok(t, st.Close()) }()
	today := caldate.Of(time.Now(), a.Zone)
	claim, err := human.NewClaim(a, who.name, who.born, who.mobile, today)
	ok(t, err)
	id, err := st.PersonOf(t.Context(), claim)
	ok(t, err)
	_, link, err := st.AdmitFirst(t.Context(), "한 관리자")
	ok(t, err)
	_, admin, err := st.EnterByLink(t.Context(), link)
	ok(t, err)
	clinic := string(st.Directory().Clinics()[0].ID)
	_, code, err := st.Invite(t.Context(), admin, "김간호", []staff.Grant{{Role: staff.Clinic, Scope: staff.Scope{Clinic: clinic}}})
	ok(t, err)
	_, nurse, err := st.EnterByLink(t.Context(), code)
	ok(t, err)
	e, err := st.RecordDose(t.Context(), nurse, id, record.Dose{Product: "PFZ", Number: 1, Of: 2, Day: today, Lot: "L1", Clinic: clinic}, "0123456789abcdef")
	ok(t, err)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ok(t, err)
	now := time.Now().Truncate(time.Second)
	template := x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: now, NotAfter: now.AddDate(1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key)
	ok(t, err)
	kid := credential.CertificateKid(der)
	signer, err := credential.NewSigner(key, kid)
	ok(t, err)
	name := base64.RawURLEncoding.EncodeToString(kid)
	ok(t, st.AddIssuerKey(t.Context(), store.IssuerKey{ID: name, Use: string(issue.HC1), Certificate: der, SignsFrom: now, SignsUntil: now.AddDate(0, 3, 0), GoodUntil: now.AddDate(1, 0, 0)}))
	by := store.Issuer{Signers: map[string]credential.Signer{name: signer}, By: issue.Authority{Name: "KDCA"}}
	_, err = st.IssueCredential(t.Context(), by, store.Wanted{Person: id, Entry: e.ID, Format: issue.HC1, Batch: "b"})
	ok(t, err)
}

// A certificate that was loaded once opens without the server, until it is removed (rule
// T64).
func TestACertificateOpensWithoutANetwork(t *testing.T) {
	t.Parallel()
	need(t, "chromium")
	s := demo(t)
	s.open()
	who := citizen(31)
	v := visit{device: phone(t), server: s, who: who}
	v.joins()
	v.enters()
	v.proves()
	number := v.books()
	s.kill()
	issueAfterwards(t, s, who)
	s.restart()
	v.looksUp(number)
	arrives(v, "/lookup/list")
	v.press(`main a[href$="/certificates"]`)
	arrives(v, "/certificates")
	inspect(v, "certificates")
	v.press(`main a[href*="/certificate/"]`)
	shows(v, "h1", "예방접종 증명서")
	shows(v, "main", who.name)
	until(t, patience, "the page is kept", func() bool { return v.ask(`String(document.getElementById("kept").hidden)`) == "false" })
	until(t, patience, "the service worker is in charge", func() bool { return v.ask(`String(!!navigator.serviceWorker.controller)`) == "true" })
	inspect(v, "certificate")
	address := v.ask(`location.href`)

	s.kill()
	v.open(address)
	shows(v, "h1", "예방접종 증명서")
	shows(v, "main", who.name)
	if v.ask(`String(document.querySelector("svg.qr path").getAttribute("d").length > 1000)`) != "true" {
		t.Error("what is kept has no QR code")
	}
	if v.ask(`getComputedStyle(document.querySelector("svg.qr")).display`) != "block" {
		t.Error("what is kept has no styles")
	}
	until(t, patience, "it can be removed", func() bool { return v.ask(`String(document.getElementById("kept").hidden)`) == "false" })
	v.ask(`document.querySelector("#kept button").click(), ""`)
	until(t, patience, "it says that it was removed", func() bool { return v.ask(`String(document.getElementById("dropped").hidden)`) == "false" })
	v.ask(`caches.open("naru-certificates").then((c) => c.keys()).then((k) => { document.body.dataset.left = k.length; }), ""`)
	until(t, patience, "what was removed is gone", func() bool { return v.ask(`document.body.dataset.left ?? ""`) == "0" })
}
