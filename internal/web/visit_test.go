package web_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"naru/internal/caldate"
	"naru/internal/visit"
)

var pairingShown = regexp.MustCompile(`<code id="code">([0-9a-z-]+)</code>`)

// facility signs one up through the pages and gives its address.
func (b *flowBrowser) facility(phone string) string {
	b.t.Helper()
	b.get("/facility").follow().want(http.StatusOK, "/facility/enter")
	b.post("/facility/enter", "mobile", phone).follow().want(http.StatusOK, "/facility/code")
	code := b.code()
	b.post("/facility/code", "code", code).follow().want(http.StatusOK, "/facility")
	b.post("/facility", "facility", "", "business", "x", "representative", "대표자").says("상호명을 60자까지")
	b.post("/facility", "facility", "가상식당", "business", "123-45-67890", "representative", "대표자").follow()
	return b.at
}

func TestFacilityPages(t *testing.T) {
	t.Parallel()
	h := newFlowHouse(t)
	b := h.browser("")
	at := b.facility("010-0000-0771")
	b.want(http.StatusOK, at).says("가상식당")
	b.post(at+"/managers", "mobile", "010-0000-0772", "do", "add").follow().says("010-0000-0772")
	b.post(at+"/paper", "day", "2021-07-12", "do", "used").says("먼저 출력")
	b.post(at+"/paper", "day", "2021-07-12", "do", "printed").follow().says("2021. 8. 10.(화)에 파기해야 합니다").says("이름은 적지 않습니다")
	b.post(at+"/paper", "day", "2021-07-12", "do", "used").follow().says("사용")
	other := h.browser("/en")
	other.get(at).follow().want(http.StatusOK, "/facility/enter")
}

func TestScannersUpload(t *testing.T) {
	t.Parallel()
	h := newFlowHouse(t)
	b := h.browser("")
	at := b.facility("010-0000-0773")
	b.post(at+"/devices", "name", "계산대")
	found := pairingShown.FindStringSubmatch(b.page)
	if found == nil {
		t.Fatal("no pairing code is shown")
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	flowMust(t, err)
	public, err := key.PublicKey.Bytes()
	flowMust(t, err)
	text := base64.RawURLEncoding.EncodeToString
	var paired struct{ Token, Name string }
	pair, err := json.Marshal(map[string]string{"code": found[1], "public": text(public)})
	flowMust(t, err)
	if status := h.machine("/visit/pair", pair, nil, &paired); status != http.StatusOK || paired.Name != "가상식당" {
		t.Fatalf("pairing: status %d, %+v", status, paired)
	}
	now := h.Now().Truncate(time.Minute)
	day, _ := visit.DayOf(caldate.Of(now, time.FixedZone("KST", 9*3600)))
	token := bytes.Repeat([]byte{7}, visit.TokenSize)
	token[0], token[1], token[2] = 1, byte(day>>8), byte(day)
	line := func(id byte, at time.Time) map[string]any {
		return map[string]any{"id": text(bytes.Repeat([]byte{id}, 16)), "at": at, "people": 1, "token": text(token)}
	}
	body, err := json.Marshal(map[string]any{"visits": []any{line(1, now), line(2, now), line(3, now.Add(time.Hour))}})
	flowMust(t, err)
	sum := sha256.Sum256(append([]byte("naru/visit/1\n"), body...))
	r, s, err := ecdsa.Sign(rand.Reader, key, sum[:])
	flowMust(t, err)
	signature := make([]byte, 64)
	r.FillBytes(signature[:32])
	s.FillBytes(signature[32:])
	headers := map[string]string{"Authorization": "Bearer " + paired.Token, "Naru-Signature": text(signature)}
	for range 2 { // the answer was lost
		var got struct {
			Taken   int
			Refused []struct{ ID, Code string }
			After   int `json:"upload_after"`
		}
		if status := h.machine("/visit", body, headers, &got); status != http.StatusOK {
			t.Fatalf("upload: status %d", status)
		}
		if got.Taken != 2 || len(got.Refused) != 1 || got.Refused[0].Code != "invalid" || got.After < 60 || got.After > 120 {
			t.Errorf("answer %+v", got)
		}
	}
	kept, err := h.VisitsOf(t.Context(), visit.FacilityID(strings.TrimPrefix(at, "/facility/")), now, now.Add(time.Minute))
	flowMust(t, err)
	if len(kept) != 2 {
		t.Errorf("%d visits are kept of 2", len(kept))
	}
	h.refusesUploads(body, paired.Token, text(signature))
}

// refusesUploads: what is not the device's own upload is not taken.
func (h *flowHouse) refusesUploads(body []byte, token, signature string) {
	h.t.Helper()
	var none map[string]any
	for name, c := range map[string]struct {
		body []byte
		auth string
		want int
	}{
		"another body":  {append(bytes.Clone(body), ' '), token, http.StatusUnauthorized},
		"another token": {body, token + "x", http.StatusUnauthorized},
		"no end":        {bytes.Repeat([]byte(" "), 300<<10), token, http.StatusRequestEntityTooLarge},
	} {
		if status := h.machine("/visit", c.body, map[string]string{"Authorization": "Bearer " + c.auth, "Naru-Signature": signature}, &none); status != c.want {
			h.t.Errorf("%s: status %d, want %d", name, status, c.want)
		}
	}
}

// machine posts JSON as a program does.
func (h *flowHouse) machine(path string, body []byte, headers map[string]string, into any) int {
	h.t.Helper()
	r := httptest.NewRequest(http.MethodPost, path, bytes.NewReader(body))
	r.Host = "127.0.0.1:8080"
	r.Header.Set("Content-Type", "application/json")
	for name, value := range headers {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	h.server.ServeHTTP(w, r)
	if err := json.Unmarshal(w.Body.Bytes(), into); err != nil {
		h.t.Errorf("%s answers %s", path, w.Body.String())
	}
	return w.Code
}
