package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rsc.io/qr"

	"naru/internal/credential"
)

// issueForTest returns the text of a dose and a bundle that knows its signer.
func issueForTest(t *testing.T) (text, bundle string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s, err := credential.NewSigner(key, []byte("12345678"))
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2021, 12, 1, 0, 0, 0, 0, time.UTC)
	text, err = credential.IssueHC1(s, credential.HC1{Issuer: "KR", IssuedAt: at, Expires: at.AddDate(1, 0, 0), DCC: credential.DCC{
		Version: "1.3.0", Born: "1965-03-02", Name: credential.Name{FamilyStandard: "KIM"},
		Recoveries: []credential.Recovery{{Target: "840539006", Positive: "2021-11-01", Country: "KR", Issuer: "Mock agency", From: "2021-11-11", Until: "2022-05-01", ID: "URN:UVCI:01:KR:1"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	point, err := key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	e := base64.RawURLEncoding
	file := fmt.Sprintf(`{"format":"naru-bundle/1","keys":[{"kty":"EC","crv":"P-256","kid":%q,"x":%q,"y":%q,"for":["r"],"issuer":"KR"}]}`,
		e.EncodeToString(s.Kid), e.EncodeToString(point[1:33]), e.EncodeToString(point[33:]))
	bundle = filepath.Join(t.TempDir(), "bundle.json")
	if err := os.WriteFile(bundle, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	return text, bundle
}

func TestVerifyFromTheCommandLine(t *testing.T) {
	t.Parallel()
	text, bundle := issueForTest(t)
	code, err := qr.Encode(text, qr.L)
	if err != nil {
		t.Fatal(err)
	}
	picture := filepath.Join(t.TempDir(), "code.png")
	if err := os.WriteFile(picture, code.PNG(), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args   []string
		stdin  string
		status int
		reason string
	}{
		"valid":                {[]string{"--bundle", bundle, text}, "", 0, ""},
		"a picture":            {[]string{"--bundle", bundle, picture}, "", 0, ""},
		"the standard input":   {[]string{"--bundle", bundle, "-"}, text + "\n", 0, ""},
		"a picture there":      {[]string{"--bundle", bundle, "-"}, string(code.PNG()), 0, ""},
		"no bundle":            {[]string{text}, "", 3, "unknown_key"},
		"expired":              {[]string{"--bundle", bundle, "--at", "2022-12-02T00:00:00Z", text}, "", 1, "expired"},
		"a wrong clock":        {[]string{"--bundle", bundle, "--at", "2021-11-01 12:00", text}, "", 3, "not_yet"},
		"changed":              {[]string{"--bundle", bundle, text[:len(text)-4] + "0000"}, "", 1, "malformed"},
		"rules of a later day": {[]string{"--bundle", bundle, "--rules", "kr-2021", text}, "", 3, "unknown_rules"},
		"not a file":           {[]string{filepath.Join("no", "such.png")}, "", 2, ""},
		"no such bundle":       {[]string{"--bundle", "none.json", text}, "", 2, ""},
		"a time that is none":  {[]string{"--at", "yesterday", text}, "", 2, ""},
	} {
		var out, errs bytes.Buffer
		env := &Env{Stdout: &out, Stderr: &errs, Stdin: strings.NewReader(c.stdin), Now: func() time.Time { return time.Date(2021, 12, 13, 0, 0, 0, 0, time.UTC) }}
		status := run(env, append([]string{"verify", "--json"}, c.args...))
		var got judged
		if status != StatusUsage {
			if err := json.Unmarshal(out.Bytes(), &got); err != nil {
				t.Errorf("%s: %v: %s", name, err, out.String())
			}
		}
		if status != c.status || string(got.Reason) != c.reason || (got.Certificate != nil) != (status == 0) || got.Reason != "" && got.WhatToDo == "" {
			t.Errorf("%s: status %d, %s %s", name, status, out.String(), errs.String())
		}
	}
}
