package credential

import (
	"bytes"
	"strings"
	"testing"

	"naru/internal/cose"
)

// The fuzz targets hold what must be true of any bytes: nothing panics, nothing
// that was not signed is VALID, and what has one form has only that.

func FuzzBase45(f *testing.F) {
	for _, text := range []string{"", "BB8", "%69 VD92EX0", "QED8WEX0", ":::", "GGW", "A"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		b, err := cose.DecodeBase45(text)
		if err == nil && string(cose.AppendBase45(nil, b)) != text {
			t.Fatalf("%q is another form of %x", text, b)
		}
	})
}

func FuzzCBOR(f *testing.F) {
	for _, seed := range []string{"a104f6", "bf041a60903a20ff", "a1390103a101a0", "a104fb41d8240e88200000"} {
		f.Add(fromHex(seed))
	}
	f.Fuzz(func(_ *testing.T, b []byte) {
		_, _ = parseClaims(b)
		_ = CheckSchema(b)
		var d DCC
		_ = decoding.Unmarshal(b, &d)
	})
}

func FuzzCOSE(f *testing.F) {
	i := issueBoth(f)
	packed, _ := cose.DecodeBase45(i.hc1[4:])
	framed, _ := Inflate(packed)
	f.Add(framed)
	f.Add(fromHex("d83dd28443a10126a0404100"))
	f.Add(fromHex("8440a1012640584000"))
	trust := NewTrust(i.key)
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := parseHCERT(b)
		if err != nil {
			return
		}
		if _, err := h.verify(trust, issuedAt, false); err == nil && !bytes.Equal(b, framed) {
			// the same content may be framed in more than one way: tags and heads are not signed
			if !bytes.Contains(b, h.message.payload) || !bytes.Contains(framed, h.message.payload) {
				t.Fatalf("VALID, and nobody signed it: %x", b)
			}
		}
	})
}

func FuzzJWS(f *testing.F) {
	i := issueBoth(f)
	jws, _ := JoinSHC(i.shc)
	f.Add(jws)
	f.Add("eyJhbGciOiJFUzI1NiJ9.e30.AA")
	trust := NewTrust(i.key)
	f.Fuzz(func(t *testing.T, text string) {
		u, err := ParseJWS(text)
		if err != nil {
			return
		}
		if _, err := u.Verify(trust, issuedAt); err == nil && text != jws {
			t.Fatalf("VALID, and nobody signed it: %q", text)
		}
	})
}

func FuzzQRChunks(f *testing.F) {
	f.Add("shc:/5676290952", "shc:/1/2/56")
	f.Add("shc:/2/2/5676", "shc:/1/2/56")
	f.Fuzz(func(t *testing.T, a, b string) {
		jws, err := JoinSHC(a)
		if err == nil && !strings.HasPrefix(a, prefixSHC+"1/1/") && SHCText(jws) != a {
			t.Fatalf("%q is another form of %q", a, SHCText(jws))
		}
		_, _ = JoinSHC(a, b)
	})
}

func FuzzBundle(f *testing.F) {
	f.Add([]byte(`{"keys":[{"kty":"EC","crv":"P-256","kid":"x","x":"AA","y":"AA"}]}`))
	f.Add([]byte(`{"format":"naru-bundle/1","keys":[],"revoked":{"ids":["00"]}}`))
	f.Add([]byte(`[{"kid":"AAAAAAAAAAA=","rawData":"AA=="}]`))
	f.Fuzz(func(t *testing.T, b []byte) {
		trust, _, err := ParseBundle(b)
		if (err == nil) != (trust != nil) {
			t.Fatal("an error and a list together")
		}
	})
}
