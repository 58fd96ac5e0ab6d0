package web_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

// openPaths are documents for programs that are the same for everybody.
var openPaths = []string{"/fhir/metadata", "/fhir/Location?_count=50", bulk, "/smart-scheduling-links/locations.ndjson", "/api/v1/clinics", "/api/openapi.json"}

func TestDocumentsForPrograms(t *testing.T) { // rule X1
	t.Parallel()
	h := newFlowHouse(t)
	ask := func(path string, headers ...string) *http.Response {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Host = "127.0.0.1:8080"
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		w := httptest.NewRecorder()
		h.server.ServeHTTP(w, r)
		return w.Result()
	}
	for _, path := range openPaths {
		plain := ask(path)
		whole, err := io.ReadAll(plain.Body)
		flowMust(t, err)
		tag := plain.Header.Get("ETag")
		if plain.StatusCode != 200 || tag == "" || plain.Header.Get("Access-Control-Allow-Origin") != "*" || plain.Header.Get("Set-Cookie") != "" {
			t.Errorf("%s: status %d, headers %v", path, plain.StatusCode, plain.Header)
		}
		small := ask(path, "Accept-Encoding", "gzip")
		z, err := gzip.NewReader(small.Body)
		flowMust(t, err)
		same, err := io.ReadAll(z)
		flowMust(t, err)
		if string(same) != string(whole) || small.Header.Get("ETag") != tag {
			t.Errorf("%s: compressed it is another document", path)
		}
		if known := ask(path, "If-None-Match", tag); known.StatusCode != http.StatusNotModified {
			t.Errorf("%s: who has it is sent it again: %d", path, known.StatusCode)
		}
	}
}
