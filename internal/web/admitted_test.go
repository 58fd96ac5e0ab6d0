package web

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"naru/internal/gate"
)

// The record of admissions and one's own proof are served beside the draw, and
// linked from its page in both languages (rules G33, G37, G39).
func TestTheDrawPageLeadsToTheEvidence(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.lead(1)
	v := h.visitor()
	v.join(1)
	v.get("/draw/"+july+"/admitted.json").want(t, 404)
	v.get("/draw/"+july+"/admitted.csv").want(t, 404)
	v.get("/draw/"+july+"/proof.json").want(t, 404) // the lobby is open
	h.openGate()
	v.post("/c/" + july + "/enter")
	must(t, h.store.Record(context.Background()))
	must(t, h.store.CountBooked(context.Background()))
	must(t, h.store.Record(context.Background()))

	get := func(name string) reply {
		r := v.get("/draw/" + july + "/" + name)
		r.want(t, 200)
		return r
	}
	head, err := gate.ParseHead([]byte(get("admitted.json").body))
	must(t, err)
	lines := get("admitted.csv")
	if head.Count != 1 || head.Booked == nil || strings.Count(lines.body, "\n") != 1 || !strings.Contains(lines.Header.Get("Cache-Control"), "public") {
		t.Fatalf("%+v, lines %q, %v", head, lines.body, lines.Header)
	}
	var proof gate.Inclusion
	own := get("proof.json")
	must(t, json.Unmarshal([]byte(own.body), &proof))
	d, err := gate.ParseDraw([]byte(get("draw.json").body))
	must(t, err)
	if gate.Failed(gate.VerifyInclusion(d, proof)) || own.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%+v, %v", gate.VerifyInclusion(d, proof), own.Header)
	}
	h.visitor().get("/draw/"+july+"/proof.json").want(t, 401) // without a ticket
	v.get("/draw/"+july).want(t, 200, "admitted.csv", "입장 기록", "내 순서 증명 받기", `id="check"`, "자바스크립트가 켜져 있으면", "draw", "맞지 않습니다 (WRONG)")
	v.get("/en/draw/"+july).want(t, 200, "Record of admissions", "Download my proof", "NOT VERIFIABLE.", "Verified.")
}

// Who has the first bytes of the record asks for the rest.
func TestTheRecordIsReadFromWhereOneStopped(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.lead(1)
	v := h.visitor()
	v.join(1)
	h.openGate()
	v.post("/c/" + july + "/enter")
	must(t, h.store.Record(context.Background()))
	whole := v.get("/draw/" + july + "/admitted.csv").body
	r := httptest.NewRequest("GET", "/draw/"+july+"/admitted.csv", nil)
	r.Host = "127.0.0.1:8080"
	r.Header.Set("Range", "bytes=10-")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != http.StatusPartialContent || w.Body.String() != whole[10:] {
		t.Errorf("%d %q, want %q", w.Code, w.Body, whole[10:])
	}
}
