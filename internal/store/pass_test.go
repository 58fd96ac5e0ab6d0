package store_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"reflect"
	"testing"
	"time"

	"naru/examples"
	"naru/internal/bundle"
	"naru/internal/fault"
	"naru/internal/incident"
	"naru/internal/pass"
	"naru/internal/record"
	"naru/internal/rulebook"
	"naru/internal/store"
)

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	return k
}

// phone makes the keys of a load.
func phone(t testing.TB, n int) (keys []pass.HolderKey, private []*ecdsa.PrivateKey) {
	t.Helper()
	for range n {
		k := newKey(t)
		public, err := pass.HolderKeyOf(&k.PublicKey)
		must(t, err)
		keys, private = append(keys, public), append(private, k)
	}
	return keys, private
}

// bundled makes a bundle and opens it as a scanner does.
func (h *house) bundled(floor uint64) *bundle.Bundle {
	h.t.Helper()
	key := newKey(h.t)
	made, err := h.MakeBundle(h.t.Context(), key, store.NewBundle{Good: 30 * 24 * time.Hour})
	must(h.t, err)
	version, file, err := h.Bundle(h.t.Context(), 0)
	must(h.t, err)
	b, err := bundle.Open(file, floor, &key.PublicKey)
	must(h.t, err)
	if b.Version != made.Version || version != int64(b.Version) { //nolint:gosec // small
		h.t.Errorf("version %d, %d and %d", b.Version, made.Version, version)
	}
	return b
}

func (h *house) shown(b *bundle.Bundle, p store.LoadedPass, n int, key *ecdsa.PrivateKey) pass.Reason {
	h.t.Helper()
	opened := pass.Opened{Salt: p.Salts[n], Name: p.Name, Born: p.Born}
	text, err := pass.Present(key, p.Credentials[n], pass.Shown{Time: h.clock.Now(), Opening: &opened})
	must(h.t, err)
	u, err := pass.Parse(text)
	must(h.t, err)
	_, err = u.Verify(b.PassTrust(), pass.Check{Now: h.clock.Now()})
	return pass.ReasonOf(err)
}

func TestAWalletLoadsOnce(t *testing.T) { onBoth(t, testAWalletLoadsOnce) }

func testAWalletLoadsOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id, e := h.dosed()
	keys, private := phone(t, store.MaxPassKeys)
	load := store.PassLoad{Entry: e.ID, Keys: keys}
	if _, err := h.LoadPass(t.Context(), id, load); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("nobody signs passes: %v", err)
	}
	by := h.issuer(store.PassUse, "")
	for range 2 { // asked again, it waits where it was
		if p, err := h.LoadPass(t.Context(), id, load); err != nil || p.Ready || p.Ahead != 0 || len(p.Credentials) > 0 {
			t.Errorf("before it is signed: %+v, %v", p, err)
		}
	}
	if n, err := h.SignPasses(t.Context(), store.Issuer{}, 10); n != 0 || err != nil {
		t.Errorf("without a key: %d, %v", n, err)
	}
	if n, err := h.SignPasses(t.Context(), by, 10); n != 1 || err != nil {
		t.Errorf("signed: %d, %v", n, err)
	}
	p, err := h.LoadPass(t.Context(), id, load)
	must(t, err)
	again, err := h.LoadPass(t.Context(), id, load)
	must(t, err)
	if !p.Ready || len(p.Credentials) != len(keys) || !reflect.DeepEqual(p, again) {
		t.Fatalf("ready %v, %d credentials", p.Ready, len(p.Credentials))
	}
	b := h.bundled(1)
	for n, key := range private {
		if reason := h.shown(b, p, n, key); reason != "" {
			t.Errorf("credential %d: %s", n, reason)
		}
	}
	if reason := h.shown(b, p, 0, private[1]); reason != pass.HolderSignature {
		t.Errorf("by another key: %q", reason)
	}
	for n := range p.Salts[1:] {
		if p.Salts[n] == p.Salts[n+1] {
			t.Error("two credentials share a salt")
		}
	}
}

func TestWhatIsNotLoaded(t *testing.T) { onBoth(t, testWhatIsNotLoaded) }

