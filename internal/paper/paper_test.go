package paper_test

import (
	"bytes"
	"compress/zlib"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"image"
	"image/color"
	"image/png"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"naru/examples"
	"naru/internal/agency"
	"naru/internal/credential"
	"naru/internal/i18n"
	"naru/internal/paper"
	"naru/internal/scan"
)

var now = time.Date(2021, 12, 13, 3, 0, 0, 0, time.UTC)

// issuer is a key, and the list on which it stands.
type issuer struct {
	t      *testing.T
	signer credential.Signer
	trust  *credential.Trust
}

func newIssuer(t *testing.T) issuer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	kid, err := credential.Thumbprint(&key.PublicKey)
	must(t, err)
	signer, err := credential.NewSigner(key, kid)
	must(t, err)
	use := credential.UseHC1 | credential.UseExemption | credential.UseCard
	return issuer{t, signer, credential.NewTrust(credential.Key{Kid: kid, Public: &key.PublicKey, Usage: use})}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

const uvci = "URN:UVCI:01:KR:0123456789ABCDEF0123456789ABCDEF"

func (i issuer) hc1(name credential.Name, edit func(*credential.DCC)) string {
	i.t.Helper()
	d := credential.DCC{Version: "1.3.0", Name: name, Born: "1965-03-02"}
	edit(&d)
	text, err := credential.IssueHC1(i.signer, credential.HC1{Issuer: "KR", IssuedAt: now.Add(-time.Hour), Expires: now.AddDate(1, 0, 0), DCC: d})
	must(i.t, err)
	return text
}

func dose(d *credential.DCC) {
	d.Vaccinations = []credential.Vaccination{{
		Target: "840539006", Prophylaxis: "1119349007", Product: "EU/1/20/1528", Manufacturer: "ORG-100030215", Dose: 2, Doses: 2,
		Date: "2021-08-20", Country: "KR", Issuer: "질병관리청 (모의)", ID: uvci,
	}}
}

func (i issuer) card(doses int) string {
	i.t.Helper()
	all := make([]credential.Immunization, doses)
	for n := range all {
		all[n] = credential.Immunization{CodeSystem: "http://hl7.org/fhir/sid/cvx", Code: "208", Date: "2021-0" + strconv.Itoa(n+1) + "-20", Lot: "EW00" + strconv.Itoa(n), Performer: "mock-0001"}
	}
	bundle, err := credential.ImmunizationBundle(credential.Patient{Family: "뷁", Given: "햏쀓", Born: "1965-03-02"}, all)
	must(i.t, err)
	jws, err := credential.IssueSHC(i.signer, credential.SHC{
		Issuer: "https://shc.example.org/issuer", NotBefore: now.Add(-time.Hour), RevocationID: "r1",
		Types: []string{credential.TypeImmunization, credential.TypeCOVID19}, Bundle: bundle,
	})
	must(i.t, err)
	return jws
}

func words(t *testing.T, lang string) paper.Words {
	t.Helper()
	a, err := agency.Load(examples.AgencyYAML)
	must(t, err)
	c, err := i18n.New()
	must(t, err)
	return paper.Words{Lang: lang, Agency: a, Catalogue: c, Mock: true}
}

var rare = credential.Name{Family: "뷁", FamilyStandard: "BWELK", Given: "햏쀓", GivenStandard: "HAETPPUET"}

