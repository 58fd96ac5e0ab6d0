package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// device is a browser of somebody's own: its cookies are nobody else's. Its acts
// fail the test when they cannot be done.
type device interface {
	// open goes to an address and returns when the page has loaded.
	open(url string)
	// press clicks what leads to another page and returns when that has loaded.
	press(css string)
	// click clicks what stays on the page.
	click(css string)
	// fill types into an empty field.
	fill(css, text string)
	// ask evaluates an expression in the page; "" while the page is changing.
	// It works while the page's own scripts are off.
	ask(expression string) string
	// scripted tells whether the page's own scripts run.
	scripted() bool
	// on is the test it belongs to.
	on() *testing.T
}

func quote(s string) string {
	text, _ := json.Marshal(s) // a string always can
	return string(text)
}

// text is what an element says, with its spaces made plain; "" when it is absent.
func text(d device, css string) string {
	return strings.Join(strings.Fields(d.ask(`document.querySelector(`+quote(css)+`)?.innerText ?? ""`)), " ")
}

func has(d device, css string) bool {
	return d.ask(`String(document.querySelector(`+quote(css)+`) !== null)`) == "true"
}

// data is a data attribute of the waiting page.
func data(d device, name string) string {
	return d.ask(`document.getElementById("wait")?.dataset.` + name + ` ?? ""`)
}

func path(d device) string { return d.ask(`location.pathname`) }

// arrives waits until the page's path ends in one of the endings.
func arrives(d device, endings ...string) {
	d.on().Helper()
	until(d.on(), patience, fmt.Sprintf("the page %q comes; this is %s", endings, where(d)), func() bool {
		for _, ending := range endings {
			if strings.HasSuffix(path(d), ending) && d.ask(`document.readyState`) == "complete" {
				return true
			}
		}
		return false
	})
}

// where describes the page for a test that failed.
func where(d device) string {
	body := text(d, "main")
	return path(d) + ": " + body[:min(len(body), 700)]
}

// shows fails unless an element's text contains the words.
func shows(d device, css string, words ...string) {
	d.on().Helper()
	said := text(d, css)
	for _, w := range words {
		if !strings.Contains(said, w) {
			d.on().Errorf("%s: %s should say %q; it says %q", path(d), css, w, said[:min(len(said), 500)])
		}
	}
}

// hides fails when the page contains one of the words anywhere, also unseen.
func hides(d device, words ...string) {
	d.on().Helper()
	source := d.ask(`document.documentElement.outerHTML`)
	for _, w := range words {
		if strings.Contains(source, w) {
			d.on().Errorf("%s must not contain %q", path(d), w)
		}
	}
}

// choose takes an option of a list as a hand would: the list hears of it.
func choose(d device, css, value string) {
	d.on().Helper()
	done := d.ask(`(() => {
		const list = document.querySelector(` + quote(css) + `);
		if (![...list.options].some((o) => o.value === ` + quote(value) + `)) return "no such option";
		list.value = ` + quote(value) + `;
		list.dispatchEvent(new Event("change", { bubbles: true }));
		return "done";
	})()`)
	if done != "done" {
		d.on().Fatalf("%s: choose %s in %s: %s", path(d), value, css, done)
	}
}

// watch counts the changes of the region that screen readers hear.
const watch = `window.announced = 0;
	window.watchedFrom = performance.now();
	new MutationObserver(() => { window.announced++; }).observe(document.getElementById("live"), { childList: true, characterData: true, subtree: true });
	"watching"`
