package e2e

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"

	"naru/internal/caldate"
	"naru/internal/pass"
	register "naru/internal/visit"
)

// walletShift moves the clock of the wallet's pages; and what is read aloud is kept.
const walletShift = `{
	const real = Date.now.bind(Date);
	Date.now = () => real() + Number(localStorage.getItem("e2e-shift") ?? 0);
	if (window.speechSynthesis) speechSynthesis.speak = (u) => { window.spoken = u.lang + ": " + u.text; };
}`

// wallet is a phone on which nothing is loaded yet, before an issuer.
type wallet struct {
	visit
	tab    *tab
	issuer *issuer
	shift  time.Duration
}

func newWallet(t *testing.T, d *tab) *wallet {
	t.Helper()
	s := &server{t: t, data: t.TempDir()}
	s.args = []string{"serve", "--development", "--data", s.data}
	s.start("127.0.0.1:0")
	i := newIssuer(t, s)
	today := caldate.Of(time.Now(), korea)
	dose, err := pass.VaccinationOn(2, 2, today.AddDays(-10))
	ok(t, err)
	dose.Ends = today.AddDays(171).At(0, 0, korea) // 24:00 of the 170th day
	i.name, i.born, i.proofs = "가상일", "1965-03-09", []pass.Proof{dose}
	d.before(walletShift)
	return &wallet{visit: visit{device: d, server: &server{t: t, url: i.url}}, tab: d, issuer: i}
}

func (w *wallet) now() time.Time { return time.Now().Add(w.shift) }

// code is the text of the code on the screen.
func (w *wallet) code() string {
	return w.ask(`document.getElementById("code")?.dataset.text ?? ""`)
}

// verifies takes the code on the screen as a scanner would.
func (w *wallet) verifies(nonce []byte) pass.Verified {
	t := w.on()
	t.Helper()
	var v pass.Verified
	err := error(nil)
	until(t, patience, "a code comes that is good now", func() bool {
		var u pass.Unverified
		if u, err = pass.Parse(w.code()); err == nil {
			v, err = u.Verify(w.issuer.trust, pass.Check{Now: w.now(), Nonce: nonce})
		}
		return err == nil
	})
	return v
}

func (w *wallet) loads() {
	w.on().Helper()
	w.issuer.with(func() { w.issuer.proven = true })
	w.click(`#load button`)
	until(w.on(), patience, "it is loaded", func() bool { return has(w, `#show:not([hidden])`) && w.code() != "" })
}

// keeps waits until the browser can open the wallet without a server.
func (w *wallet) keeps() {
	w.on().Helper()
	until(w.on(), patience, "the service workers keep the wallet", func() bool {
		return w.ask(`navigator.serviceWorker.getRegistrations().then((all) => window.active = String(all.filter((r) => r.active?.state === "activated").length)), window.active`) == "2"
	})
}

