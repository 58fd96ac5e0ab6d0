package store_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"errors"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"naru/internal/credential"
	"naru/internal/fault"
	"naru/internal/issue"
	"naru/internal/person"
	"naru/internal/record"
	"naru/internal/store"
)

// issuer makes an issuer with a key for each region ("": the country).
func (h *house) issuer(use string, regions ...string) store.Issuer {
	h.t.Helper()
	by := store.Issuer{Signers: map[string]credential.Signer{}, By: issue.Authority{Name: "KDCA", Address: "https://naru.example/shc"}}
	for _, region := range regions {
		h.addKey(by, use, region, h.clock.Now())
	}
	return by
}

func (h *house) addKey(by store.Issuer, use, region string, from time.Time) string {
	h.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(h.t, err)
	template := x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{Country: []string{"KR"}}, NotBefore: from, NotAfter: from.AddDate(2, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key)
	must(h.t, err)
	kid := credential.CertificateKid(der)
	if use == string(issue.SHC) {
		kid, err = credential.Thumbprint(&key.PublicKey)
		must(h.t, err)
	}
	signer, err := credential.NewSigner(key, kid)
	must(h.t, err)
	id := base64.RawURLEncoding.EncodeToString(kid)
	by.Signers[id] = signer
	must(h.t, h.AddIssuerKey(h.t.Context(), store.IssuerKey{
		ID: id, Use: use, Region: region, Certificate: der, SignsFrom: from, SignsUntil: from.AddDate(0, 3, 0), GoodUntil: from.AddDate(1, 0, 0),
	}))
	return id
}

// dosed is a person with a recorded dose.
func (h *house) dosed() (person.ID, record.Entry) {
	h.t.Helper()
	_, c := h.signedIn()
	id, d := h.vaccinated()
	e, err := h.RecordDose(h.t.Context(), c, id, d, doseKey)
	must(h.t, err)
	return id, e
}

// published is the list that verifiers read.
func (h *house) published() (*credential.Trust, store.TrustList) {
	h.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(h.t, err)
	l, err := h.PublishTrust(h.t.Context(), key, issue.Authority{Address: "https://naru.example/shc"})
	must(h.t, err)
	parts := strings.Split(l.Body, ".")
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	must(h.t, err)
	digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if !ecdsa.Verify(&key.PublicKey, digest[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])) {
		h.t.Error("the list's signature is wrong")
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	must(h.t, err)
	trust, left, err := credential.ParseBundle(text)
	if len(left) > 0 {
		h.t.Error(left)
	}
	must(h.t, err)
	return trust, l
}

// verdict is what a verifier with that list says.
func (h *house) verdict(c store.Credential, trust *credential.Trust) credential.Reason {
	h.t.Helper()
	parse := credential.Parse
	if c.Format == issue.SHC {
		parse = credential.ParseJWS
	}
	u, err := parse(c.Text)
	must(h.t, err)
	_, err = u.Verify(trust, h.clock.Now())
	return credential.ReasonOf(err)
}

// However the issuer ends, the request is repeated, there is one certificate, and it is
// valid (rules T42, T43).
func TestIssuingSurvivesACrashBetweenItsSteps(t *testing.T) {
	onBoth(t, testIssuingSurvivesACrashBetweenItsSteps)
}

func testIssuingSurvivesACrashBetweenItsSteps(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id, e := h.dosed()
	for _, format := range []issue.Format{issue.HC1, issue.SHC} {
		by := h.issuer(string(format), "")
		w := store.Wanted{Person: id, Entry: e.ID, Format: format, Batch: "b1"}
		for after := range 3 { // nothing written; the intent; all
			stopped := h.CrashAfter(after)
			_, err := h.IssueCredential(t.Context(), by, w)
			if stopped() != (err != nil) || after < 2 && !errors.Is(err, store.ErrStopped) {
				t.Fatalf("%s after %d acts: %v", format, after, err)
			}
			h.restart()
			all, err := h.Credentials(t.Context(), id)
			must(t, err)
			all = slices.DeleteFunc(all, func(c store.Credential) bool { return c.Format != format })
			if want := min(after, 1); len(all) != want || want == 1 && (all[0].Text != "") != (after == 2) {
				t.Fatalf("%s after %d acts: %d certificates", format, after, len(all))
			}
		}
		h.clock.Add(time.Hour)
		one, err := h.IssueCredential(t.Context(), by, w)
		must(t, err)
		two, err := h.IssueCredential(t.Context(), by, w)
		must(t, err)
		if one.Text == "" || one.Text != two.Text || one.ID != two.ID {
			t.Errorf("%s: the same request gave %q and %q", format, one.ID, two.ID)
		}
		trust, _ := h.published()
		if got := h.verdict(one, trust); got != "" {
			t.Errorf("%s: %s", format, got)
		}
		given, err := h.GiveCredential(t.Context(), id, one.ID)
		if err != nil || given.State != "given" || given.Text != one.Text {
			t.Errorf("given %q %v", given.State, err)
		}
	}
}

