package fhir

import "time"

// Bundle is an answer to a search.
type Bundle struct {
	Type  string  `json:"resourceType"`
	Meta  Meta    `json:"meta"`
	Kind  string  `json:"type"`
	Total int     `json:"total"`
	Link  []Link  `json:"link"`
	Entry []Entry `json:"entry,omitempty"`
}

// Meta says as of when the answer is.
type Meta struct {
	LastUpdated string `json:"lastUpdated"`
}

// Link leads to this page of an answer, or to the next.
type Link struct {
	Relation string `json:"relation"`
	URL      string `json:"url"`
}

// Entry is one resource of an answer.
type Entry struct {
	URL      string `json:"fullUrl"`
	Resource any    `json:"resource"`
	Search   Search `json:"search"`
}

// Search says why the resource is in the answer.
type Search struct {
	Mode string `json:"mode"`
}

// NewEntry is a resource that was found, under its full address.
func NewEntry(url string, resource any) Entry { return Entry{url, resource, Search{"match"}} }

// NewBundle is one page of the total that was found, as of an instant. next is the
// address of the following page, "" on the last.
func NewBundle(asOf time.Time, total int, self, next string, entries []Entry) Bundle {
	b := Bundle{Type: "Bundle", Meta: Meta{instant(asOf)}, Kind: "searchset", Total: total, Entry: entries, Link: []Link{{"self", self}}}
	if next != "" {
		b.Link = append(b.Link, Link{"next", next})
	}
	return b
}

// Outcome is a refusal in the words of FHIR.
type Outcome struct {
	Type  string  `json:"resourceType"`
	Issue []Issue `json:"issue"`
}

// Issue is one reason.
type Issue struct {
	Severity    string  `json:"severity"`
	Code        string  `json:"code"`
	Details     Concept `json:"details"`
	Diagnostics string  `json:"diagnostics,omitempty"`
}

// NewOutcome is a refusal: code is of FHIR's issue types, text is for people, and
// diagnostics names the request in our log.
func NewOutcome(code, text, diagnostics string) Outcome {
	return Outcome{Type: "OperationOutcome", Issue: []Issue{{Severity: "error", Code: code, Details: Concept{Text: text}, Diagnostics: diagnostics}}}
}
