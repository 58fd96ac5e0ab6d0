package web

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"naru/internal/fault"
	register "naru/internal/visit" // a visit is something else here: see flow.go
)

// Bounds of what scanners send.
const (
	maxUpload      = 256 << 10 // bytes: 500 visits in JSON
	maxPairing     = 4 << 10
	uploadsAtOnce  = 64 // in this process; the register is then asked again later
	dayKeysAge     = "public, max-age=3600"
	visitSignature = "Naru-Signature" // base64url of r and s, over the body: see store.Device.Signed
)

// visitRoutes are for the programs of facilities (docs/visit.md).
func (s *Server) visitRoutes() {
	places := make(chan struct{}, uploadsAtOnce)
	s.handleMachine("GET /visit/keys.json", s.dayKeys)
	s.handleMachine("POST /visit/pair", s.pairScanner)
	s.handleMachine("POST /visit", func(w http.ResponseWriter, r *http.Request) error {
		select {
		case places <- struct{}{}:
			defer func() { <-places }()
			return s.uploadVisits(w, r)
		default:
			return s.laterUpload(w, fault.New(fault.Unavailable, "store.busy").With("Seconds", 60))
		}
	})
	s.facilityRoutes()
	s.staffVisitPages()
}

// dayKeys are the public keys to which visits are sealed.
func (s *Server) dayKeys(w http.ResponseWriter, r *http.Request) error {
	keys, err := s.opts.Store.DayKeys(r.Context())
	if err != nil {
		return err
	}
	text, err := register.MarshalDayKeys(keys)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", dayKeysAge)
	_, err = w.Write(text)
	return err
}

// upload is the body of POST /visit.
type upload struct {
	Visits []uploadedVisit `json:"visits"`
}

type uploadedVisit struct {
	ID     string    `json:"id"`     // 16 bytes, base64url
	At     time.Time `json:"at"`     // when the person was there, a whole minute
	People int       `json:"people"` // who came in with the one code
	Token  string    `json:"token"`  // base64url
}

// answer is what POST /visit says: which visits will never be taken and why, and when the
// scanner may upload again. All others are durable.
type uploadAnswer struct {
	Taken       int           `json:"taken"`
	Refused     []uploadFault `json:"refused"`
	UploadAfter int           `json:"upload_after"` // seconds
}

type uploadFault struct {
	ID     string `json:"id"`
	Code   string `json:"code"`
	Reason string `json:"reason"`
}

// uploadVisits keeps what a scanner uploads (rules V6 and V8).
func (s *Server) uploadVisits(w http.ResponseWriter, r *http.Request) error {
	body, err := scannerBody(w, r, maxUpload)
	if err != nil {
		return err
	}
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	device, err := s.opts.Store.Scanner(r.Context(), token)
	if err != nil {
		return err
	}
	signature, err := base64.RawURLEncoding.Strict().DecodeString(r.Header.Get(visitSignature))
	if err == nil {
		err = device.Signed(body, signature)
	}
	if err != nil {
		return fault.Wrap(fault.Unauthenticated, "visit.pair_again", err)
	}
	visits, in, err := parseUpload(body)
	if err != nil {
		return err
	}
	refused, err := s.opts.Store.TakeVisits(r.Context(), device.Facility, visits)
	if fault.CodeOf(err) == fault.Unavailable {
		return s.laterUpload(w, err)
	}
	if err != nil {
		return err
	}
	a := uploadAnswer{Refused: []uploadFault{}, UploadAfter: uploadAfter(false)}
	for i, why := range refused {
		if why == nil {
			a.Taken++
			continue
		}
		a.Refused = append(a.Refused, uploadFault{in[i].ID, string(fault.CodeOf(why)), s.words(r, why)})
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	return json.NewEncoder(w).Encode(a)
}

func uploadAfter(busy bool) int {
	return int(register.UploadAfter(busy, rand.Float64()) / time.Second) //nolint:gosec // it spreads load, it is no secret
}

// laterUpload refuses for now, with a pause that spreads scanners: everything stays with
// them.
func (s *Server) laterUpload(_ http.ResponseWriter, err error) error {
	return fault.Wrap(fault.Unavailable, "store.busy", err).With("Seconds", uploadAfter(true))
}

func scannerBody(w http.ResponseWriter, r *http.Request, most int64) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, most))
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return nil, fault.New(fault.TooLarge, "web.too_large")
	}
	if err != nil {
		return nil, fault.Wrap(fault.Malformed, "web.malformed", err)
	}
	return body, nil
}

// strictJSON reads one document with no field that is not asked for.
func strictJSON(body []byte, into any) error {
	d := json.NewDecoder(strings.NewReader(string(body)))
	d.DisallowUnknownFields()
	err := d.Decode(into)
	if err == nil && d.More() {
		err = errors.New("something follows")
	}
	if err != nil {
		return fault.Wrap(fault.Malformed, "web.malformed", err)
	}
	return nil
}

// parseUpload reads the bytes; what they say is judged visit by visit.
func parseUpload(body []byte) (all []register.Visit, in []uploadedVisit, err error) {
	var u upload
	if err := strictJSON(body, &u); err != nil {
		return nil, nil, err
	}
	for _, one := range u.Visits {
		v := register.Visit{At: one.At.UTC(), People: one.People}
		id, err1 := base64.RawURLEncoding.Strict().DecodeString(one.ID)
		token, err2 := base64.RawURLEncoding.Strict().DecodeString(one.Token)
		if err := errors.Join(err1, err2); err != nil || len(id) != len(v.ID) {
			return nil, nil, fault.Wrap(fault.Malformed, "web.malformed", err)
		}
		copy(v.ID[:], id)
		v.Token = token
		all = append(all, v)
	}
	return all, u.Visits, nil
}

// pairScanner pairs a scanner with the code of its facility's manager.
func (s *Server) pairScanner(w http.ResponseWriter, r *http.Request) error {
	body, err := scannerBody(w, r, maxPairing)
	if err != nil {
		return err
	}
	var in struct {
		Code   string `json:"code"`
		Public string `json:"public"` // P-256, uncompressed point, base64url
	}
	if err := strictJSON(body, &in); err != nil {
		return err
	}
	public, err := base64.RawURLEncoding.Strict().DecodeString(in.Public)
	if err != nil {
		return fault.Wrap(fault.Malformed, "web.malformed", err)
	}
	p, err := s.opts.Store.Pair(r.Context(), in.Code, public)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	return json.NewEncoder(w).Encode(map[string]any{
		"device": p.Device, "facility": p.Facility.ID, "name": p.Facility.Name, "token": p.Token, "upload_after": uploadAfter(false),
	})
}
