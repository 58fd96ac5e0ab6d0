package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// window is a device in Firefox, a browser process of its own.
type window struct {
	t *testing.T
	m *marionette
}

// preferences keep Firefox off the network and let it choose a free port.
const preferences = `
user_pref("marionette.port", 0);
user_pref("app.update.disabledForTesting", true);
user_pref("app.normandy.enabled", false);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("browser.startup.page", 0);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("extensions.update.enabled", false);
user_pref("intl.accept_languages", "ko-KR, ko");
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("toolkit.telemetry.enabled", false);
`

// firefox starts Firefox with an empty profile.
func firefox(t *testing.T) *window {
	t.Helper()
	need(t, "firefox-esr")
	profile := t.TempDir()
	if err := os.WriteFile(filepath.Join(profile, "user.js"), []byte(preferences), 0o600); err != nil {
		t.Fatal(err)
	}
	said := &transcript{}
	cmd := exec.Command("firefox-esr", "--headless", "--marionette", "--no-remote", "--profile", profile, "--width", "390", "--height", "844")
	cmd.Env = append(os.Environ(), "HOME="+profile, "MOZ_CRASHREPORTER_DISABLE=1")
	cmd.Stdout, cmd.Stderr = said, said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	d := &window{t: t}
	t.Cleanup(func() {
		if d.m != nil {
			if t.Failed() {
				t.Logf("the page at the end: %s", where(d))
			}
			_ = d.m.do("Marionette:Quit", nil, nil) // so that its children end too
		}
		_ = cmd.Process.Kill() // it has ended when all went well
		_ = cmd.Wait()
	})
	port := ""
	until(t, patience, "Firefox opens its port", func() bool {
		text, err := os.ReadFile(filepath.Join(profile, "MarionetteActivePort"))
		port = strings.TrimSpace(string(text))
		return err == nil && port != ""
	})
	m, err := dialMarionette(port)
	if err != nil {
		t.Fatalf("firefox: %v\n%s", err, said)
	}
	d.m = m
	d.do("WebDriver:NewSession", map[string]any{"capabilities": map[string]any{}}, nil)
	return d
}

func (d *window) on() *testing.T { return d.t }
func (d *window) scripted() bool { return true }

func (d *window) do(name string, params map[string]any, into any) {
	d.t.Helper()
	if err := d.m.do(name, params, into); err != nil {
		d.t.Fatal(err)
	}
}

func (d *window) open(url string) {
	d.t.Helper()
	d.do("WebDriver:Navigate", map[string]any{"url": url}, nil)
}

// elementKey names an element in WebDriver's answers.
const elementKey = "element-6066-11e4-a52e-4f735466cecf"

func (d *window) find(css string) string {
	d.t.Helper()
	var found struct{ Value map[string]string }
	d.do("WebDriver:FindElement", map[string]any{"using": "css selector", "value": css}, &found)
	return found.Value[elementKey]
}

// click also waits for the page that the click leads to.
func (d *window) click(css string) {
	d.t.Helper()
	d.do("WebDriver:ElementClick", map[string]any{"id": d.find(css)}, nil)
}

func (d *window) press(css string) { d.t.Helper(); d.click(css) }

func (d *window) fill(css, text string) {
	d.t.Helper()
	d.do("WebDriver:ElementSendKeys", map[string]any{"id": d.find(css), "text": text}, nil)
}

func (d *window) ask(expression string) string {
	var said struct{ Value any }
	err := d.m.do("WebDriver:ExecuteScript", map[string]any{"script": "return " + expression, "args": []any{}}, &said)
	text, _ := said.Value.(string)
	if err != nil {
		return "" // the page is changing
	}
	return text
}

// The main path in another engine (R13: one browser worked where another failed).
func TestPersonBooksInFirefox(t *testing.T) {
	t.Parallel()
	d := firefox(t)
	s := demo(t)
	v := visit{device: d, server: s, who: citizen(4)}
	v.joins()
	shows(v, shown+` h2`, "신청되었습니다")
	s.announce()
	arrives(v, "/prove")
	v.proves()
	number := v.books()
	shows(v, "h1", "예약이 완료되었습니다")

	v.looksUp(number)
	arrives(v, "/lookup/list")
	shows(v, "main", number, "예약됨")
}