// A person loads once, in the line of first loading, and shows a code that turns, that
// Go verifies, and whose visit token two custodians open.
func TestWalletLoadsAndTurns(t *testing.T) {
	t.Parallel()
	needAxe(t)
	w := newWallet(t, phone(t))
	w.open(w.at("/wallet"))
	w.click(`#load button`)
	until(t, patience, "identity is asked for", func() bool { return has(w, `#prove:not([hidden])`) })
	inspect(w.visit, "wallet-empty")
	w.issuer.with(func() { w.issuer.proven, w.issuer.ahead = true, 1234 })
	w.click(`#load button`)
	until(t, patience, "the line is told", func() bool { return text(w, "#line") != "" && has(w, `#load button:disabled`) })
	until(t, patience, "it is loaded", func() bool { return has(w, `#show:not([hidden])`) && w.code() != "" })
	shows(w, "#word", "2차 접종")
	shows(w, "#holder", "가상일")
	inspect(w.visit, "wallet-shown")

	v := w.verifies(nil)
	if _, opened := v.Person(); opened {
		t.Error("the name is in the code though nobody asked for it")
	}
	w.opens(v)
	first := w.code()
	until(t, patience, "the code turns", func() bool { return w.code() != first })
	again := w.verifies(nil)
	if bytes.Equal(v.Token(), again.Token()) || again.ID() != v.ID() {
		t.Error("a turn must seal the token anew and keep the day's credential")
	}

	w.click(`#f-name`)
	until(t, patience, "the name is in the code", func() bool {
		who, opened := w.verifies(nil).Person()
		return opened && who.Name == "가상일" && who.Born == "1965-03-09"
	})
	w.fill("#f-digits", "123456")
	w.click(`#ask button`)
	until(t, patience, "the digits are in", func() bool { return has(w, `#answers:not([hidden])`) })
	sum := sha256.Sum256([]byte("naru/nonce/1123456"))
	w.verifies(sum[:8])
	w.click("#speak")
	until(t, patience, "it is read aloud", func() bool {
		return w.ask(`window.spoken?.startsWith("ko: 가상일. 2차 접종") ? "yes" : window.spoken ?? ""`) == "yes"
	})
	shows(w, "#said", "2차 접종", "지금은")

	w.tab.width(360, 740)
	if wide := w.ask(`String(document.documentElement.scrollWidth)`); wide != "360" {
		t.Errorf("the page is %s px wide on a phone of 360", wide)
	}
	_, err := chromedp.Call(w.tab.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-reduced-motion", Value: "reduce"}}})
	ok(t, err)
	if got := w.ask(`getComputedStyle(document.querySelector("#frame .run")).animationName + " " + getComputedStyle(document.querySelector("#frame .step")).display`); got != "none inline" {
		t.Errorf("with reduced motion the frame is %q", got)
	}
	at := `document.querySelector("#frame .step").getAttribute("cx") + document.querySelector("#frame .step").getAttribute("cy")`
	before := w.ask(at)
	until(t, patience, "the mark steps", func() bool { return w.ask(at) != before })
}

// opens opens the visit token as the custodians would.
func (w *wallet) opens(v pass.Verified) {
	t := w.on()
	t.Helper()
	token, err := register.ParseToken(v.Token())
	ok(t, err)
	half, err := token.OpenOuter(w.issuer.outer)
	ok(t, err)
	contact, err := half.OpenInner(w.issuer.inner)
	ok(t, err)
	if apart := w.now().Sub(contact.Minute).Abs(); apart > 2*time.Minute {
		t.Errorf("the minute in the token is %s off", apart)
	}
}

// Two people on one phone; the browser loses one part or everything, and says so.
func TestWalletOfTwoPeopleAndItsLoss(t *testing.T) {
	t.Parallel()
	need(t, "chromium")
	w := newWallet(t, phone(t))
	w.open(w.at("/wallet"))
	w.loads()
	w.issuer.with(func() {
		w.issuer.name, w.issuer.born = "가상이", "2001-01-02"
		w.issuer.proofs = append(w.issuer.proofs, pass.TestNoticed(pass.PCR, time.Now().Add(-time.Hour)))
	})
	w.click(`#load button`)
	until(t, patience, "the second is shown", func() bool { return text(w, "#holder") == "가상이" })
	shows(w, "#people", "가상일", "가상이")
	w.tab.pictures("wallet-two-ko")
	w.click(`#proofs button:last-child`)
	until(t, patience, "the test is shown", func() bool { return text(w, "#word") == "PCR 음성" && w.verifies(nil).Kind() == pass.Test })
	w.click(`#people button:last-child`)
	until(t, patience, "the first is shown again", func() bool { return text(w, "#holder") == "가상일" })
	w.verifies(nil)

	w.ask(`new Promise((yes) => { const o = indexedDB.open("naru-wallet"); o.onsuccess = () => {
		const tx = o.result.transaction("people", "readwrite"); tx.objectStore("people").delete("가상이|2001-01-02"); tx.oncomplete = () => { window.removed = "yes"; yes(); };
	}; }), ""`)
	until(t, patience, "one person is gone", func() bool { return w.ask(`window.removed ?? ""`) == "yes" })
	w.open(w.at("/wallet"))
	until(t, patience, "the loss is told", func() bool { return has(w, `#lost-part:not([hidden])`) })
	w.verifies(nil) // what is left still works

	_, err := chromedp.Call(w.tab.ctx, storage.ClearDataForOrigin, storage.ClearDataForOriginParams{Origin: w.issuer.url, StorageTypes: "indexeddb,local_storage,cache_storage,service_workers"})
	ok(t, err)
	w.prefix = "/en"
	w.open(w.at("/wallet"))
	until(t, patience, "the loss of everything is told", func() bool { return has(w, `#lost-all:not([hidden])`) })
	shows(w, "#lost", "deleted all proofs", "paper QR code", "ID")
	inspect(w.visit, "wallet-lost")
}

// For 180 days the wallet is opened at noon, and nothing asks the server, which is gone.
// Another key is used each day, and what ends is told 14, 7 and 1 days before.
func TestWalletAsksNobodyFor180Days(t *testing.T) {
	t.Parallel()
	need(t, "chromium")
	w := newWallet(t, phone(t))
	w.open(w.at("/wallet"))
	w.loads()
	w.keeps()
	w.issuer.with(func() { w.issuer.gone = true })
	before := w.issuer.count()
	today := caldate.Of(time.Now(), korea)
	ids := map[pass.ID]bool{}
	warned := map[int]string{}
	for day := 1; day <= 180; day++ {
		w.shift = time.Until(today.AddDays(day).At(12, 0, korea))
		w.ask(fmt.Sprintf(`localStorage.setItem("e2e-shift", "%d"), ""`, w.shift.Milliseconds()))
		w.prefix = []string{"", "/en"}[day%2]
		w.open(w.at("/wallet"))
		if day > 170 {
			until(t, patience, "the end is told", func() bool { return w.ask(`document.getElementById("pass")?.dataset.kind`) == "ended" })
			continue
		}
		v := w.verifies(nil)
		ids[v.ID()] = true
		if has := v.Token() != nil; has != (day < 30) {
			t.Errorf("day %d: a visit token is there: %t; handles came for 30 days", day, has)
		}
		warned[day] = text(w, "#warn")
	}
	if len(ids) != 30 {
		t.Errorf("%d credentials were used in 170 days, want 30", len(ids))
	}
	for day, want := range map[int]string{155: "", 156: "14일 뒤", 163: "7 day(s) left", 169: "1 day(s) left", 170: "밤 12시"} {
		if said := warned[day]; want == "" && said != "" || !bytes.Contains([]byte(said), []byte(want)) {
			t.Errorf("day %d: it says %q, want %q", day, said, want)
		}
	}
	if after := w.issuer.count(); after != before {
		t.Errorf("%d requests came to the server, want 0", after-before)
	}
}

// The browser is closed and started again with the server gone.
func TestWalletAfterARestart(t *testing.T) {
	t.Parallel()
	need(t, "chromium")
	profile := t.TempDir()
	d, end := ownBrowser(t, profile)
	w := newWallet(t, d)
	w.open(w.at("/wallet"))
	w.loads()
	w.keeps()
	w.issuer.with(func() { w.issuer.gone = true })
	end()
	d, _ = ownBrowser(t, profile)
	w.tab, w.device = d, d
	w.open(w.at("/wallet"))
	w.verifies(nil)
	shows(w, "#word", "2차 접종")
	if lost := w.ask(`document.getElementById("wallet").dataset.lost`); lost != "none" {
		t.Errorf("after a restart it says that %q is lost", lost)
	}
}

// ownBrowser is a Chromium with a profile on disk.
func ownBrowser(t *testing.T, profile string) (*tab, func()) {
	t.Helper()
	allocator, stop := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("disable-quic", true), chromedp.Flag("lang", "ko-KR"), chromedp.UserDataDir(profile))...)
	ctx, _ := chromedp.NewContext(allocator)
	d := &tab{t: t, ctx: ctx}
	d.do(chromedp.Steps())
	ended := false
	end := func() {
		if !ended {
			ended = true
			_ = chromedp.Cancel(ctx) // closes it as a person would
			stop()
		}
	}
	t.Cleanup(end)
	return d, end
}
