package peers

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"naru/internal/credential"
)

// asked and answer are what goes to tools/peers/peer.mjs and comes back.
type asked struct {
	Kid         string            `json:"kid"`
	Certificate string            `json:"certificate"`
	Private     string            `json:"private"`
	JWK         map[string]string `json:"jwk"`
	Issuer      string            `json:"issuer"`
	Now         time.Time         `json:"now"`
	DCC         credential.DCC    `json:"dcc"`
	VC          json.RawMessage   `json:"vc"`
	HC1         []string          `json:"hc1"`
	SHC         []string          `json:"shc"`
}

type read struct{ Status, Name string }

type answer struct {
	HC1       []read `json:"hc1"`
	SHC       []read `json:"shc"`
	SignedHC1 string `json:"signed_hc1"`
	SignedSHC string `json:"signed_shc"`
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// keys are one key as an HC1 signer with a certificate and as a card issuer.
type keys struct {
	key      *ecdsa.PrivateKey
	der      []byte
	hc1, shc credential.Signer
	kid      []byte
	issuer   string // https address of the cards, where the keys are served
	roots    string // file of the certificate of that server
}

func newKeys(t *testing.T, now time.Time) keys {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	k := keys{key: key}
	template := x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{Country: []string{"KR"}}, NotBefore: now.AddDate(0, -1, 0), NotAfter: now.AddDate(1, 0, 0)}
	k.der, err = x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key)
	must(t, err)
	k.hc1, err = credential.NewSigner(key, credential.CertificateKid(k.der))
	must(t, err)
	k.kid, err = credential.Thumbprint(&key.PublicKey)
	must(t, err)
	k.shc, err = credential.NewSigner(key, k.kid)
	must(t, err)
	k.serve(t)
	return k
}

// serve hands out the card keys as an issuer must: peers fetch them from its address.
func (k *keys) serve(t *testing.T) {
	t.Helper()
	set, err := json.Marshal(map[string]any{"keys": []any{k.jwk(t)}})
	must(t, err)
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/.well-known/jwks.json" {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(set) // the reader may be gone
	}))
	t.Cleanup(server.Close)
	k.issuer, k.roots = server.URL, filepath.Join(t.TempDir(), "roots.pem")
	must(t, os.WriteFile(k.roots, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600))
}

func (k keys) jwk(t *testing.T) map[string]string {
	t.Helper()
	point, err := k.key.PublicKey.Bytes()
	must(t, err)
	e := base64.RawURLEncoding
	return map[string]string{"kty": "EC", "kid": e.EncodeToString(k.kid), "use": "sig", "alg": "ES256", "crv": "P-256", "x": e.EncodeToString(point[1:33]), "y": e.EncodeToString(point[33:])}
}

func dcc() credential.DCC {
	return credential.DCC{
		Version: "1.3.0", Born: "1965-03-02", Name: credential.Name{Family: "뷁", FamilyStandard: "BWEK", Given: "나루", GivenStandard: "NARU"},
		Vaccinations: []credential.Vaccination{{
			Target: "840539006", Prophylaxis: "1119349007", Product: "EU/1/20/1528", Manufacturer: "ORG-100030215", Dose: 2, Doses: 2,
			Date: "2021-08-20", Country: "KR", Issuer: "KDCA", ID: "URN:UVCI:01:KR:0123456789ABCDEF",
		}},
	}
}

// broken changes the last signs: the signature is another.
func broken(text string) string {
	last := "0000"
	if strings.HasSuffix(text, last) {
		last = "1111"
	}
	return text[:len(text)-4] + last
}