func testWhatIsNotLoaded(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id, e := h.dosed()
	h.issuer(store.PassUse, "")
	keys, _ := phone(t, 1)
	many := make([]pass.HolderKey, store.MaxPassKeys+1)
	for name, c := range map[string]struct {
		load store.PassLoad
		want fault.Code
	}{
		"no key":            {store.PassLoad{Entry: e.ID}, fault.Invalid},
		"too many keys":     {store.PassLoad{Entry: e.ID, Keys: many}, fault.Invalid},
		"an unknown entry":  {store.PassLoad{Entry: "none", Keys: keys}, fault.NotFound},
		"young, and is not": {store.PassLoad{Entry: store.YoungEntry, Keys: keys}, fault.Invalid},
	} {
		if _, err := h.LoadPass(t.Context(), id, c.load); fault.CodeOf(err) != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}

// What is corrected, and the oldest of too many loads, is taken back in the next bundle.
func TestPassesAreTakenBack(t *testing.T) { onBoth(t, testPassesAreTakenBack) }

func testPassesAreTakenBack(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id, e := h.dosed()
	by := h.issuer(store.PassUse, "")
	var loaded []store.LoadedPass
	var private []*ecdsa.PrivateKey
	for range 4 {
		keys, k := phone(t, 2)
		_, err := h.LoadPass(t.Context(), id, store.PassLoad{Entry: e.ID, Keys: keys})
		must(t, err)
		_, err = h.SignPasses(t.Context(), by, 10)
		must(t, err)
		p, err := h.LoadPass(t.Context(), id, store.PassLoad{Entry: e.ID, Keys: keys})
		must(t, err)
		loaded, private = append(loaded, p), append(private, k[0])
		h.clock.Add(2 * time.Second)
	}
	b := h.bundled(0)
	for n, want := range []pass.Reason{pass.Revoked, "", "", ""} {
		if reason := h.shown(b, loaded[n], 0, private[n]); reason != want {
			t.Errorf("load %d: %q, want %q", n, reason, want)
		}
	}
	_, c := h.signedIn()
	_, err := h.CorrectRecord(t.Context(), c, id, e.ID, record.Fact{}, record.WrongPerson, doseKey+"9")
	must(t, err)
	if b = h.bundled(2); h.shown(b, loaded[3], 0, private[3]) != pass.Revoked || len(b.Revoked.IDs) != 8 {
		t.Errorf("after the correction %d are revoked", len(b.Revoked.IDs))
	}
}

func TestTheBundleHoldsWhatScannersNeed(t *testing.T) { onBoth(t, testTheBundleHoldsWhatScannersNeed) }

func testTheBundleHoldsWhatScannersNeed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	if _, _, err := h.Bundle(t.Context(), 0); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("before there is one: %v", err)
	}
	set, err := rulebook.Parse(examples.VaccinePassYAML, []string{"ko", "en"})
	must(t, err)
	for range 2 {
		if version, err := h.PublishRules(t.Context(), set); version != 1 || err != nil {
			t.Errorf("rules %d: %v", version, err)
		}
	}
	set.ID = "changed"
	if version, err := h.PublishRules(t.Context(), set); version != 2 || err != nil {
		t.Errorf("rules %d: %v", version, err)
	}
	_, c := h.signedIn()
	says := incident.Text{"ko": "종이 증명서로 확인해 주세요.", "en": "Check paper certificates."}
	i, err := h.DeclareIncident(t.Context(), c, store.Said{Channels: []incident.Channel{"wallet"}, Degree: incident.Down, Says: says})
	must(t, err)
	mode := incident.Mode{Channel: "wallet", Accept: []incident.Means{incident.PaperProof}, Says: says}
	i, err = h.AllowMeanwhile(t.Context(), c, i.ID, mode)
	must(t, err)
	b := h.bundled(1)
	if b.Rules() == nil || b.Rules().ID != "changed" || len(b.Modes) != 1 || b.Modes[0].Says["en"] != says["en"] {
		t.Errorf("rules %v, modes %v", b.Rules(), b.Modes)
	}
	h.clock.Add(time.Minute)
	_, err = h.EndMeanwhile(t.Context(), c, i.ID, b.Modes[0].ID)
	must(t, err)
	if b = h.bundled(2); len(b.Modes) != 0 {
		t.Errorf("a mode that is over: %v", b.Modes)
	}
	over, err := h.UpdateIncident(t.Context(), c, i.ID, store.Said{Degree: incident.Working, Says: says})
	must(t, err)
	if over.Ended.IsZero() || len(over.Updates) != 2 {
		t.Errorf("ended: %+v", over)
	}
	if _, err := h.UpdateIncident(t.Context(), c, i.ID, store.Said{Degree: incident.Down, Says: says}); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("after its end: %v", err)
	}
	if _, err := h.UpdateIncident(t.Context(), c, "none", store.Said{Degree: incident.Down, Says: says}); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("of none: %v", err)
	}
	c.Grants = nil
	if _, err := h.DeclareIncident(t.Context(), c, store.Said{Channels: []incident.Channel{"wallet"}, Degree: incident.Down, Says: says}); fault.CodeOf(err) != fault.Forbidden {
		t.Errorf("without the permission: %v", err)
	}
	all, err := h.Incidents(t.Context())
	must(t, err)
	if len(all) != 1 {
		t.Errorf("%d incidents", len(all))
	}
}
