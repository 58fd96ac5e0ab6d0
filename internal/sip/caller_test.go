package sip_test

import (
	"bytes"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"naru/internal/sip"
	"naru/internal/visit"
)

func headers(t testing.TB, lines ...string) *gosip.Request {
	t.Helper()
	req := gosip.NewRequest(gosip.INVITE, gosip.Uri{User: "0801234567", Host: "naru.example"})
	for _, l := range lines {
		name, value, _ := strings.Cut(l, ": ")
		req.AppendHeader(gosip.NewHeader(name, value))
	}
	return req
}

func TestWhoCalls(t *testing.T) {
	t.Parallel()
	const from = "From: <sip:0211112222@x>;tag=1"
	for name, c := range map[string]struct {
		lines  []string
		number string // of a listed carrier; "": withheld
	}{
		"asserted":                 {[]string{"P-Asserted-Identity: <sip:+821000001234@c>", from}, "821000001234"},
		"asserted, with a comma":   {[]string{`P-Asserted-Identity: "Kim, \"<sip:0100@x>\"" <sip:01000001234@c>`, from}, "821000001234"},
		"asserted twice":           {[]string{"P-Asserted-Identity: <sip:carrier.example>, <tel:+82-10-0000-1234;ext=1>", from}, "821000001234"},
		"asserted as user=phone":   {[]string{"P-Asserted-Identity: sip:+821000001234;phone-context=x:p@c;user=phone", from}, "821000001234"},
		"an older header":          {[]string{"Remote-Party-ID: <sip:01000001234@c>;party=calling;privacy=off", from}, "821000001234"},
		"the newer header wins":    {[]string{"Remote-Party-ID: <sip:01099999999@c>", "P-Asserted-Identity: <sip:01000001234@c>"}, "821000001234"},
		"only From":                {[]string{from}, "82211112222"},
		"from abroad":              {[]string{"P-Asserted-Identity: <tel:+12025550100>"}, "12025550100"},
		"asserted to be nobody":    {[]string{"P-Asserted-Identity: <sip:anonymous@anonymous.invalid>", from}, ""},
		"anonymous":                {[]string{"From: \"Anonymous\" <sip:anonymous@anonymous.invalid>;tag=1"}, ""},
		"private, though asserted": {[]string{"P-Asserted-Identity: <sip:01000001234@c>", "Privacy: critical; id"}, ""},
		"private in the older way": {[]string{"Remote-Party-ID: <sip:01000001234@c>; privacy = \"full\"", from}, ""},
		"not private":              {[]string{"P-Asserted-Identity: <sip:01000001234@c>", "Privacy: none"}, "821000001234"},
		"a carrier's prefix":       {[]string{"P-Asserted-Identity: <sip:0011234567890@c>"}, ""},
		"longer than a header":     {[]string{"P-Asserted-Identity: \"" + strings.Repeat("a", 2000) + "\" <sip:01000001234@c>"}, ""},
		"letters":                  {[]string{"P-Asserted-Identity: <sip:kim@c>"}, ""},
		"nothing at all":           {nil, ""},
	} {
		got, known := sip.CallerOf(headers(t, c.lines...), true)
		if known != (c.number != "") || known && got != (visit.Caller{Number: c.number, Proven: true}) {
			t.Errorf("%s: %+v, %v", name, got, known)
		}
	}
	got, known := sip.CallerOf(headers(t, "P-Asserted-Identity: <sip:01000001234@c>", from), false)
	if !known || got != (visit.Caller{Number: "82211112222"}) {
		t.Errorf("a stranger asserted: %+v, %v", got, known)
	}
}

func TestNumbersAreOfOneForm(t *testing.T) {
	t.Parallel()
	for dialled, want := range map[string]string{
		"01000001234": "821000001234", "+82-10-0000-1234": "821000001234", "1000001234": "821000001234",
		"0801234567": "82801234567", "140012": "82140012", "+1 (202) 555-0100": "12025550100",
		"+8201000001234": "", "": "", "+": "", "0": "", "001112345678": "", "1#2": "", "+0123456789": "", strings.Repeat("1", 65): "",
	} {
		if got, ok := sip.Number(dialled, "82", "0"); ok != (want != "") || ok && got != want {
			t.Errorf("%q: %q, %v, want %q", dialled, got, ok, want)
		}
	}
}

func FuzzCallerOf(f *testing.F) {
	f.Add("P-Asserted-Identity", `"Kim, \"x\"" <sip:+821000001234@c>, tel:0100000;a=b`, true)
	f.Add("Remote-Party-ID", `<sip:01000001234@c>;privacy="full"`, true)
	f.Add("Privacy", "id;critical", false)
	f.Add("From", "<sip:010:secret@c>;tag=1", false)
	f.Fuzz(func(t *testing.T, name, value string, listed bool) {
		req := gosip.NewRequest(gosip.INVITE, gosip.Uri{})
		req.AppendHeader(gosip.NewHeader(name, value))
		if c, known := sip.CallerOf(req, listed); known && (c.Valid() != nil || c.Proven != listed) {
			t.Errorf("%s: %s is taken for %+v", name, value, c)
		}
	})
}