// TestPeersAgree: what either side signs, the other verifies; what was changed, neither.
func TestPeersAgree(t *testing.T) {
	if os.Getenv("NARU_PEERS") == "" {
		t.Skip("LEFT OUT: make peers fetches the peers from npm and runs it")
	}
	now := time.Now().UTC().Truncate(time.Second)
	k := newKeys(t, now)
	hc1, err := credential.IssueHC1(k.hc1, credential.HC1{Issuer: "KR", IssuedAt: now.Add(-time.Minute), Expires: now.AddDate(1, 0, 0), DCC: dcc()})
	must(t, err)
	bundle, err := credential.ImmunizationBundle(credential.Patient{Family: "뷁", Given: "나루", Born: "1965-03-02"}, []credential.Immunization{
		{CodeSystem: "http://hl7.org/fhir/sid/cvx", Code: "208", Date: "2021-08-20", Lot: "L1", Performer: "Mock clinic"},
	})
	must(t, err)
	jws, err := credential.IssueSHC(k.shc, credential.SHC{Issuer: k.issuer, NotBefore: now.Add(-time.Minute), RevocationID: "r1", Types: []string{credential.TypeImmunization, credential.TypeCOVID19}, Bundle: bundle})
	must(t, err)
	got := ask(t, k, asked{Now: now, HC1: []string{hc1, broken(hc1)}, SHC: []string{credential.SHCText(jws), broken(credential.SHCText(jws))}, VC: vc(t, bundle)})

	if len(got.HC1) != 2 || got.HC1[0] != (read{"verified", "뷁나루"}) || got.HC1[1].Status == "verified" {
		t.Errorf("@pathcheck/dcc-sdk says of ours and of a changed one: %+v", got.HC1)
	}
	if len(got.SHC) != 2 || got.SHC[0] != (read{"verified", "뷁"}) || got.SHC[1].Status == "verified" {
		t.Errorf("@pathcheck/shc-sdk says of ours and of a changed one: %+v", got.SHC)
	}
	trust := credential.NewTrust(
		credential.Key{Kid: k.hc1.Kid, Public: &k.key.PublicKey, Usage: credential.UseHC1},
		credential.Key{Kid: k.kid, Public: &k.key.PublicKey, Usage: credential.UseCard, Issuer: k.issuer},
	)
	for name, text := range map[string]string{"@pathcheck/dcc-sdk": got.SignedHC1, "@pathcheck/shc-sdk": got.SignedSHC} {
		if reason := verdict(text, trust, now); reason != "" {
			t.Errorf("what %s signed is %s here: %s", name, reason, text)
		}
		if reason := verdict(broken(text), trust, now); reason == "" {
			t.Errorf("what %s signed is believed after a change", name)
		}
	}
	t.Log("2 peers: 2 of ours verified there, 2 changed ones refused there, 2 of theirs verified here, 2 changed ones refused here")
}

func vc(t *testing.T, bundle json.RawMessage) json.RawMessage {
	t.Helper()
	b, err := json.Marshal(map[string]any{
		"type":              []string{credential.TypeHealthCard, credential.TypeImmunization, credential.TypeCOVID19},
		"credentialSubject": map[string]any{"fhirVersion": "4.0.1", "fhirBundle": bundle},
	})
	must(t, err)
	return b
}

func verdict(text string, trust *credential.Trust, now time.Time) credential.Reason {
	u, err := credential.Parse(text)
	if err == nil {
		_, err = u.Verify(trust, now.Add(time.Minute))
	}
	return credential.ReasonOf(err)
}

func ask(t *testing.T, k keys, a asked) answer {
	t.Helper()
	private, err := x509.MarshalPKCS8PrivateKey(k.key)
	must(t, err)
	d, err := k.key.Bytes()
	must(t, err)
	std := base64.StdEncoding
	a.Kid, a.Certificate, a.Private = std.EncodeToString(k.hc1.Kid), std.EncodeToString(k.der), std.EncodeToString(private)
	a.Issuer, a.DCC = k.issuer, dcc()
	a.JWK = k.jwk(t)
	a.JWK["d"] = base64.RawURLEncoding.EncodeToString(d)
	question, err := json.Marshal(a)
	must(t, err)
	cmd := exec.CommandContext(t.Context(), "node", "peer.mjs")
	cmd.Dir, cmd.Stdin = "../../tools/peers", bytes.NewReader(question)
	cmd.Env = append(os.Environ(), "NODE_EXTRA_CA_CERTS="+k.roots)
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("node: %v\n%s", err, complaints.String())
	}
	var got answer
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("%v in %.200s\n%s", err, out, complaints.String())
	}
	if testing.Verbose() {
		t.Logf("what the peers complained of (the changed ones):\n%.500s", complaints.String())
	}
	return got
}