// samples are one certificate of each kind.
func samples(t *testing.T) map[string]paper.Certificate {
	t.Helper()
	i := newIssuer(t)
	texts := map[string]string{
		"vaccination": i.hc1(rare, dose),
		"test": i.hc1(rare, func(d *credential.DCC) {
			d.Tests = []credential.Test{{Target: "840539006", Type: "LP6464-4", Sampled: "2021-12-12T01:00:00Z", Result: "260415000", Centre: "one", Country: "KR", Issuer: "KDCA", ID: uvci}}
		}),
		"recovery": i.hc1(rare, func(d *credential.DCC) {
			d.Recoveries = []credential.Recovery{{Target: "840539006", Positive: "2021-10-01", Country: "KR", Issuer: "KDCA", From: "2021-10-12", Until: "2022-03-30", ID: uvci}}
		}),
		"exemption": i.hc1(rare, func(d *credential.DCC) {
			d.Exemptions = []credential.Exemption{{Target: "840539006", From: "2021-10-01", Until: "2022-03-30", Country: "KR", Issuer: "KDCA", ID: uvci}}
		}),
		"card":         i.card(2),
		"card of five": i.card(5),
	}
	all := map[string]paper.Certificate{}
	for name, text := range texts {
		c, err := paper.Read(text, i.trust, now)
		must(t, err)
		all[name] = c
	}
	return all
}

// What is on paper is what was signed: the code in the file of each form, in each
// language, is read by another program's reader and is the certificate (rule T60).
func TestTheCodeOnPaperIsTheCertificate(t *testing.T) {
	t.Parallel()
	for name, c := range samples(t) {
		for _, lang := range i18n.Required {
			if lang != "ko" && name != "vaccination" {
				continue // the code is the same in each language
			}
			w := words(t, lang)
			for _, form := range paper.Forms {
				file, err := c.PDF(form, w, now)
				must(t, err)
				keep(t, name+"-"+lang+"-"+string(form)+".pdf", file)
				read, err := scan.Codes(picture(t, file))
				if err != nil || len(read) != 1 || read[0] != c.Text() {
					t.Errorf("%s, %s, %s: read %.60q, %v", name, lang, form, read, err)
				}
				if again, err := c.PDF(form, w, now); err != nil || !bytes.Equal(file, again) {
					t.Errorf("%s, %s, %s: the same certificate is another file, %v", name, lang, form, err)
				}
			}
		}
	}
}

// keep writes the files where somebody asks to look at them.
func keep(t *testing.T, name string, file []byte) {
	t.Helper()
	if dir := os.Getenv("NARU_PAPER_KEEP"); dir != "" {
		must(t, os.WriteFile(dir+"/"+strings.ReplaceAll(name, " ", "-"), file, 0o600))
	}
}

var (
	stream = regexp.MustCompile(`(?s)stream\r?\n(.*?)\r?\nendstream`)
	box    = regexp.MustCompile(`(?m)^([\d.]+) ([\d.]+) m\n([\d.]+) ([\d.]+) l\n([\d.]+) ([\d.]+) l$`)
)

// picture paints the boxes of the file's pages: what of a page is no letter.
func picture(t *testing.T, file []byte) []byte {
	t.Helper()
	var page []byte
	for _, m := range stream.FindAllSubmatch(file, -1) {
		z, err := zlib.NewReader(bytes.NewReader(m[1]))
		if err != nil {
			continue
		}
		raw, err := io.ReadAll(z)
		must(t, err)
		if box.Match(raw) {
			page = raw
		}
	}
	const dots = 3 // a point
	img := image.NewGray(image.Rect(0, 0, 600*dots, 850*dots))
	for i := range img.Pix {
		img.Pix[i] = 255
	}
	for _, m := range box.FindAllSubmatch(page, -1) {
		var at [6]int
		for i := range at {
			f, err := strconv.ParseFloat(string(m[i+1]), 64)
			must(t, err)
			at[i] = int(f*dots + .5)
		}
		top := 849*dots - max(at[1], at[5])
		for y := top; y < top+max(at[1], at[5])-min(at[1], at[5]); y++ {
			for x := at[0]; x < at[2]; x++ {
				img.SetGray(x, y, color.Gray{})
			}
		}
	}
	var b bytes.Buffer
	must(t, png.Encode(&b, img))
	return b.Bytes()
}