func FuzzParseSDP(f *testing.F) {
	f.Add([]byte("v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\nc=IN IP4 192.0.2.9\r\nm=video 1 RTP/AVP 99\r\nm=audio 4000 RTP/AVP 18 8\r\na=recvonly\r\n"))
	f.Add([]byte("v=0\nc=IN IP6 2001:db8::1\nm=audio 1 RTP/AVP 0\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		to, payload, answer, err := sip.ParseSDP(body)
		if err != nil {
			return
		}
		if !to.IsValid() || to.Port() == 0 || to.Addr().IsMulticast() || payload != 0 && payload != 8 {
			t.Errorf("%q: %v, %d", body, to, payload)
		}
		// The answer has a line for each that was offered, and one that is not refused.
		if n := strings.Count("\n"+string(answer), "\nm="); n != strings.Count("\n"+strings.ReplaceAll(string(body), "\r\n", "\n"), "\nm=") {
			t.Errorf("%q is answered %q", body, answer)
		}
		if strings.Count(string(answer), "a=rtpmap") != 1 {
			t.Errorf("%q is answered %q", body, answer)
		}
	})
}

func TestALawIsCloseToMuLaw(t *testing.T) {
	t.Parallel()
	// Points of ITU-T G.711: silence (there are two in µ-law), and both ends of the range.
	got := sip.ALaw([]byte{0xff, 0x7f, 0x80, 0x00})
	if want := []byte{0xd5, 0xd5, 0xaa, 0x2a}; !bytes.Equal(got, want) {
		t.Errorf("% x, want % x", got, want)
	}
	for i, s := range sip.Sentences() {
		if len(s) < 2*8000 || len(s) > 8*8000 || bytes.Count(s, []byte{0xff}) > len(s)/2 {
			t.Errorf("sentence %d has %d bytes, or is silent", i, len(s))
		}
	}
}

func TestASourceIsBounded(t *testing.T) {
	t.Parallel()
	now := monday
	trunk := netip.MustParseAddr("192.0.2.1")
	g := sip.NewGauge(sip.Trunks{{Addresses: []netip.Prefix{netip.PrefixFrom(trunk, 32)}}}, func() time.Time { return now })
	admitted := func(from func(i int) netip.Addr, n int) (count int) {
		for i := range n {
			if g.Admit(from(i)) {
				count++
			}
		}
		return count
	}
	one := func(int) netip.Addr { return netip.MustParseAddr("203.0.113.1") }
	if n := admitted(one, 1000); n != 20 {
		t.Errorf("%d messages of one stranger", n)
	}
	now = now.Add(time.Second)
	if n := admitted(one, 1000); n != 10 {
		t.Errorf("%d messages of one stranger in the next second", n)
	}
	now = now.Add(time.Minute)
	lines := func(i int) netip.Addr {
		return netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, 14: byte(i >> 8), 15: byte(i)})
	}
	if n := admitted(lines, 1000); n != 20 {
		t.Errorf("%d messages of one stranger's network", n)
	}
	now = now.Add(time.Minute)
	many := func(i int) netip.Addr { return netip.AddrFrom4([4]byte{198, 18, byte(i >> 8), byte(i)}) }
	if n := admitted(many, 60_000); n != 400 {
		t.Errorf("%d messages of many strangers", n)
	}
	if n := admitted(func(int) netip.Addr { return trunk }, 1000); n != 1000 {
		t.Errorf("the carrier got %d in", n)
	}
	for range 1000 {
		now = now.Add(time.Second)
		admitted(many, 300)
	}
	if g.Sources() > 4096 {
		t.Errorf("%d sources are remembered", g.Sources())
	}
}

func TestTheListOfCarriers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		must(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	write("secret", "a long password\n")
	ts, err := sip.ReadTrunks(write("good", `trunks:
  - name: first
    addresses: [203.0.113.8, "2001:db8:5060::/48"]
  - name: second
    addresses: [198.51.100.0/28]
    user: naru
    password_file: secret
    algorithm: MD5
`))
	if err != nil || len(ts) != 2 || ts[1].Password != "a long password" || ts[1].Algorithm != "MD5" ||
		!ts[0].Addresses[0].Contains(netip.MustParseAddr("203.0.113.8")) || ts[0].Addresses[0].Contains(netip.MustParseAddr("203.0.113.9")) {
		t.Errorf("%+v, %v", ts, err)
	}
	for name, text := range map[string]string{
		"everybody":     "trunks: [{name: a, addresses: [0.0.0.0/0]}]",
		"nobody":        "trunks: [{name: a, addresses: []}]",
		"a name":        "trunks: [{name: a, addresses: [sip.example]}]",
		"no whole net":  "trunks: [{name: a, addresses: [203.0.113.8/28]}]",
		"unknown key":   "trunks: [{name: a, addresses: [203.0.113.8], trust: all}]",
		"no password":   "trunks: [{name: a, addresses: [203.0.113.8], user: b, password_file: none, algorithm: MD5}]",
		"a weak digest": "trunks: [{name: a, addresses: [203.0.113.8], user: b, password_file: secret, algorithm: CRC}]",
		"nothing":       "",
	} {
		if ts, err := sip.ReadTrunks(write("bad", text)); err == nil {
			t.Errorf("%s: %+v", name, ts)
		}
	}
}
