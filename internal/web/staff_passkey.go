package web

import (
	"encoding/base64"
	"encoding/json"
	"net/http"

	"naru/internal/fault"
	"naru/internal/gate"
	"naru/internal/passkey"
	"naru/internal/staff"
	"naru/internal/store"
	"naru/internal/web/view"
)

// The kinds of questions.
const (
	askPasskey   = "passkey"
	offerPasskey = "new passkey"
)

// staffPasskeyPages sign in by passkey, and let staff keep their own (rules S9, S10).
// Where the service does not know its own address there are none.
func (s *Server) staffPasskeyPages() {
	s.handle("POST /staff/passkey/enter/begin", s.passkeyAsk)
	s.handle("POST /staff/passkey/enter", s.passkeyEntered)
	s.handleStaff("POST /staff/me/passkeys/begin", "", s.passkeyOffer)
	s.handleStaff("POST /staff/me/passkeys", "", s.passkeyMade)
	s.handleStaff("POST /staff/me/passkeys/remove", "", s.passkeyRemove)
}

func (s *Server) noPasskeys() error {
	if s.passkeys == nil {
		return fault.New(fault.NotFound, "web.no_page")
	}
	return nil
}

// passkeyQuestion is what the script gets: the token of the question, and the options of the
// browser's own function.
type passkeyQuestion struct {
	Question string          `json:"question"`
	Create   json.RawMessage `json:"create,omitempty"`
	Get      json.RawMessage `json:"get,omitempty"`
}

func sendAsked(w http.ResponseWriter, a passkeyQuestion) error {
	text, err := json.Marshal(a)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(text) // the reader may be gone
	return nil
}

func (s *Server) passkeyAsk(w http.ResponseWriter, r *http.Request) error {
	if err := s.noPasskeys(); err != nil {
		return err
	}
	options, secret, err := s.passkeys.Ask()
	if err != nil {
		return err
	}
	token, err := s.opts.Store.AskQuestion(r.Context(), store.Question{Kind: askPasskey, Browser: gate.BrowserHash(browser(w, r)), Secret: secret})
	if err != nil {
		return err
	}
	return sendAsked(w, passkeyQuestion{Question: token, Get: options})
}

func (s *Server) passkeyEntered(w http.ResponseWriter, r *http.Request) error {
	if err := s.noPasskeys(); err != nil {
		return err
	}
	in, err := form(w, r, "question", "answer")
	if err != nil {
		return err
	}
	token, err := s.enterByPasskey(w, r, in)
	return s.staffIsIn(w, r, token, "", err)
}

func (s *Server) enterByPasskey(w http.ResponseWriter, r *http.Request, in map[string]string) (string, error) {
	at := gate.BrowserHash(browser(w, r))
	q, err := s.opts.Store.TakeQuestion(r.Context(), askPasskey, at, in["question"])
	if err != nil {
		return "", err
	}
	var before store.Passkey
	_, key, err := s.passkeys.Answered(q.Secret, []byte(in["answer"]), func(key []byte, holder string) (passkey.Holder, error) {
		var err error
		before, err = s.opts.Store.PasskeyOf(r.Context(), staff.ID(holder), key)
		return passkey.Holder{ID: holder, Keys: [][]byte{before.Data}}, err
	})
	if err != nil {
		return "", err
	}
	token, _, err := s.opts.Store.EnterByPasskey(r.Context(), at, before, key.Data, key.Copied)
	return token, err
}

// keyHolder is the caller with the keys they have.
func (s *Server) keyHolder(r *http.Request, c staff.Caller) (passkey.Holder, error) {
	h := passkey.Holder{ID: string(c.ID), Name: c.Name}
	keys, err := s.opts.Store.Passkeys(r.Context(), c.ID)
	for _, k := range keys {
		h.Keys = append(h.Keys, k.Data)
	}
	return h, err
}

func (s *Server) passkeyOffer(w http.ResponseWriter, r *http.Request, c staff.Caller) error {
	if err := s.noPasskeys(); err != nil {
		return err
	}
	h, err := s.keyHolder(r, c)
	if err != nil {
		return err
	}
	options, secret, err := s.passkeys.Offer(h)
	if err != nil {
		return err
	}
	q := store.Question{Kind: offerPasskey, Browser: gate.BrowserHash(browser(w, r)), Staff: c.ID, Secret: secret}
	token, err := s.opts.Store.AskQuestion(r.Context(), q)
	if err != nil {
		return err
	}
	return sendAsked(w, passkeyQuestion{Question: token, Create: options})
}

func (s *Server) passkeyMade(w http.ResponseWriter, r *http.Request, c staff.Caller) error {
	if err := s.noPasskeys(); err != nil {
		return err
	}
	in, err := form(w, r, "question", "answer")
	if err != nil {
		return err
	}
	return s.selfChanged(w, r, c, s.keepPasskey(w, r, c, in))
}

func (s *Server) keepPasskey(w http.ResponseWriter, r *http.Request, c staff.Caller, in map[string]string) error {
	q, err := s.opts.Store.TakeQuestion(r.Context(), offerPasskey, gate.BrowserHash(browser(w, r)), in["question"])
	if err != nil {
		return err
	}
	if q.Staff != c.ID { // somebody else has signed in here meanwhile
		return fault.New(fault.Conflict, "staff.question_over")
	}
	h, err := s.keyHolder(r, c)
	if err != nil {
		return err
	}
	key, err := s.passkeys.Made(h, q.Secret, []byte(in["answer"]))
	if err != nil {
		return err
	}
	return s.opts.Store.AddPasskey(r.Context(), c, key.ID, key.Data)
}

func (s *Server) passkeyRemove(w http.ResponseWriter, r *http.Request, c staff.Caller) error {
	in, err := form(w, r, "key")
	if err != nil {
		return err
	}
	key, err := base64.RawURLEncoding.DecodeString(in["key"])
	if err != nil {
		return fault.New(fault.Malformed, "web.malformed")
	}
	return s.selfChanged(w, r, c, s.opts.Store.RemovePasskey(r.Context(), c, key))
}

// selfChanged leads back to the caller's own page, or says there what stood in the way.
func (s *Server) selfChanged(w http.ResponseWriter, r *http.Request, c staff.Caller, err error) error {
	switch code := fault.CodeOf(err); {
	case err == nil:
		return s.redirect(w, r, "/staff/me")
	case prefersJSON(r, false):
		return err
	case code == fault.Unauthenticated, code == fault.Conflict:
		return s.staffSelfPage(w, r, http.StatusConflict, c, err)
	case staysOnPage(r, err):
		return s.staffSelfPage(w, r, StatusOf(err), c, err)
	}
	return err
}

func (s *Server) passkeyLines(r *http.Request, c staff.Caller) ([]view.StaffKey, error) {
	keys, err := s.opts.Store.Passkeys(r.Context(), c.ID)
	var all []view.StaffKey
	for _, k := range keys {
		all = append(all, view.StaffKey{
			ID:   base64.RawURLEncoding.EncodeToString(k.ID),
			Made: s.opts.Agency.FormatDateTime(eventOf(r).lang, k.Made), Used: s.opts.Agency.FormatDateTime(eventOf(r).lang, k.Used),
		})
	}
	return all, err
}
