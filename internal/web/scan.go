package web

import (
	"encoding/json"
	"fmt"
	"net/http"

	"naru/internal/clinic"
	"naru/internal/entry"
	"naru/internal/fault"
	"naru/internal/web/view"
)

// scanRoutes are the scanner, which after its first opening needs no server (rules Q48 to
// Q51, docs/adr/0036).
func (s *Server) scanRoutes() {
	s.handle("GET /scan", s.scanPage)
	s.handle("GET /scan/visual", s.visualPage)
	s.handle("GET /scan-worker.js", s.scanWorker)
	s.handle("GET /scan.webmanifest", s.scanManifest)
	s.handleMachine("GET /bundle/key", s.bundleKey)
}

// The scanner's page alone may use the camera and WebAssembly (rule Q48).
var (
	scanPolicy = []string{"default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
		"manifest-src 'self'; worker-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"}
	scanPermissions = []string{"accelerometer=(), camera=(self), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), payment=(), usb=()"}
)

// scanFiles are what the page needs beside itself; without one of them it says so.
var scanFiles = []string{"naru.css", "scan.css", "scan.js", "core.wasm", "scan-192.png", "scan-512.png"}

// canScan reports that this program was built with the scanner in it.
func (s *Server) canScan() bool {
	return s.assets.Bundled && s.assets.URL("core.wasm") != "" && s.assets.URL("scan.js") != ""
}

// scanPage is the same for everybody.
func (s *Server) scanPage(w http.ResponseWriter, r *http.Request) error {
	h := w.Header()
	h["Content-Security-Policy"], h["Permissions-Policy"] = scanPolicy, scanPermissions
	v := view.Scan{Page: s.page(r, "scan.title"), Built: s.canScan(), Hard: s.assets.URL("hard.js"), HardWasm: s.assets.URL("hard.wasm")}
	v.Styles = append(v.Styles, s.assets.URL("scan.css"))
	if v.Built {
		v.Scripts, v.Manifest, v.Core = []string{s.assets.URL("scan.js")}, v.URL("/scan.webmanifest"), s.assets.URL("core.wasm")
	}
	for _, code := range s.topRegions() {
		v.Regions = append(v.Regions, view.Link{Text: code.Name, URL: string(code.Code)})
	}
	v.Words = map[string]string{}
	for _, id := range append(entry.Reasons(), scanWords...) {
		v.Words[id] = v.T(id)
	}
	return s.renderPlain(w, r, http.StatusOK, view.ScanPage(v), "no-cache")
}

// topRegions are those of the highest level, by which rules differ.
func (s *Server) topRegions() []clinic.Region {
	d, err := s.directory()
	if err != nil {
		return nil // the page is there before any clinic is
	}
	return d.Regions().AtLevel(1)
}

// visualPage says what to look for when nothing can scan; it is made to be printed.
func (s *Server) visualPage(w http.ResponseWriter, r *http.Request) error {
	v := view.Visual{Page: s.page(r, "visual.title")}
	v.Styles = append(v.Styles, s.assets.URL("scan.css"))
	return s.renderPlain(w, r, http.StatusOK, view.VisualPage(v), "no-cache")
}

// scanWorker is the service worker, with the files of this version written above it.
func (s *Server) scanWorker(w http.ResponseWriter, r *http.Request) error {
	raw := s.assets.Raw("scan-worker.js")
	if raw == nil || !s.canScan() {
		return fault.New(fault.NotFound, "web.no_page")
	}
	p := s.pageIn(eventOf(r).lang, "/scan", "scan.title")
	list := struct {
		Version string   `json:"version"`
		Files   []string `json:"files"`
	}{s.assets.Version(), []string{p.URL("/scan"), p.URL("/scan/visual"), p.URL("/scan.webmanifest")}}
	for _, name := range scanFiles {
		list.Files = append(list.Files, s.assets.URL(name))
	}
	text, err := json.Marshal(list)
	if err != nil {
		return fmt.Errorf("write the scanner's worker: %w", err)
	}
	w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = fmt.Fprintf(w, "self.SCAN = %s;\n%s", text, raw) // the reader may be gone
	return nil
}

// scanManifest lets the scanner be installed.
func (s *Server) scanManifest(w http.ResponseWriter, r *http.Request) error {
	p := s.pageIn(eventOf(r).lang, "/scan", "scan.title")
	type icon struct {
		Src     string `json:"src"`
		Sizes   string `json:"sizes"`
		Type    string `json:"type"`
		Purpose string `json:"purpose"`
	}
	var icons []icon
	for _, size := range []string{"192", "512"} {
		icons = append(icons, icon{s.assets.URL("scan-" + size + ".png"), size + "x" + size, "image/png", "any maskable"})
	}
	w.Header().Set("Content-Type", "application/manifest+json")
	w.Header().Set("Cache-Control", "no-cache")
	return json.NewEncoder(w).Encode(map[string]any{
		"id": p.URL("/scan"), "start_url": p.URL("/scan"), "scope": p.URL("/scan"), "lang": p.Lang, "display": "standalone",
		"name": p.Title, "short_name": p.T("scan.short"), "background_color": "#ffffff", "theme_color": "#0b3d91", "icons": icons,
	})
}
