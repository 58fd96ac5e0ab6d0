package e2e

import (
	"context"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// chromium is started once; every device is a context of its own in it, with
// its own cookies.
var (
	chromium = sync.OnceValues(func() (context.Context, error) {
		all := append(chromedp.DefaultExecAllocatorOptions[:],
			chromedp.NoSandbox, chromedp.DisableGPU, // a container has neither
			chromedp.Flag("disable-quic", true),
			chromedp.Flag("disable-component-update", true),
			chromedp.Flag("lang", "ko-KR"),
			chromedp.WindowSize(390, 844),
		)
		allocator, end := chromedp.NewExecAllocator(context.Background(), all...)
		ctx, _ := chromedp.NewContext(allocator)
		endChromium = func() { _ = chromedp.Cancel(ctx); end() }
		return ctx, chromedp.Do(ctx)
	})
	endChromium = func() {}
)

// tab is a device in Chromium.
type tab struct {
	t         *testing.T
	ctx       context.Context
	noScripts bool
}

// phone is a new device in Chromium with the width of a telephone.
func phone(t *testing.T) *tab {
	t.Helper()
	need(t, "chromium")
	browser, err := chromium()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	d := &tab{t: t, ctx: ctx}
	t.Cleanup(func() {
		if t.Failed() {
			d.picture("failed-" + strings.ReplaceAll(t.Name(), "/", "-"))
			t.Logf("the page at the end: %s", where(d))
		}
		cancel()
	})
	d.do(chromedp.Steps()) // opens the tab; only later acts have a deadline
	d.width(390, 844)
	return d
}

// plainPhone is a phone whose pages run no scripts.
func plainPhone(t *testing.T) *tab {
	t.Helper()
	d := phone(t)
	d.noScripts = true
	if _, err := chromedp.Call(d.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *tab) on() *testing.T { return d.t }
func (d *tab) scripted() bool { return !d.noScripts }

// do runs actions; the first call opens the tab and must not end by itself.
func (d *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	d.t.Helper()
	if err := chromedp.Do(d.ctx, steps...); err != nil {
		d.t.Fatalf("chromium: %v; %s", err, where(d))
	}
}

func (d *tab) soon(steps ...chromedp.Action[chromedp.Void]) error {
	ctx, cancel := context.WithTimeout(d.ctx, patience)
	defer cancel()
	return chromedp.Do(ctx, steps...)
}

func (d *tab) width(w, h int64) { d.t.Helper(); d.do(chromedp.EmulateViewport(w, h)) }

func (d *tab) open(url string) {
	d.t.Helper()
	if err := d.soon(chromedp.Navigate(url)); err != nil {
		d.t.Fatalf("open %s: %v", url, err)
	}
}

func (d *tab) click(css string) {
	d.t.Helper()
	if err := d.soon(chromedp.Click(chromedp.CSS(css))); err != nil {
		d.t.Fatalf("click %s: %v; %s", css, err, where(d))
	}
}

// press marks the page that is left, so that the next one is not mistaken for it.
func (d *tab) press(css string) {
	d.t.Helper()
	d.ask(`window.left = "left"`)
	d.click(css)
	d.loads(css)
}

// loads waits until another page than the marked one has loaded.
func (d *tab) loads(after string) {
	d.t.Helper()
	until(d.t, patience, "a page loads after "+after, func() bool {
		return d.ask(`window.left ?? document.readyState`) == "complete"
	})
}

func (d *tab) fill(css, text string) {
	d.t.Helper()
	if err := d.soon(chromedp.SendKeys(chromedp.CSS(css), text)); err != nil {
		d.t.Fatalf("fill %s: %v; %s", css, err, where(d))
	}
}

func (d *tab) ask(expression string) string {
	ctx, cancel := context.WithTimeout(d.ctx, 5*time.Second)
	defer cancel()
	said, err := chromedp.Run(ctx, chromedp.Evaluate[string](expression))
	if err != nil {
		return "" // the page is changing
	}
	return said
}

// before runs a script in every page before the page's own.
func (d *tab) before(script string) {
	d.t.Helper()
	if _, err := chromedp.Call(d.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script}); err != nil {
		d.t.Fatal(err)
	}
}

// picture keeps a picture of the page when NARU_SCREENSHOTS names a folder.
func (d *tab) picture(name string) {
	dir := os.Getenv("NARU_SCREENSHOTS")
	if dir == "" {
		return
	}
	ctx, cancel := context.WithTimeout(d.ctx, patience)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.MkdirAll(dir, 0o750)
	}
	if err == nil {
		err = os.WriteFile(dir+"/"+name+".png", png, 0o600)
	}
	if err != nil {
		d.t.Logf("no picture %s: %v", name, err)
	}
}
