package web_test

import (
	"bufio"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

const bulk = "/smart-scheduling-links/$bulk-publish"

// smartManifestRead is what a client of SMART Scheduling Links reads.
type smartManifestRead struct {
	TransactionTime time.Time `json:"transactionTime"`
	Request         string    `json:"request"`
	Output          []struct {
		Type, URL string
		Extension struct{ State []string }
	} `json:"output"`
	Error []any `json:"error"`
}

func (b *flowBrowser) manifest(query string) (m smartManifestRead) {
	b.t.Helper()
	b.get(bulk+query).want(200, bulk)
	flowMust(b.t, json.Unmarshal([]byte(b.page), &m))
	return m
}

// lines reads the resources of a file of the manifest.
func (b *flowBrowser) lines(address string) (all []map[string]any) {
	b.t.Helper()
	u, err := url.Parse(address)
	flowMust(b.t, err)
	b.get(u.Path).want(200, u.Path)
	for scan := bufio.NewScanner(strings.NewReader(b.page)); scan.Scan(); {
		var v map[string]any
		flowMust(b.t, json.Unmarshal(scan.Bytes(), &v))
		all = append(all, v)
	}
	return all
}

// The files are what the specification of SMART Scheduling Links asks for, and hang
// together: every slot has its schedule, every schedule its place.
func TestSmartSchedulingLinks(t *testing.T) {
	t.Parallel()
	schemas := fhirSchema(t)
	b := newFlowHouse(t).browser("")
	m := b.manifest("")
	if m.Request != "http://localhost:8080"+bulk || !m.TransactionTime.Equal(b.Now().Truncate(time.Second)) || m.Error == nil {
		t.Errorf("manifest of %s, request %s, errors %v", m.TransactionTime, m.Request, m.Error)
	}
	known, free, states := map[string]bool{}, 0, map[string]bool{}
	for _, kind := range []string{"Location", "Schedule", "Slot"} {
		for _, file := range m.Output {
			if file.Type != kind {
				continue
			}
			for _, r := range b.lines(file.URL) {
				text, _ := json.Marshal(r)
				if err := fhirFault(schemas, text); err != nil || r["resourceType"] != kind {
					t.Fatalf("%s in %s: %v", text, file.URL, err)
				}
				known[kind+"/"+r["id"].(string)] = true
				free += smartLine(t, r, known)
			}
			for _, s := range file.Extension.State {
				states[s] = true
			}
		}
	}
	if len(states) < 10 || free < 300*50 {
		t.Errorf("slots of %d states with %d free places", len(states), free)
	}
}

// smartLine checks what the specification asks of one resource; it gives the free places.
func smartLine(t *testing.T, r map[string]any, known map[string]bool) (free int) {
	t.Helper()
	switch r["resourceType"] {
	case "Location":
		address := r["address"].(map[string]any)
		phone := r["telecom"].([]any)[0].(map[string]any)
		if phone["system"] != "phone" || phone["value"] == "" || address["line"] == nil || address["city"] == nil || address["state"] == nil || address["_postalCode"] == nil {
			t.Errorf("location %v", r)
		}
	case "Schedule":
		at := r["actor"].([]any)[0].(map[string]any)["reference"].(string)
		if !known[at] || !strings.HasPrefix(at, "Location/") {
			t.Errorf("schedule at %s, which is not there", at)
		}
	case "Slot":
		if !known[r["schedule"].(map[string]any)["reference"].(string)] {
			t.Errorf("slot of %v, which is not there", r["schedule"])
		}
		if r["status"] != "free" {
			return 0
		}
		all := r["extension"].([]any)
		link := all[1].(map[string]any)
		if link["url"] != "http://fhir-registry.smarthealthit.org/StructureDefinition/booking-deep-link" || link["valueUrl"] != "http://localhost:8080/c/"+flowCampaign {
			t.Errorf("link %v", link)
		}
		return int(all[0].(map[string]any)["valueInteger"].(float64))
	}
	return 0
}

// The link of a slot leads to the front of the waiting room, also with what clients add.
func TestSmartLinkLeadsThroughTheGate(t *testing.T) {
	t.Parallel()
	b := newFlowHouse(t).browser("")
	b.get(step("?source=abc&booking-referral=34d1a803")).want(200, step("")).says(`action="` + step("/join") + `"`)
}

// A booking is told within a minute, in the file of its region alone; who asks for
// changes gets that file alone, and who has it gets nothing.
func TestSmartFilesFollowBookings(t *testing.T) {
	t.Parallel()
	h := newFlowHouse(t)
	who := h.browser("").enter(flowEligible).proveIt().toTimes()
	b := h.browser("")
	before := b.manifest("")
	first := b.page
	h.add(20 * time.Second)
	if b.get(bulk); b.page != first {
		t.Error("the files are made anew before their time")
	}
	who.toConfirm()
	h.add(11 * time.Second)
	since := before.TransactionTime.Format(time.RFC3339)
	after := b.manifest("?_since=" + url.QueryEscape(since))
	if len(after.Output) != 1 || after.Output[0].Type != "Slot" || !after.TransactionTime.After(before.TransactionTime) {
		t.Fatalf("changed since %s: %+v", since, after.Output)
	}
	busy := 0
	for _, r := range b.lines(after.Output[0].URL) {
		if r["status"] == "busy" {
			busy++
		}
	}
	if busy != 1 { // the second dose is after the days of first doses
		t.Errorf("%d busy slots after one booking", busy)
	}
	path := strings.TrimPrefix(after.Output[0].URL, "http://localhost:8080")
	for name, value := range map[string]string{"If-None-Match": b.header.Get("ETag"), "If-Modified-Since": b.header.Get("Last-Modified")} {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Host = "127.0.0.1:8080"
		r.Header.Set(name, value)
		w := httptest.NewRecorder()
		h.server.ServeHTTP(w, r)
		if w.Code != http.StatusNotModified || w.Body.Len() > 0 {
			t.Errorf("%s: %s leads to %d", name, value, w.Code)
		}
	}
	if n := len(b.manifest("").Output); n != len(before.Output) {
		t.Errorf("without _since %d files, want all %d", n, len(before.Output))
	}
	b.get(bulk+"?_since=yesterday").want(http.StatusBadRequest, bulk)
	b.get("/smart-scheduling-links/nothing.ndjson").want(http.StatusNotFound, "/smart-scheduling-links/nothing.ndjson")
}
