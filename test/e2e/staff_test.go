package e2e

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// adminLink is what naru admin create prints: the way in for an administrator.
func (s *server) adminLink(name string) string {
	s.t.Helper()
	said, err := s.command("admin", "create", name, "--data", s.data, "--json").Output()
	if err != nil {
		s.t.Fatalf("naru admin create: %v\n%s", err, said)
	}
	var link struct{ Link string }
	if err := json.Unmarshal(said, &link); err != nil || !strings.Contains(link.Link, "/staff/enter#") {
		s.t.Fatalf("naru admin create said %s (%v)", said, err)
	}
	return link.Link
}

// authenticator gives the tab a device that holds passkeys and verifies its user.
func (d *tab) authenticator() webauthn.AuthenticatorID {
	d.t.Helper()
	if _, err := chromedp.Call(d.ctx, webauthn.Enable, webauthn.EnableParams{}); err != nil {
		d.t.Fatal(err)
	}
	made, err := chromedp.Call(d.ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: "ctap2", Transport: "internal", HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
	}})
	if err != nil {
		d.t.Fatal(err)
	}
	return made.AuthenticatorID
}

// putBack gives the device a passkey as it was at an earlier time, and no other.
func (d *tab) putBack(device webauthn.AuthenticatorID, key *webauthn.Credential) {
	d.t.Helper()
	if _, err := chromedp.Call(d.ctx, webauthn.ClearCredentials, webauthn.ClearCredentialsParams{AuthenticatorID: device}); err != nil {
		d.t.Fatal(err)
	}
	// Written out, because the typed form names a kind of key that the device refuses.
	again := cdp.Command[map[string]any, cdp.Empty]{Method: webauthn.CommandAddCredential}
	if _, err := chromedp.Call(d.ctx, again, map[string]any{"authenticatorId": device, "credential": map[string]any{
		"credentialId": key.CredentialID, "isResidentCredential": true, "rpId": key.RpID, "privateKey": key.PrivateKey,
		"userHandle": key.UserHandle, "signCount": key.SignCount,
	}}); err != nil {
		d.t.Fatal(err)
	}
}

// The printed link brings an administrator in; a passkey that they make there signs
// them in the next time, and no longer once they have removed it, nor when it is a copy
// of one that was used since.
func TestStaffSignInWithAPasskey(t *testing.T) {
	t.Parallel()
	s := demo(t)
	d := phone(t)
	d.width(1180, 820)
	device := d.authenticator()
	d.open(s.adminLink("한 관리자"))
	if code := d.ask(`document.getElementById("f-code").value`); len(code) != 43 {
		t.Fatalf("the code of the link is not in its field: %q", code)
	}
	if at := d.ask(`location.href`); strings.Contains(at, "#") {
		t.Errorf("the code stays in the address: %s", at)
	}
	inspect(visit{device: d, server: s}, "staff-enter")
	d.press(`form[data-code-from-address] button`)
	inspect(visit{device: d, server: s}, "staff-home")
	d.open(s.url + "/staff/me")
	d.press(`form[data-passkey] button`)
	until(t, patience, "the passkey is listed", func() bool { return d.ask(`String(document.querySelectorAll("button[name=key]").length)`) == "1" })
	inspect(visit{device: d, server: s}, "staff-me")

	out := func() {
		d.open(s.url + "/staff")
		d.press(`form[action="/staff/leave"] button`)
	}
	in := func() string {
		d.open(s.url + "/staff/enter")
		d.ask(`window.left = "left"`)
		d.click(`form[data-passkey] button`)
		until(t, patience, "the passkey was taken or refused", func() bool {
			return d.ask(`window.left ?? document.readyState`) == "complete" || d.ask(`document.querySelector("[role=status]").textContent`) != ""
		})
		return d.ask(`location.pathname`)
	}
	out()
	early, err := chromedp.Call(d.ctx, webauthn.GetCredentials, webauthn.GetCredentialsParams{AuthenticatorID: device})
	if err != nil || len(early.Credentials) != 1 {
		t.Fatalf("the device holds %+v, %v", early, err)
	}
	for range 2 {
		if at := in(); at != "/staff" {
			t.Fatalf("the passkey led to %s: %s", at, d.ask(`document.body.innerText`))
		}
		out()
	}
	d.putBack(device, early.Credentials[0]) // somebody has a copy of the key as it was
	if at := in(); at == "/staff" {
		t.Error("a copied passkey came in")
	}
	d.open(s.adminLink("한 관리자"))
	d.press(`form[data-code-from-address] button`)
	for path, name := range map[string]string{"/staff/people": "staff-people", "/staff/audit": "staff-audit", "/staff/gates": "staff-gates"} {
		d.open(s.url + path)
		inspect(visit{device: d, server: s}, name)
	}
}

// A passkey that its holder has removed signs nobody in.
func TestARemovedPasskeySignsNobodyIn(t *testing.T) {
	t.Parallel()
	s := demo(t)
	d := phone(t)
	d.authenticator()
	d.open(s.adminLink("한 관리자"))
	d.press(`form[data-code-from-address] button`)
	d.open(s.url + "/staff/me")
	d.press(`form[data-passkey] button`)
	until(t, patience, "the passkey is listed", func() bool { return d.ask(`String(document.querySelectorAll("button[name=key]").length)`) == "1" })
	d.press(`button[name=key]`)
	d.open(s.url + "/staff")
	d.press(`form[action="/staff/leave"] button`)
	d.press(`form[data-passkey] button`)
	if at := d.ask(`location.pathname + " " + document.getElementById("alert").innerText`); !strings.Contains(at, "이 패스키로는") {
		t.Errorf("it led to %s", at)
	}
}
