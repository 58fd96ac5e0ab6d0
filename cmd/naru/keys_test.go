package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestIssuerKeysStayApart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for keys, apart := range map[string]bool{dir: false, filepath.Join(dir, "keys"): false, filepath.Join(dir, "..", "issuer"): true} {
		if err := apartFrom(dir, keys); (err == nil) != apart {
			t.Errorf("%s: %v", keys, err)
		}
	}
	if err := refuseIssuerKeys(dir); err != nil {
		t.Error(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "keys"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "keys", "hc1-x.pem"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := refuseIssuerKeys(dir); err == nil {
		t.Error("a server starts beside a private key")
	}
}
