package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"

	"github.com/a-h/templ"

	"naru/internal/fault"
	"naru/internal/web/view"
)

// walletPages are the wallet (docs/adr/0037, rules H1 to H8): one page for everybody, which a browser
// keeps with all it needs. What is loaded into it is issued elsewhere.
func (s *Server) walletPages() {
	s.handle("GET /wallet", s.wallet)
	s.handle("GET /wallet-worker.js", s.walletWorker)
	s.handle("GET /wallet.webmanifest", s.walletManifest)
	s.handle("GET /wallet.svg", s.walletIcon)
	s.handle("POST /wallet/kept", s.walletKept)
}

// walletPolicy is the policy of every page, and the manifest that makes it installable.
var walletPolicy = []string{policy[0] + "; manifest-src 'self'"}

// walletCache keeps what names no version of its own for a day: a browser that looks for
// a newer wallet need not come here for that.
const walletCache = "public, max-age=86400, stale-while-revalidate=604800"

func (s *Server) wallet(w http.ResponseWriter, r *http.Request) error {
	w.Header()["Content-Security-Policy"] = walletPolicy
	lang := eventOf(r).lang
	return s.renderShared(w, r, "wallet", func() (templ.Component, error) { return s.walletPage(lang) })
}

// walletPage depends on the language alone, so that the worker can name it.
func (s *Server) walletPage(lang string) (templ.Component, error) {
	p := s.pageIn(lang, "/wallet", "wallet.title")
	script, style := s.assets.URL("wallet.js"), s.assets.URL("wallet.css")
	if script == "" || s.assets.Raw("wallet-worker.js") == nil {
		return view.NoWalletPage(p), nil
	}
	p.Scripts, p.Styles, p.Manifest = []string{script}, append(p.Styles, style), p.URL("/wallet.webmanifest")
	words := map[string]string{}
	for _, id := range walletWords {
		words[id] = p.T("wallet.say_" + id)
	}
	text, err := json.Marshal(words)
	if err != nil {
		return nil, fmt.Errorf("write the wallet's words: %w", err)
	}
	scopes, err := json.Marshal(s.walletPaths())
	if err != nil {
		return nil, fmt.Errorf("write the wallet's paths: %w", err)
	}
	v := view.Wallet{Page: p, Words: string(text), Tag: lang, Zone: s.opts.Agency.Zone.String(), Worker: "/wallet-worker.js", Scopes: string(scopes)}
	if slices.Contains(s.routes, "GET "+paperPath) {
		v.Paper = paperPath
	}
	return view.WalletPage(v), nil
}

// paperPath is where certificates for print are, when the program has them.
const paperPath = "/certificate"

// walletWords are the texts that the script needs.
var walletWords = []string{
	"dose", "pcr", "antigen", "recovery", "exemption", "young", "over",
	"given", "noticed", "released", "born", "until", "ended", "ends_in", "ends_today",
	"spoken_ended", "spoken_shown", "spoken_time", "turns_in", "token_browser", "token_days",
	"load_first", "load_more", "loading", "loaded", "nothing", "line", "prove", "no_answer",
}

// walletPaths are the page's paths, one a language.
func (s *Server) walletPaths() (paths []string) {
	for _, code := range s.opts.Agency.LanguageCodes() {
		paths = append(paths, s.prefix(code)+"/wallet")
	}
	return paths
}

// walletWorker is the service worker with the list of what it keeps before it. Its text
// changes when a page or a file does: that is how a browser learns of a newer wallet.
func (s *Server) walletWorker(w http.ResponseWriter, r *http.Request) error {
	raw := s.assets.Raw("wallet-worker.js")
	if raw == nil {
		return fault.New(fault.NotFound, "web.no_page")
	}
	list := struct {
		Version string   `json:"version"`
		Pages   []string `json:"pages"`
		Files   []string `json:"files"`
	}{Pages: s.walletPaths(), Files: []string{s.assets.URL("naru.css"), s.assets.URL("wallet.css"), s.assets.URL("wallet.js")}}
	var err error
	if list.Version, err = s.walletVersion(r.Context()); err != nil {
		return err
	}
	text, err := json.Marshal(list)
	if err != nil {
		return fmt.Errorf("write the worker's list: %w", err)
	}
	w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
	w.Header().Set("Cache-Control", walletCache)
	_, _ = fmt.Fprintf(w, "const WALLET = %s;\n%s", text, raw) // the reader may be gone
	return nil
}

// walletVersion names the content of the pages in all languages.
func (s *Server) walletVersion(ctx context.Context) (string, error) {
	sum := sha256.New()
	for _, code := range s.opts.Agency.LanguageCodes() {
		c, err := s.walletPage(code)
		if err != nil {
			return "", err
		}
		var b bytes.Buffer
		if err := c.Render(ctx, &b); err != nil {
			return "", fmt.Errorf("render the wallet: %w", err)
		}
		_, _ = sum.Write(b.Bytes()) // a hash takes everything
	}
	return base64.RawURLEncoding.EncodeToString(sum.Sum(nil)[:9]), nil
}

// walletManifest makes the page installable (W3C Web Application Manifest).
func (s *Server) walletManifest(w http.ResponseWriter, r *http.Request) error {
	lang := eventOf(r).lang
	type icon struct {
		Src   string `json:"src"`
		Sizes string `json:"sizes"`
		Type  string `json:"type"`
	}
	path := s.prefix(lang) + "/wallet"
	w.Header().Set("Content-Type", "application/manifest+json")
	w.Header().Set("Cache-Control", walletCache)
	return json.NewEncoder(w).Encode(struct {
		Name       string `json:"name"`
		Short      string `json:"short_name"`
		Lang       string `json:"lang"`
		ID         string `json:"id"`
		Start      string `json:"start_url"`
		Scope      string `json:"scope"`
		Display    string `json:"display"`
		Theme      string `json:"theme_color"`
		Background string `json:"background_color"`
		Icons      []icon `json:"icons"`
	}{
		s.text(lang, "wallet.title"), s.text(lang, "wallet.short"), lang, path, path, path, "standalone", "#0b3d91", "#ffffff",
		[]icon{{"/wallet.svg", "any", "image/svg+xml"}},
	})
}

//go:embed wallet.svg
var walletSVG []byte

func (s *Server) walletIcon(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "image/svg+xml")
	w.Header().Set("Cache-Control", walletCache)
	_, _ = w.Write(walletSVG) // the reader may be gone
	return nil
}

// walletMark tells a wallet that lost everything that there was something: browsers that
// delete what scripts stored keep what a server set. It says nothing else.
const walletMark = "__Host-naru-wallet"

// walletKept is told once after each load.
func (s *Server) walletKept(w http.ResponseWriter, _ *http.Request) error {
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // a script must read it
		Name: walletMark, Value: "1", Path: "/", MaxAge: 400 * 24 * 60 * 60, Secure: true, SameSite: http.SameSiteLaxMode,
	})
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusNoContent)
	return nil
}
