package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"testing"
	"time"

	"naru/examples"
	"naru/internal/bundle"
	"naru/internal/caldate"
	"naru/internal/cose"
	"naru/internal/credential"
	"naru/internal/pass"
	"naru/internal/rulebook"
)

// door is everything around a scanner: a server of the program, a static host of bundles
// before it, an issuer, and people with phones.
type door struct {
	t       *testing.T
	server  *server
	front   *httptest.Server
	lists   cose.Signer
	passes  cose.Signer
	abroad  cose.Signer
	phone   *ecdsa.PrivateKey
	public  string // the key of bundles, as it is published
	file    []byte // the bundle
	started time.Time
}

// revokedID is that of the pass which the bundle takes back.
var revokedID = pass.ID{9}

func key(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func signer(t *testing.T, kid string) (cose.Signer, map[string]any) {
	t.Helper()
	k := key(t)
	s, err := cose.NewSigner(k, []byte(kid))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := k.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	e := base64.RawURLEncoding
	return s, map[string]any{
		"kid": base64.StdEncoding.EncodeToString([]byte(kid)), "kty": "EC", "crv": "P-256",
		"x": e.EncodeToString(raw[1:33]), "y": e.EncodeToString(raw[33:]), "public": e.EncodeToString(raw),
	}
}

// newDoor publishes a bundle issued some time ago, and starts the server behind it.
func newDoor(t *testing.T, age time.Duration) *door {
	t.Helper()
	need(t, "chromium")
	d := &door{t: t, phone: key(t), started: time.Now()}
	var list, issuer, abroad map[string]any
	d.lists, list = signer(t, "lists---")
	d.passes, issuer = signer(t, "passes--")
	d.abroad, abroad = signer(t, "abroad--")
	issuer["for"], abroad["for"], abroad["issuer"] = []string{bundle.ForPasses}, []string{"v", "t", "r"}, "DE"
	d.public, _ = list["public"].(string)
	trust, err := json.Marshal(map[string]any{"format": "naru-bundle/1", "keys": []any{issuer, abroad}})
	if err != nil {
		t.Fatal(err)
	}
	d.file, err = bundle.Seal(d.lists, bundle.Content{
		Version: 7, Issued: d.started.Add(-age), GoodUntil: d.started.AddDate(0, 0, 30), Trust: trust, Rules: rulesOfToday(t),
		Revoked: bundle.Revoked{IDs: []string{hex.EncodeToString(revokedID[:])}},
	})
	if err != nil {
		t.Fatal(err)
	}
	d.server = &server{t: t, data: t.TempDir()}
	d.server.args = []string{"serve", "--development", "--data", d.server.data}
	d.server.start("127.0.0.1:0")
	back, err := url.Parse(d.server.url)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/", httputil.NewSingleHostReverseProxy(back))
	mux.HandleFunc("/bundle/latest", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(d.file) })
	mux.HandleFunc("/bundle/key", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(d.public)) })
	d.front = httptest.NewServer(mux)
	t.Cleanup(d.front.Close)
	return d
}

// rulesOfToday are Korea's rules without their end: the pass is asked for in restaurants
// now, whenever now is.
func rulesOfToday(t *testing.T) json.RawMessage {
	t.Helper()
	s, err := rulebook.Parse(examples.VaccinePassYAML, []string{"ko", "en"})
	if err != nil {
		t.Fatal(err)
	}
	for i := range s.Requirements {
		if r := &s.Requirements[i]; r.Until.Equal(time.Date(2022, 3, 1, 0, 0, 0, 0, time.FixedZone("", 9*3600))) {
			r.Until = time.Time{}
		}
	}
	s.Gatherings = nil
	text, err := s.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// gone ends the server and everything before it, as in an outage.
func (d *door) gone() {
	d.t.Helper()
	d.server.kill()
	d.front.CloseClientConnections()
	d.front.Close()
}

func (d *door) day(ago int) caldate.Date {
	return caldate.Of(time.Now(), time.FixedZone("", 9*3600)).AddDays(-ago)
}

// shows is the text on a phone whose owner had their second dose so many days ago.
func (d *door) shows(id pass.ID, ago int, s pass.Shown) string {
	d.t.Helper()
	p, err := pass.VaccinationOn(2, 2, d.day(ago))
	if err != nil {
		d.t.Fatal(err)
	}
	holder, err := pass.HolderKeyOf(&d.phone.PublicKey)
	if err != nil {
		d.t.Fatal(err)
	}
	c, err := pass.Issue(d.passes, id, holder, p)
	if err != nil {
		d.t.Fatal(err)
	}
	if s.Time.IsZero() {
		s.Time = time.Now()
	}
	text, err := pass.Present(d.phone, c, s)
	if err != nil {
		d.t.Fatal(err)
	}
	return text
}

// abroadName is whom the foreign certificate names.
const abroadName = "Musterfrau"

// european is an EU certificate on paper.
func (d *door) european() string {
	d.t.Helper()
	text, err := credential.IssueHC1(d.abroad, credential.HC1{
		Issuer: "DE", IssuedAt: d.started.AddDate(0, 0, -30), Expires: d.started.AddDate(1, 0, 0),
		DCC: credential.DCC{
			Version: "1.3.0", Born: "1984-05-06",
			Name: credential.Name{Family: abroadName, FamilyStandard: "MUSTERFRAU", Given: "Erika", GivenStandard: "ERIKA"},
			Vaccinations: []credential.Vaccination{{
				Target: "840539006", Prophylaxis: "1119349007", Product: "EU/1/20/1528", Manufacturer: "ORG-100030215",
				Dose: 2, Doses: 2, Date: d.day(60).String(), Country: "DE", Issuer: "Robert Koch-Institut", ID: "URN:UVCI:01:DE:TEST1234",
			}},
		},
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return text
}