// What a certificate says is said in the reader's words (rule T61).
func TestLines(t *testing.T) {
	t.Parallel()
	all := samples(t)
	for _, c := range []struct{ sample, lang, title, says string }{
		{"vaccination", "ko", "예방접종 증명서", "이름: 뷁햏쀓|로마자 이름: BWELK, HAETPPUET|생년월일: 1965. 3. 2.(화)|감염병: 코로나19(COVID-19)|백신: 화이자(코미나티)|차수: 2차 (전체 2차)|접종일: 2021. 8. 20.(금)|발급한 곳: 질병관리청 (모의)|증명서 번호: " + uvci},
		{"vaccination", "en", "Vaccination certificate", "Name: 뷁햏쀓|Vaccine: Pfizer-BioNTech (Comirnaty)|Dose: 2 of 2|Country: KR"},
		{"test", "ko", "검사 음성 증명서", "검사 방법: PCR|결과: 음성|2021. 12. 12.(일) 10:00"},
		{"recovery", "en", "Certificate of recovery", "Counts from: |Counts until: "},
		{"exemption", "ko", "접종 예외 증명서", "인정 시작: 2021. 10. 1.(금)"},
		{"card", "en", "Vaccination certificate", "Name: 뷁햏쀓|Dose 1: Pfizer-BioNTech (Comirnaty), |Dose 2: |Issued by: https://shc.example.org/issuer"},
	} {
		w := words(t, c.lang)
		var b strings.Builder
		for _, l := range all[c.sample].Lines(w) {
			b.WriteString(l.Term + ": " + l.Value + "\n")
		}
		if got := all[c.sample].Title(w); got != c.title {
			t.Errorf("%s: title %q", c.sample, got)
		}
		for _, want := range strings.Split(c.says, "|") {
			if !strings.Contains(b.String(), want) {
				t.Errorf("%s in %s: no %q in\n%s", c.sample, c.lang, want, b.String())
			}
		}
		if strings.Contains(b.String(), "⟦") {
			t.Errorf("%s in %s: a message is missing:\n%s", c.sample, c.lang, b.String())
		}
	}
}

// A name that the font cannot print is printed in the letters of passports (rule T62).
func TestANameInOtherLettersIsPrintedInThoseOfPassports(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	for family, printed := range map[string]bool{"鄭": false, "홍𠀀": false, "Åström-Žižek": true, "ㄱ": true} {
		text := i.hc1(credential.Name{Family: family, FamilyStandard: "ABC", Given: "D", GivenStandard: "D"}, dose)
		c, err := paper.Read(text, i.trust, now)
		must(t, err)
		terms := map[string]string{}
		for _, l := range c.Lines(words(t, "en")) {
			terms[l.Term] = l.Value
		}
		if _, there := terms["Name"]; there != printed || terms["Name in passport letters"] != "ABC, D" {
			t.Errorf("%s: %v", family, terms)
		}
		if _, err := c.PDF(paper.Card, words(t, "en"), now); err != nil {
			t.Error(err)
		}
	}
}

// What is not verified is not drawn (rule T60).
func TestOnlyWhatIsVerifiedIsDrawn(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	text := i.hc1(rare, dose)
	revoked := newIssuer(t)
	taken := revoked.hc1(rare, dose)
	revoked.trust.RevokeID(uvci)
	for _, c := range []struct {
		text  string
		trust *credential.Trust
		at    time.Time
		want  credential.Reason
	}{
		{text, credential.NewTrust(), now, credential.UnknownKey},
		{text, i.trust, now.AddDate(2, 0, 0), credential.Expired},
		{text[:len(text)-6] + "AAAAAA", i.trust, now, credential.Malformed},
		{taken, revoked.trust, now, credential.Revoked},
		{"eyJ.x.y", i.trust, now, credential.Malformed},
		{"", i.trust, now, credential.Malformed},
	} {
		if _, err := paper.Read(c.text, c.trust, c.at); credential.ReasonOf(err) != c.want {
			t.Errorf("%.20q: %v, not %s", c.text, err, c.want)
		}
	}
	c, err := paper.Read(text, i.trust, now)
	must(t, err)
	if _, err := c.PDF("a5", words(t, "ko"), now); err == nil {
		t.Error("a form that there is not was drawn")
	}
}
