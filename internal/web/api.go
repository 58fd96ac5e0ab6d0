package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"naru/internal/fault"
)

// apiCache is for how long an answer of the JSON interface may be kept.
const apiCache = "public, max-age=5"

// maxAPIBody is the most a program may send, in bytes.
const maxAPIBody = 1 << 10

// huma keeps these for all its users. Its own repeat what was submitted, which here
// may be about a person; ours hand the fault to the answer, which writes the problem
// of this house (rule X11).
func init() {
	huma.NewError = func(status int, _ string, _ ...error) huma.StatusError { return &problem{Status: status} }
	huma.NewErrorWithContext = func(ctx huma.Context, status int, _ string, errs ...error) huma.StatusError {
		if _, w := humago.Unwrap(ctx); w != nil {
			if a, ours := w.(*apiAnswer); ours {
				a.fault = apiFault(ctx.Operation(), status, errs)
			}
		}
		return &problem{Status: status}
	}
}

// Error is the problem as an error of huma's.
func (p *problem) Error() string { return p.Code }

// GetStatus is its status.
func (p *problem) GetStatus() int { return p.Status }

// ContentType is that of RFC 9457.
func (p *problem) ContentType(string) string { return "application/problem+json" }

// apiFault is what huma refused as a fault of ours. Of what was submitted it names at
// most the field, and only one that the description names too.
func apiFault(op *huma.Operation, status int, errs []error) *fault.Error {
	field := ""
	for _, err := range errs {
		if f := (*fault.Error)(nil); errors.As(err, &f) {
			return f
		}
		if d := (*huma.ErrorDetail)(nil); errors.As(err, &d) && field == "" {
			field = knownField(op, d.Location)
		}
	}
	switch status {
	case http.StatusUnprocessableEntity:
		f := fault.New(fault.Invalid, "interface.bad_value")
		if field != "" {
			f = fault.New(fault.Invalid, "interface.bad_parameter").With("Field", field)
		}
		return f
	case http.StatusBadRequest:
		return fault.New(fault.Malformed, "web.malformed")
	case http.StatusRequestEntityTooLarge:
		return fault.New(fault.TooLarge, "web.too_large")
	case http.StatusUnsupportedMediaType:
		return fault.New(unsupported, "interface.content_type")
	}
	return fault.Wrap(fault.Internal, "problem.internal", errors.Join(errs...))
}

func knownField(op *huma.Operation, location string) string {
	_, name, _ := strings.Cut(location, ".")
	named := slices.ContainsFunc(op.Parameters, func(p *huma.Param) bool { return p.Name == name })
	if named || name == "born" {
		return name
	}
	return ""
}

// apiAnswer takes what huma writes.
type apiAnswer struct {
	header http.Header
	body   bytes.Buffer
	fault  error
}

// Header is what goes before the body.
func (a *apiAnswer) Header() http.Header { return a.header }

// WriteHeader leaves the status to the answer itself: every good one is 200.
func (a *apiAnswer) WriteHeader(int) {}

// Write takes the body.
func (a *apiAnswer) Write(b []byte) (int, error) { return a.body.Write(b) }

// apiAdapter registers huma's operations as addresses of this server.
type apiAdapter struct{ *Server }

// Handle registers one operation.
func (a apiAdapter) Handle(op *huma.Operation, do func(huma.Context)) {
	public := op.Method == http.MethodGet
	a.handleMachine(op.Method+" "+op.Path, func(w http.ResponseWriter, r *http.Request) error {
		a.acceptLanguage(r)
		w.Header().Add("Vary", "Accept-Language")
		if public {
			openToAll(w.Header())
		}
		out := &apiAnswer{header: http.Header{}}
		do(humago.NewContext(op, r, out))
		if out.fault != nil {
			return out.fault
		}
		if public {
			sendDocument(w, r, openDocument{"application/json", apiCache, out.body.Bytes()})
			return nil
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Content-Language", eventOf(r).lang)
		_, _ = w.Write(out.body.Bytes()) // the reader may be gone
		return nil
	})
}

// apiRoutes are the JSON interface, its description and the page that shows it (rules
// X10 to X13).
func (s *Server) apiRoutes() {
	registry := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	api := huma.NewAPI(huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0", Components: &huma.Components{Schemas: registry},
			Info: &huma.Info{Title: "Naru", Version: "1", Description: apiAbout},
		},
		Formats: huma.DefaultFormats, DefaultFormat: "application/json", RejectUnknownQueryParameters: true,
	}, apiAdapter{s})
	s.apiPlaces(api)
	s.apiCampaigns(api)
	s.apiFree(api)
	s.handleMachine("GET /api/openapi.json", func(w http.ResponseWriter, r *http.Request) error {
		body, err := json.MarshalIndent(api.OpenAPI(), "", "  ")
		if err != nil {
			return err
		}
		sendDocument(w, r, openDocument{"application/json", "public, max-age=300", append(body, '\n')})
		return nil
	})
	s.handle("GET /api", s.apiPage(api.OpenAPI()))
}

const apiAbout = "What programs may read of a vaccination service: regions, clinics, campaigns and free places. " +
	"Nothing here books, and nothing is about a person: booking begins at a campaign's page, in front of the waiting room. " +
	"Counts are for display; they may be some seconds old. Refusals are problem documents (RFC 9457) in the language of Accept-Language."

// operation is what all operations share: errs are the statuses of their refusals.
func operation(method, path, id, summary string, errs ...int) huma.Operation {
	return huma.Operation{
		Method: method, Path: "/api/v1" + path, OperationID: id, Summary: summary, MaxBodyBytes: maxAPIBody,
		Errors: append(errs, http.StatusUnprocessableEntity, http.StatusInternalServerError),
	}
}
