package web

import (
	"encoding/json"
	"io"
	"net/http"

	"naru/internal/fault"
	"naru/internal/store"
)

// maxOperation is the most that one operation may send, in bytes.
const maxOperation = 4 << 10

// Operation is a change of a gate, as "naru gate" sends it.
type Operation struct {
	By     string   `json:"by"`
	Cap    *int     `json:"cap,omitempty"`
	Rate   *float64 `json:"rate,omitempty"`
	Paused *bool    `json:"paused,omitempty"`
}

// OperatorPage is the answer to a request for the operators' page.
type OperatorPage struct {
	Path string `json:"path"`
	Code string `json:"code"`
}

// Operations are what the command line asks of a running server. There is no
// sign-in here: serve them on a socket that only the operator's account can open.
func (s *Server) Operations() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /gate", s.operation(s.showGate))
	mux.HandleFunc("GET /gate/{campaign}", s.operation(s.showGate))
	mux.HandleFunc("POST /gate/{campaign}", s.operation(s.changeGate))
	mux.HandleFunc("POST /page", s.operation(s.openPage))
	mux.HandleFunc("POST /admin", s.operation(s.adminOperation))
	return mux
}

// operation answers with one JSON document: what was asked for, or what is wrong,
// in English as the command line is.
func (s *Server) operation(do func(r *http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		answer, err := do(r)
		if err != nil {
			f := fault.Of(err)
			detail := s.sentence("en", f)
			if detail == "" {
				s.opts.Log.Error("operation failed", "error", err)
				detail = string(f.Code)
			}
			w.WriteHeader(StatusOf(err))
			answer = map[string]string{"code": string(f.Code), "detail": detail}
		}
		_ = json.NewEncoder(w).Encode(answer) // the caller may be gone
	}
}

func (s *Server) showGate(r *http.Request) (any, error) {
	return s.opts.Store.Gate(r.Context(), r.PathValue("campaign"))
}

func (s *Server) changeGate(r *http.Request) (any, error) {
	var o Operation
	if err := readOperation(r, &o); err != nil {
		return nil, err
	}
	to := store.Steering{Cap: o.Cap, Rate: o.Rate, Paused: o.Paused}
	if err := s.opts.Store.SteerAs(r.Context(), store.Console(), r.PathValue("campaign"), to, o.By); err != nil {
		return nil, err
	}
	return s.showGate(r)
}

func (s *Server) openPage(r *http.Request) (any, error) {
	var o Operation
	if err := readOperation(r, &o); err != nil {
		return nil, err
	}
	if o.By == "" || len(o.By) > 80 {
		return nil, fault.New(fault.Invalid, "gate.by_bad")
	}
	return OperatorPage{Path: "/operate", Code: s.opts.Store.SealOperator(store.Operator{
		By: o.By, Ends: s.opts.Now().Add(codeLife), For: store.OperatorCode,
	})}, nil
}

func readOperation(r *http.Request, into any) error {
	d := json.NewDecoder(io.LimitReader(r.Body, maxOperation))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fault.Wrap(fault.Malformed, "web.malformed", err)
	}
	return nil
}
