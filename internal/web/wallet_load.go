package web

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"

	"naru/internal/fault"
	"naru/internal/gate"
	"naru/internal/pass"
	"naru/internal/record"
	"naru/internal/store"
)

// walletLoads is how many loads are written down at once: issuing has its own line, and can
// take nothing away from booking or from those who hold a pass (R19).
const walletLoads = 16

// loadsASecond is what an issuer signs at the least; the wait that is told follows from it.
const loadsASecond = 20

// walletRoutes are what a wallet asks, once; nothing here is needed at a door.
func (s *Server) walletRoutes() {
	line := make(chan struct{}, walletLoads)
	s.handleMachine("GET /wallet/proofs", s.walletProofs)
	s.handleMachine("POST /wallet/load", func(w http.ResponseWriter, r *http.Request) error {
		select {
		case line <- struct{}{}:
			defer func() { <-line }()
			return s.walletLoad(w, r)
		default:
			return fault.New(fault.TooMany, "pass.line_full")
		}
	})
}

// walletProof is one thing that a wallet can load.
type walletProof struct {
	ID   record.ID `json:"id"`
	Kind string    `json:"kind"`
	Day  string    `json:"day,omitempty"`
	Dose int       `json:"dose,omitempty"`
}

// walletProofs lists what can be loaded, after the proof of a look-up.
func (s *Server) walletProofs(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Cache-Control", "no-store")
	entries, young, err := s.opts.Store.Loadable(r.Context(), cookie(r, lookupCookie), gate.BrowserHash(cookie(r, browserCookie)))
	if err != nil {
		return err
	}
	answer := struct {
		Proofs []walletProof `json:"proofs"`
		Most   int           `json:"most_keys"`
	}{[]walletProof{}, store.MaxPassKeys}
	for _, e := range entries {
		p := walletProof{ID: e.ID, Kind: string(e.Kind()), Day: e.OfDay().String()}
		if e.Dose != nil {
			p.Dose = e.Dose.Number
		}
		answer.Proofs = append(answer.Proofs, p)
	}
	if young {
		answer.Proofs = append(answer.Proofs, walletProof{ID: store.YoungEntry, Kind: "person"})
	}
	return s.walletAnswer(w, http.StatusOK, answer)
}

// maxLoadBody is more than 30 keys in base64url need.
const maxLoadBody = 8 << 10

// walletLoad takes keys for a proof. 202 says how many are before it; the same request again
// is how a wallet waits, and gives the credentials when they are signed.
func (s *Server) walletLoad(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Cache-Control", "no-store")
	load, err := readLoad(r)
	if err != nil {
		return err
	}
	p, err := s.opts.Store.LoadOwnPass(r.Context(), cookie(r, lookupCookie), gate.BrowserHash(cookie(r, browserCookie)), load)
	if err != nil {
		return err
	}
	if !p.Ready {
		wait := 2 + p.Ahead/loadsASecond
		w.Header().Set("Retry-After", strconv.Itoa(min(wait, 60)))
		return s.walletAnswer(w, http.StatusAccepted, map[string]int{"place": p.Ahead + 1, "seconds": wait})
	}
	type made struct {
		Credential string `json:"credential"` // base64url
		Salt       string `json:"salt"`
	}
	e := base64.RawURLEncoding
	all := make([]made, len(p.Credentials))
	for n := range all {
		all[n] = made{e.EncodeToString(p.Credentials[n]), e.EncodeToString(p.Salts[n][:])}
	}
	return s.walletAnswer(w, http.StatusOK, map[string]any{"name": p.Name, "born": p.Born, "credentials": all})
}

func (s *Server) walletAnswer(w http.ResponseWriter, status int, answer any) error {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	return json.NewEncoder(w).Encode(answer)
}

// readLoad reads {"proof": id, "keys": [base64url of 65 bytes, ...]} and nothing else.
func readLoad(r *http.Request) (l store.PassLoad, err error) {
	bad := fault.New(fault.Malformed, "pass.load_bad")
	d := json.NewDecoder(io.LimitReader(r.Body, maxLoadBody))
	d.DisallowUnknownFields()
	var body struct {
		Proof string   `json:"proof"`
		Keys  []string `json:"keys"`
	}
	if err := d.Decode(&body); err != nil {
		return l, bad
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return l, bad
	}
	l.Entry = record.ID(body.Proof)
	for _, text := range body.Keys {
		raw, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil {
			return l, bad
		}
		key, err := pass.ParseHolderKey(raw)
		if err != nil {
			return l, bad
		}
		l.Keys = append(l.Keys, key)
	}
	return l, nil
}
