package web

import (
	"encoding/json"
	"net/http"

	"naru/internal/notify"
	"naru/internal/store"
	"naru/internal/web/view"
)

// inboxLength is how many messages are shown, the newest first.
const inboxLength = 50

// messages reads the inbox of the development provider for the number in the
// address, or its codes alone with kind=code. Both pages exist only where messages
// go nowhere else.
func (s *Server) messages(r *http.Request) (to string, all []store.Message, err error) {
	q, err := query(r, "to", "kind")
	if err != nil {
		return "", nil, err
	}
	if q["to"] != "" {
		if to, err = s.opts.Agency.NormalisePhone(q["to"]); err != nil {
			return "", nil, err
		}
	}
	if to != "" && q["kind"] == "code" {
		all, err = s.opts.Store.Codes(r.Context(), to, inboxLength)
		return to, all, err
	}
	all, err = s.opts.Store.Inbox(r.Context(), to, inboxLength)
	return to, all, err
}

func (s *Server) inbox(w http.ResponseWriter, r *http.Request) error {
	to, all, err := s.messages(r)
	if err != nil {
		return err
	}
	p := view.Inbox{Flow: s.lookupFrame(r, "flow.inbox_title"), To: s.opts.Agency.FormatPhone(to)}
	for _, m := range all {
		p.Messages = append(p.Messages, view.Message{
			To: s.opts.Agency.FormatPhone(m.To), At: s.opts.Agency.FormatDateTime(p.Lang, m.SentAt),
			Kind: m.Kind, Lang: m.Lang, Body: notify.Text(s.opts.Catalogue, s.opts.Agency, m),
		})
	}
	return s.render(w, r, http.StatusOK, view.InboxPage(p))
}

// inboxEntry is one entry of /inbox.json.
type inboxEntry struct {
	ID   string `json:"id"`
	Kind string `json:"kind"`
	To   string `json:"to"`
	Lang string `json:"lang"`
	Body string `json:"body"`
	At   string `json:"sent_at"`
}

func (s *Server) inboxJSON(w http.ResponseWriter, r *http.Request) error {
	_, all, err := s.messages(r)
	if err != nil {
		return err
	}
	out := make([]inboxEntry, 0, len(all))
	for _, m := range all {
		out = append(out, inboxEntry{m.ID, m.Kind, m.To, m.Lang, notify.Text(s.opts.Catalogue, s.opts.Agency, m), m.SentAt.UTC().Format("2006-01-02T15:04:05Z")})
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	return json.NewEncoder(w).Encode(out)
}
