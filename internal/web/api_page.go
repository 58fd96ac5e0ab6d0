package web

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"naru/internal/web/view"
)

// apiPage shows the description to people: made from the same document that programs
// read, with nothing from elsewhere (rule X13).
func (s *Server) apiPage(doc *huma.OpenAPI) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		p := view.API{Page: s.page(r, "interface.api_title")}
		for _, path := range slices.Sorted(maps.Keys(doc.Paths)) {
			item := doc.Paths[path]
			for method, op := range map[string]*huma.Operation{http.MethodGet: item.Get, http.MethodPost: item.Post} {
				if op != nil {
					p.Operations = append(p.Operations, apiOperation(p.Page, doc, method, path, op))
				}
			}
		}
		return s.renderPlain(w, r, http.StatusOK, view.APIPage(p), "public, max-age=300")
	}
}

func apiOperation(p view.Page, doc *huma.OpenAPI, method, path string, op *huma.Operation) view.APIOperation {
	v := view.APIOperation{ID: op.OperationID, Title: p.T("interface.op_" + op.OperationID), Method: method, Path: path}
	for _, in := range op.Parameters {
		v.Takes = append(v.Takes, view.APIField{Name: in.Name, Kind: kindOf(in.Schema), About: in.Description, Required: in.Required})
	}
	if op.RequestBody != nil {
		v.Takes = append(v.Takes, apiFields(doc, op.RequestBody.Content["application/json"].Schema)...)
	}
	v.Gives = apiFields(doc, op.Responses["200"].Content["application/json"].Schema)
	v.Statuses = slices.Sorted(maps.Keys(op.Responses))
	return v
}

// apiFields are the fields of an object; of a list inside it, the fields of what is
// listed, after its name.
func apiFields(doc *huma.OpenAPI, s *huma.Schema) []view.APIField {
	s = deref(doc, s)
	var all []view.APIField
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		field := s.Properties[name]
		all = append(all, view.APIField{Name: name, Kind: kindOf(field), About: field.Description, Required: slices.Contains(s.Required, name)})
		if field.Items != nil && deref(doc, field.Items).Type == huma.TypeObject {
			for _, below := range apiFields(doc, field.Items) {
				below.Name = name + "[]." + below.Name
				all = append(all, below)
			}
		}
	}
	return all
}

func deref(doc *huma.OpenAPI, s *huma.Schema) *huma.Schema {
	if s.Ref != "" {
		return doc.Components.Schemas.SchemaFromRef(s.Ref)
	}
	return s
}

func kindOf(s *huma.Schema) string {
	switch {
	case s == nil || s.Ref != "":
		return "object"
	case len(s.Enum) > 0:
		var words []string
		for _, v := range s.Enum {
			if word, ok := v.(string); ok {
				words = append(words, word)
			}
		}
		return strings.Join(words, " | ")
	case s.Format != "":
		return s.Format
	}
	return s.Type
}
