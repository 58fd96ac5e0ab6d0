package visit_test

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"
	"time"

	"naru/internal/visit"
)

// What the wallet seals in a browser is opened here (rule V1). The vector is written by
// ui/test/token.test.mjs.
func TestOpensWhatAWalletSealed(t *testing.T) {
	text, err := os.ReadFile("testdata/wallet.json")
	if err != nil {
		t.Fatal(err)
	}
	var v struct {
		Issuer, Handle, Inner, Outer, Token string
		Day                                 visit.Day
		Minute                              time.Time
	}
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	unhex := func(s string) []byte {
		b, err := hex.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	token, err := visit.ParseToken(unhex(v.Token))
	if err != nil {
		t.Fatal(err)
	}
	half, err := token.OpenOuter(unhex(v.Outer))
	if err != nil {
		t.Fatal(err)
	}
	contact, err := half.OpenInner(unhex(v.Inner))
	if err != nil {
		t.Fatal(err)
	}
	if token.Day() != v.Day || hex.EncodeToString(contact.Handle[:]) != v.Handle || !contact.Minute.Equal(v.Minute) || contact.Kind != visit.ByCode {
		t.Errorf("opened %+v on day %d, want %+v", contact, token.Day(), v)
	}
	if err := contact.Usable([]byte(v.Issuer), visit.Visit{Facility: "f", At: v.Minute, Token: token}); err != nil {
		t.Errorf("not usable: %v", err)
	}
	if _, err := token.OpenOuter(unhex(v.Inner)); err == nil {
		t.Error("the wrong custodian opened it")
	}
}
