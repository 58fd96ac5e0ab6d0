package web

import (
	"io"
	"net/http"

	"naru/internal/fault"
	"naru/internal/message"
	"naru/internal/notify"
	"naru/internal/staff"
	"naru/internal/store"
	"naru/internal/web/view"
)

// messageRoutes are the staff's page of messages, and where providers report.
func (s *Server) messageRoutes() {
	s.handleStaff("GET /staff/messages", staff.SeeMessages, s.staffMessages)
	s.handleStaff("POST /staff/messages/find", staff.SeeMessages, s.findMessages)
	s.handleStaff("POST /staff/messages/again", staff.SeeMessages, s.sendAgain)
	s.handleMachine("POST /messages/{provider}/reports", s.messageReports)
}

func (s *Server) staffMessages(w http.ResponseWriter, r *http.Request, c staff.Caller) error {
	q, err := query(r, "said")
	if err != nil {
		return err
	}
	v := s.messagesFrame(r)
	if q["said"] == "again" {
		v.Notice = v.T("messages.sent_again")
	}
	all, err := s.opts.Store.DeadLetters(r.Context(), c)
	if err != nil {
		return err
	}
	v.Dead = s.standings(v.Page, all)
	return s.render(w, r, http.StatusOK, view.MessagesPage(v))
}

func (s *Server) messagesFrame(r *http.Request) view.Messages {
	p := s.staffFrame(r, "messages.title")
	return view.Messages{Page: p, Phone: view.Field{
		Name: "phone", Label: p.T("messages.phone"), Type: "tel", Required: true, Autocomplete: "off",
	}}
}

// findMessages takes the number in the body, so that it is in no address.
func (s *Server) findMessages(w http.ResponseWriter, r *http.Request, c staff.Caller) error {
	in, err := form(w, r, "phone")
	if err != nil {
		return err
	}
	v := s.messagesFrame(r)
	v.Phone.Value = in["phone"]
	phone, err := s.opts.Agency.NormalisePhone(in["phone"])
	if err == nil {
		var all []store.MessageStanding
		if all, err = s.opts.Store.MessagesOf(r.Context(), c, phone); err == nil {
			v.Asked, v.Found = true, s.standings(v.Page, all)
		}
	}
	if err != nil && !staysOnPage(r, err) {
		return err
	}
	status := http.StatusOK
	if err != nil {
		status, v.Phone.Error = StatusOf(err), s.words(r, err)
		eventOf(r).code = string(fault.CodeOf(err))
	}
	return s.render(w, r, status, view.MessagesPage(v))
}

func (s *Server) sendAgain(w http.ResponseWriter, r *http.Request, c staff.Caller) error {
	in, err := form(w, r, "message")
	if err != nil {
		return err
	}
	if err := s.opts.Store.SendAgain(r.Context(), c, in["message"]); err != nil {
		return err
	}
	return s.redirect(w, r, "/staff/messages?said=again")
}

func (s *Server) standings(p view.Page, all []store.MessageStanding) []view.MessageStanding {
	a := s.opts.Agency
	rows := make([]view.MessageStanding, 0, len(all))
	for _, m := range all {
		v := view.MessageStanding{
			ID: m.ID, To: a.FormatPhone(m.To), Kind: s.kindText(p, m.Kind), State: p.T("messages.state_" + string(m.State)),
			Provider: string(m.Provider), Cause: m.Cause, Written: a.FormatDateTime(p.Lang, m.WrittenAt), Dead: m.State == message.Failed,
		}
		if !m.SentAt.IsZero() {
			v.Sent = a.FormatDateTime(p.Lang, m.SentAt)
		}
		if !m.EndedAt.IsZero() {
			v.Ended = a.FormatDateTime(p.Lang, m.EndedAt)
		}
		if !m.Due.IsZero() {
			v.Next = a.FormatDateTime(p.Lang, m.Due)
		}
		rows = append(rows, v)
	}
	return rows
}

// kindText is a kind in words; one that has none is "other".
func (s *Server) kindText(p view.Page, kind string) string {
	if id := "messages.kind_" + kind; s.opts.Catalogue.Has(id) {
		return p.T(id)
	}
	return p.T("messages.kind_other")
}

// messageReports takes what a provider reports of messages (rule M7).
func (s *Server) messageReports(w http.ResponseWriter, r *http.Request) error {
	id := message.ProviderID(r.PathValue("provider"))
	secret := s.opts.ReportSecrets[id]
	if secret == "" {
		return fault.New(fault.NotFound, "web.no_page")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, notify.ReportMost))
	if err != nil {
		return fault.Wrap(fault.TooLarge, "messages.report_bad", err)
	}
	all, err := notify.ParseReports(secret, r.Header.Get(notify.ReportTime), r.Header.Get(notify.ReportSignature), body, s.opts.Now())
	if err != nil {
		return err
	}
	if err := s.opts.Store.ReportMessages(r.Context(), id, all); err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusNoContent)
	return nil
}
