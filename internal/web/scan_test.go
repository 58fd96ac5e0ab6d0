package web

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"naru/internal/entry"
)

// scannerBytes is the most that a browser fetches to install the scanner, without the
// reader for difficult codes (rule Q50).
const scannerBytes = 1_700_000

func TestTheScannersSize(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	if !h.canScan() {
		t.Skip("this program was built without the scanner: make build")
	}
	total := len(h.visitor().get("/scan").body) + len(h.visitor().get("/scan/visual").body)
	for _, name := range scanFiles {
		total += h.assets.Size(name)
	}
	t.Logf("the scanner has %d bytes", total)
	if total > scannerBytes {
		t.Errorf("the scanner has %d bytes, more than %d", total, scannerBytes)
	}
	if h.assets.URL("hard.js") == "" || h.assets.URL("hard.wasm") == "" {
		t.Error("the reader for difficult codes is not there")
	}
}

// Rule Q48: camera and WebAssembly on this page alone.
func TestOnlyTheScannerHasACamera(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for path, camera := range map[string]bool{"/scan": true, "/en/scan": true, "/scan/visual": false, "/": false} {
		got := h.visitor().get(path)
		policy, allowed := got.Header.Get("Content-Security-Policy"), got.Header.Get("Permissions-Policy")
		if got.StatusCode != http.StatusOK || strings.Contains(policy, "'wasm-unsafe-eval'") != camera || strings.Contains(allowed, "camera=(self)") != camera {
			t.Errorf("%s: %d, %s, %s", path, got.StatusCode, policy, allowed)
		}
		if strings.Contains(policy, "'unsafe-") || !strings.Contains(allowed, "microphone=()") {
			t.Errorf("%s: %s, %s", path, policy, allowed)
		}
	}
}

// Rule Q51: every reason has its sentence in both languages, and the page brings them.
func TestTheScannerCanSayEveryReason(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, id := range append(entry.Reasons(), scanWords...) {
		for _, lang := range []string{"ko", "en"} {
			if !h.opts.Catalogue.Has(id) || h.text(lang, id) == "" {
				t.Errorf("%s has no sentence in %s", id, lang)
			}
		}
	}
	if body := h.visitor().get("/en/scan").body; h.canScan() && !strings.Contains(body, `"pass.stale"`) || !h.canScan() && !strings.Contains(body, "built without the scanner") {
		t.Error("the page brings no words, and does not say why")
	}
}

// Rule Q49: what the worker keeps is all there is, and is there.
func TestTheScannersWorkerNamesItsFiles(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	got := h.visitor().get("/en/scan-worker.js")
	if !h.canScan() {
		if got.StatusCode != http.StatusNotFound {
			t.Errorf("a worker of nothing: %d", got.StatusCode)
		}
		return
	}
	head, _, _ := strings.Cut(strings.TrimPrefix(got.body, "self.SCAN = "), ";\n")
	var list struct{ Files []string }
	must(t, json.Unmarshal([]byte(head), &list))
	if len(list.Files) != 3+len(scanFiles) {
		t.Errorf("the files are %q", list.Files)
	}
	for _, path := range list.Files {
		if got := h.visitor().get(path); got.StatusCode != http.StatusOK {
			t.Errorf("%s: %d", path, got.StatusCode)
		}
	}
	var manifest struct {
		Start string `json:"start_url"`
		Icons []struct{ Src, Sizes string }
	}
	must(t, json.Unmarshal([]byte(h.visitor().get("/en/scan.webmanifest").body), &manifest))
	if manifest.Start != "/en/scan" || len(manifest.Icons) != 2 || h.visitor().get(manifest.Icons[1].Src).StatusCode != http.StatusOK {
		t.Errorf("the manifest is %+v", manifest)
	}
}
