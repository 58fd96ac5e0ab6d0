package audit_test

import (
	"crypto/ed25519"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"naru/internal/audit"
)

func TestASignedHeadIsOfItsKeyAlone(t *testing.T) {
	t.Parallel()
	key, other := ed25519.NewKeyFromSeed(make([]byte, 32)), ed25519.NewKeyFromSeed([]byte(strings.Repeat("x", 32)))
	s := audit.Sign(key, audit.Head{Chain: "c", Seq: 7, At: time.Unix(100, 5), Hash: audit.Hash{1}})
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var read audit.Signed
	if err := json.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	public, _ := key.Public().(ed25519.PublicKey)
	strange, _ := other.Public().(ed25519.PublicKey)
	if !read.By(public) || read.By(strange) {
		t.Errorf("%s: by its key %v, by another %v", text, read.By(public), read.By(strange))
	}
	for name, change := range map[string]func(*audit.Signed){
		"chain": func(s *audit.Signed) { s.Chain = "d" }, "seq": func(s *audit.Signed) { s.Seq = 8 },
		"at": func(s *audit.Signed) { s.At = s.At.Add(time.Second) }, "hash": func(s *audit.Signed) { s.Hash[31] = 1 },
	} {
		forged := read
		if change(&forged); forged.By(public) {
			t.Errorf("another %s is signed as well", name)
		}
	}
	for _, bad := range []string{`{}`, `[]`, strings.Replace(string(text), `"seq":7`, `"seq":0`, 1), strings.Replace(string(text), "head/1", "head/2", 1), string(text[:40])} {
		if json.Unmarshal([]byte(bad), &read) == nil {
			t.Errorf("%s was read", bad)
		}
	}
}

func FuzzSigned(f *testing.F) {
	key := ed25519.NewKeyFromSeed(make([]byte, 32))
	text, err := json.Marshal(audit.Sign(key, audit.Head{Chain: "c", Seq: 1}))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	public, _ := key.Public().(ed25519.PublicKey)
	f.Fuzz(func(t *testing.T, text []byte) {
		var s audit.Signed
		if json.Unmarshal(text, &s) == nil && s.By(public) && (s.Chain != "c" || s.Seq != 1) {
			t.Errorf("%q is taken as signed", text)
		}
	})
}
