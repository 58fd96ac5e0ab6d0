package web_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"math/big"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"naru/internal/caldate"
	"naru/internal/credential"
	"naru/internal/issue"
	"naru/internal/person"
	"naru/internal/record"
	"naru/internal/staff"
	"naru/internal/store"
	"naru/internal/web"
)

// issuedHouse is a house in which somebody who has booked got a dose and two certificates.
type issuedHouse struct {
	*flowHouse
	number string
	key    string
	staff  staff.Caller
	person person.ID
	entry  record.Entry
	given  map[issue.Format]store.Credential
}

func newIssuedHouse(t *testing.T) *issuedHouse {
	t.Helper()
	h := &issuedHouse{flowHouse: newFlowHouse(t), given: map[issue.Format]store.Credential{}}
	h.number = h.browser("").enter(flowEligible).proveIt().toDone().number()
	made, err := web.FirstAdmin(t.Context(), h.Store, "한 관리자")
	flowMust(t, err)
	_, h.staff, err = h.EnterByLink(t.Context(), made.Code)
	flowMust(t, err)
	claim, err := person.NewClaim(h.agency, "가상하나", "1965-03-09", "010-0000-0001", caldate.MustParse("2021-07-11"))
	flowMust(t, err)
	h.person, err = h.PersonOf(t.Context(), claim)
	flowMust(t, err)
	d := record.Dose{Product: "MOD", Number: 1, Of: 2, Day: caldate.MustParse("2021-07-10"), Lot: "L4711", Clinic: string(h.Directory().Clinics()[0].ID)}
	h.entry, err = h.RecordDose(t.Context(), h.staff, h.person, d, "0123456789abcdef")
	flowMust(t, err)
	for _, format := range []issue.Format{issue.HC1, issue.SHC} {
		by := h.issuer(format)
		h.given[format], err = h.IssueCredential(t.Context(), by, store.Wanted{Person: h.person, Entry: h.entry.ID, Format: format, Batch: "b1"})
		flowMust(t, err)
	}
	return h
}

// issuer makes a key known and signs with it.
func (h *issuedHouse) issuer(format issue.Format) store.Issuer {
	h.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	flowMust(h.t, err)
	now := h.Now()
	template := x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: now, NotAfter: now.AddDate(1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key)
	flowMust(h.t, err)
	kid := credential.CertificateKid(der)
	if format == issue.SHC {
		kid, err = credential.Thumbprint(&key.PublicKey)
		flowMust(h.t, err)
	}
	signer, err := credential.NewSigner(key, kid)
	flowMust(h.t, err)
	h.key = base64.RawURLEncoding.EncodeToString(kid)
	flowMust(h.t, h.AddIssuerKey(h.t.Context(), store.IssuerKey{
		ID: h.key, Use: string(format), Certificate: der, SignsFrom: now, SignsUntil: now.AddDate(0, 3, 0), GoodUntil: now.AddDate(1, 0, 0),
	}))
	return store.Issuer{Signers: map[string]credential.Signer{h.key: signer}, By: issue.Authority{Name: "KDCA", Address: "https://naru.example/shc"}}
}

// People see and print their certificates, and nobody else's (rule T63).
func TestPeopleGetTheirCertificates(t *testing.T) {
	t.Parallel()
	h := newIssuedHouse(t)
	hc1, shc := "/certificate/"+h.given[issue.HC1].ID, "/certificate/"+h.given[issue.SHC].ID
	b := h.browser("/en")
	for _, path := range []string{"/certificates", hc1, hc1 + "/a4.pdf"} {
		b.get(path).want(http.StatusUnauthorized, path).says("look up your reservation first")
	}
	b.post("/lookup", flowClaim(h.number)...).follow().says(`href="/en/certificates"`)
	b.get("/certificates").want(200, "/certificates").says("EU Digital COVID Certificate", "SMART Health Card", `href="/en`+hc1+`"`, `href="/en`+shc+`"`)
	b.get(hc1).want(200, hc1).says("Vaccination certificate", "가상하나", "GA, SANGHANA", "Moderna (Spikevax)", "1 of 2", "KDCA", "URN:UVCI:01:KR:", `data-worker="/en/certificate/worker.js"`)
	if !regexp.MustCompile(`<path d="M4 4h7v1h-7z`).MatchString(b.page) {
		t.Error("the page has no QR code")
	}
	b.get(shc).want(200, shc).says("Dose 1", "https://naru.example/shc")
	for _, form := range []string{"a4", "card", "large"} {
		b.get(hc1+"/"+form+".pdf").want(200, hc1)
		if !strings.HasPrefix(b.page, "%PDF-1.") || b.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %.20q, %v", form, b.page, b.header)
		}
	}
	for _, path := range []string{hc1 + "/a5.pdf", hc1 + "/a4", "/certificate/x", "/certificate/" + strings.Repeat("0", 32)} {
		b.get(path).want(http.StatusNotFound, path)
	}
	b.get("/certificate/worker.js").want(200, "/certificate/worker.js")
	all, err := h.Credentials(t.Context(), h.person)
	flowMust(t, err)
	for _, c := range all {
		if c.State != "given" {
			t.Errorf("a certificate that was looked at is %s", c.State)
		}
	}
	thief := h.browser("")
	thief.cookies["__Host-naru-lookup"] = b.cookies["__Host-naru-lookup"]
	thief.get(hc1).want(http.StatusUnauthorized, hc1)
	korean := h.browser("")
	korean.post("/lookup", flowClaim(h.number)...).follow()
	korean.get(hc1).want(200, hc1).says("예방접종 증명서", "로마자 이름", "모더나(스파이크박스)", "큰 글씨")
}

// A certificate that counts no more is not shown and not printed, and the page says why
// (rule T60).
func TestATakenBackCertificateIsNotShown(t *testing.T) {
	t.Parallel()
	h := newIssuedHouse(t)
	hc1, shc := "/certificate/"+h.given[issue.HC1].ID, "/certificate/"+h.given[issue.SHC].ID
	b := h.browser("/en")
	b.post("/lookup", flowClaim(h.number)...).follow()
	flowMust(t, h.RevokeKey(t.Context(), h.key)) // of cards
	for _, path := range []string{shc, shc + "/card.pdf"} {
		b.get(path).want(http.StatusConflict, path).says("took this certificate back", `href="/en/certificates"`)
	}
	b.get(hc1).want(200, hc1)
	_, err := h.CorrectRecord(t.Context(), h.staff, h.person, h.entry.ID, record.Fact{}, record.NotGiven, "0123456789abcdef2")
	flowMust(t, err)
	b.get(hc1).want(http.StatusConflict, hc1).says("/en/certificates")
	b.get("/certificates").says("No certificate was issued yet")
}