// A correction takes the certificates of what it supersedes back at once, and only
// those (rule T46).
func TestACorrectionTakesCertificatesBack(t *testing.T) {
	onBoth(t, testACorrectionTakesCertificatesBack)
}

func testACorrectionTakesCertificatesBack(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id, e := h.dosed()
	by := h.issuer("hc1", "")
	h.addKeyOf(by, "shc")
	old, err := h.IssueCredential(t.Context(), by, store.Wanted{Person: id, Entry: e.ID, Format: issue.HC1})
	must(t, err)
	card, err := h.IssueCredential(t.Context(), by, store.Wanted{Person: id, Entry: e.ID, Format: issue.SHC})
	must(t, err)
	_, first := h.published()
	_, c := h.signedIn()
	right := *e.Dose
	right.Lot = "L2"
	fresh, err := h.CorrectRecord(t.Context(), c, id, e.ID, record.Fact{Dose: &right}, record.WrongDetail, doseKey+"9")
	must(t, err)
	if _, err := h.IssueCredential(t.Context(), by, store.Wanted{Person: id, Entry: e.ID, Format: issue.HC1}); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("of the old entry: %v", err)
	}
	now, err := h.IssueCredential(t.Context(), by, store.Wanted{Person: id, Entry: fresh.ID, Format: issue.HC1})
	must(t, err)
	trust, second := h.published()
	if h.verdict(old, trust) != credential.Revoked || h.verdict(card, trust) != credential.Revoked || h.verdict(now, trust) != "" {
		t.Errorf("old %s, card %s, new %s", h.verdict(old, trust), h.verdict(card, trust), h.verdict(now, trust))
	}
	if first.Delta != "" || second.Version != first.Version+1 || strings.Count(second.Delta, ".") != 2 {
		t.Error("the second list has no delta from the first")
	}
	delta, err := base64.RawURLEncoding.DecodeString(strings.Split(second.Delta, ".")[1])
	must(t, err)
	if !strings.Contains(string(delta), `"previous":1`) || strings.Contains(string(delta), now.ID) || strings.Count(string(delta), `"rids":[`) != 1 {
		t.Errorf("delta %s", delta)
	}
	next, err := h.Trust(t.Context(), first.Version)
	if err != nil || next.Delta != second.Delta {
		t.Errorf("the list after the first: %v", err)
	}
}

func (h *house) addKeyOf(by store.Issuer, use string) { h.addKey(by, use, "", h.clock.Now()) }

// A stolen key costs its region and its time; a batch is taken back by its ids
// (rules T44, T45).
func TestAKeyAndABatchAreTakenBackAlone(t *testing.T) { onBoth(t, testAKeyAndABatchAreTakenBackAlone) }

func testAKeyAndABatchAreTakenBackAlone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id, e := h.dosed()
	place := h.PlaceOf(e.Dose.Clinic)
	by := h.issuer("hc1", "", place.Regions[len(place.Regions)-1])
	w := store.Wanted{Person: id, Entry: e.ID, Format: issue.HC1, Batch: "night-1"}
	one, err := h.IssueCredential(t.Context(), by, w)
	must(t, err)
	keys, err := h.IssuerKeys(t.Context())
	must(t, err)
	regional := keys[slices.IndexFunc(keys, func(k store.IssuerKey) bool { return k.Region != "" })].ID
	if one.Key != regional {
		t.Error("the key of the whole country signed where a region has one")
	}
	if n, err := h.RevokeBatch(t.Context(), "night-2"); n != 0 || err != nil {
		t.Errorf("another batch: %d %v", n, err)
	}
	if n, err := h.RevokeBatch(t.Context(), "night-1"); n != 1 || err != nil {
		t.Errorf("the batch: %d %v", n, err)
	}
	two, err := h.IssueCredential(t.Context(), by, w)
	must(t, err)
	trust, _ := h.published()
	if h.verdict(one, trust) != credential.Revoked || h.verdict(two, trust) != "" {
		t.Errorf("one %s, two %s", h.verdict(one, trust), h.verdict(two, trust))
	}
	must(t, h.RevokeKey(t.Context(), regional))
	must(t, h.RevokeKey(t.Context(), regional))
	fresh := h.addKey(by, "hc1", "", h.clock.Now().Add(time.Hour))
	must(t, h.RevokeCredential(t.Context(), id, two.ID, "asked"))
	three, err := h.IssueCredential(t.Context(), by, w)
	must(t, err)
	if three.Key == regional || three.Key == fresh {
		t.Error("a key signed that was revoked, or has not begun")
	}
	trust, _ = h.published()
	if h.verdict(two, trust) != credential.Revoked || h.verdict(three, trust) != "" {
		t.Errorf("two %s, three %s", h.verdict(two, trust), h.verdict(three, trust))
	}
	must(t, h.RetireKey(t.Context(), three.Key))
	h.clock.Add(2 * time.Hour)
	must(t, h.RevokeCredential(t.Context(), id, three.ID, "asked"))
	four, err := h.IssueCredential(t.Context(), by, w)
	if err != nil || four.Key != fresh {
		t.Errorf("after the rotation: %v", err)
	}
}
