package e2e

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

// axe is the accessibility checker that ui/package-lock.json pins. It runs in
// the page through the browser's own tools, which the page's policy on scripts
// does not bind.
var axe = sync.OnceValues(func() (string, error) {
	text, err := os.ReadFile(filepath.Join(repository, "ui/node_modules/axe-core/axe.min.js"))
	return string(text), err
})

// needAxe leaves a test out when the checker was not fetched; CI leaves nothing out.
func needAxe(t *testing.T) {
	t.Helper()
	need(t)
	if _, err := axe(); err != nil {
		say := "axe-core is not there; run: cd ui && npm ci"
		if os.Getenv("CI") != "" {
			t.Fatal(say)
		}
		t.Skip(say)
	}
}

// violation is one rule that a page breaks.
type violation struct {
	ID, Impact, Help string
	Nodes            []string
}

const runAxe = `axe.run(document, { resultTypes: ["violations"] }).then((r) => JSON.stringify(r.violations.map((v) => ({
	ID: v.id, Impact: v.impact, Help: v.help, Nodes: v.nodes.map((n) => n.target.join(" ") + ": " + n.html.slice(0, 140)),
}))))`

// inspect runs the checker on the page and keeps pictures of it at the width of
// a telephone and of a desk. Anything serious or critical fails the test; the
// rest is told.
func inspect(v visit, name string) {
	t := v.on()
	t.Helper()
	d := v.device.(*tab)
	lang := d.ask(`document.documentElement.lang`)
	d.pictures(name + "-" + lang)
	source, err := axe()
	if err != nil {
		t.Logf("%s: not inspected: %v", name, err)
		return
	}
	ctx, cancel := context.WithTimeout(d.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](source)); err != nil {
		t.Fatalf("%s: axe does not load: %v", name, err)
	}
	said, err := chromedp.Run(ctx, chromedp.Evaluate[string](runAxe, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("%s: axe does not run: %v", name, err)
	}
	var found []violation
	if err := json.Unmarshal([]byte(said), &found); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	count := map[string]int{}
	for _, f := range found {
		count[f.Impact]++
		tell := t.Logf
		if f.Impact == "serious" || f.Impact == "critical" {
			tell = t.Errorf
		}
		tell("%s (%s) %s: %s: %s %q", name, lang, f.Impact, f.ID, f.Help, f.Nodes)
	}
	t.Logf("axe %-22s %s %-40s critical %d, serious %d, moderate %d, minor %d", name, lang, path(v),
		count["critical"], count["serious"], count["moderate"], count["minor"])
}

// pictures keeps the page at both widths when pictures are wanted.
func (d *tab) pictures(name string) {
	if os.Getenv("NARU_SCREENSHOTS") == "" {
		return
	}
	d.picture(name + "-phone")
	d.width(1280, 900)
	d.picture(name + "-desk")
	d.width(390, 844)
}

// The checker itself must be able to find something.
func TestAxeFindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	needAxe(t)
	d := phone(t)
	d.open(`data:text/html,<html lang="ko"><title>x</title><main><h1>x</h1><input></main>`)
	source, _ := axe() // needAxe has read it
	d.do(chromedp.Evaluate[chromedp.Void](source))
	said, err := chromedp.Run(d.ctx, chromedp.Evaluate[string](runAxe, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatal(err)
	}
	var found []violation
	if err := json.Unmarshal([]byte(said), &found); err != nil || len(found) == 0 || found[0].Impact != "critical" {
		t.Errorf("a field without a label was not found: %s, %v", said, err)
	}
}
