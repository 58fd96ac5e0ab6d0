package web

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"naru/internal/fault"
)

// smartBase is where the files of SMART Scheduling Links are.
const smartBase = "/smart-scheduling-links/"

// Times of the files: they are made anew when somebody asks and they are older than
// feedEvery, and given out up to feedLongest while that goes on; with what a cache may
// add, nobody reads anything older than a minute (rule X7).
const (
	feedEvery   = 30 * time.Second
	feedLongest = 40 * time.Second
	smartKeep   = "public, max-age=20"
)

// smartRoutes are the manifest and the files it names (rules X6 to X9).
func (s *Server) smartRoutes() {
	f := &feed{source: NewResources(s.opts.Store, s.opts.Agency, s.opts.Public), now: s.opts.Now}
	s.handleMachine("GET "+smartBase+"$bulk-publish", func(w http.ResponseWriter, r *http.Request) error {
		return s.manifest(w, r, f)
	})
	s.handleMachine("GET "+smartBase+"{file}", func(w http.ResponseWriter, r *http.Request) error {
		return s.feedFile(w, r, f)
	})
}

// smartManifest is the entry to the files, as the specification has it.
type smartManifest struct {
	At      string        `json:"transactionTime"`
	Request string        `json:"request"`
	Output  []smartOutput `json:"output"`
	Error   []smartOutput `json:"error"`
}

type smartOutput struct {
	Type  string      `json:"type"`
	URL   string      `json:"url"`
	State *smartState `json:"extension,omitempty"`
}

// smartState says for which of the highest regions a file is.
type smartState struct {
	State []string `json:"state"`
}

// manifest names the files; with _since only those that have changed.
func (s *Server) manifest(w http.ResponseWriter, r *http.Request, f *feed) error {
	q, err := query(r, "_since")
	if err != nil {
		return err
	}
	var since time.Time
	if q["_since"] != "" {
		if since, err = time.Parse(time.RFC3339, q["_since"]); err != nil {
			return fault.New(fault.Malformed, "interface.bad_parameter").With("Field", "_since")
		}
	}
	e, err := f.edition()
	if err != nil {
		return err
	}
	m := smartManifest{
		At: e.asOf.UTC().Format(time.RFC3339), Request: s.opts.Public + smartBase + "$bulk-publish",
		Output: []smartOutput{}, Error: []smartOutput{},
	}
	for _, file := range e.files {
		if !file.changed.After(since) {
			continue
		}
		out := smartOutput{Type: file.kind, URL: s.opts.Public + smartBase + file.name}
		if file.state != "" {
			out.State = &smartState{[]string{file.state}}
		}
		m.Output = append(m.Output, out)
	}
	var body bytes.Buffer
	if err := json.NewEncoder(&body).Encode(m); err != nil {
		return err
	}
	sendDocument(w, r, openDocument{"application/json", smartKeep, body.Bytes()})
	return nil
}

// feedFile sends one file as it was packed; only who does not take gzip costs more.
func (s *Server) feedFile(w http.ResponseWriter, r *http.Request, f *feed) error {
	e, err := f.edition()
	if err != nil {
		return err
	}
	file := e.file(r.PathValue("file"))
	if file == nil {
		return fault.New(fault.NotFound, "web.no_page")
	}
	h := w.Header()
	h.Set("ETag", "W/"+file.etag)
	h.Set("Last-Modified", file.changed.UTC().Format(http.TimeFormat))
	h.Set("Cache-Control", smartKeep)
	h.Set("Vary", "Accept-Encoding")
	openToAll(h)
	if r.Header.Get("If-None-Match") == "" && notSince(r, file.changed) || matches(r.Header.Get("If-None-Match"), file.etag) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	h.Set("Content-Type", "application/fhir+ndjson")
	if takesGzip(r) {
		h.Set("Content-Encoding", "gzip")
		h.Set("Content-Length", strconv.Itoa(len(file.packed)))
		_, _ = w.Write(file.packed) // the reader may be gone
		return nil
	}
	return file.unpack(w)
}

// notSince answers If-Modified-Since (RFC 9110 §13.1.3).
func notSince(r *http.Request, changed time.Time) bool {
	at, err := http.ParseTime(r.Header.Get("If-Modified-Since"))
	return err == nil && !changed.Truncate(time.Second).After(at)
}

// slotFile is the name of the file with a region's slots.
func slotFile(region string) string { return "slots-" + strings.ToLower(region) + ".ndjson" }
