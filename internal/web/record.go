package web

import (
	"net/http"
	"strconv"
	"time"

	"naru/internal/caldate"
	"naru/internal/fault"
	"naru/internal/gate"
	"naru/internal/record"
	"naru/internal/store"
	"naru/internal/web/view"
)

func (s *Server) recordRoutes() {
	s.handle("GET /record", s.ownRecord)
}

// ownRecord shows people what is recorded of them and who has touched it (rule D9). It
// opens with the proof of a look-up.
func (s *Server) ownRecord(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Cache-Control", "no-store")
	token := cookie(r, lookupCookie)
	if token == "" {
		return s.lookUpAgain(w, r, fault.New(fault.Unauthenticated, "flow.lookup_first_text"))
	}
	rec, touched, err := s.opts.Store.OwnRecord(r.Context(), token, gate.BrowserHash(cookie(r, browserCookie)))
	if code := fault.CodeOf(err); code == fault.Expired || code == fault.Unauthenticated {
		return s.lookUpAgain(w, r, fault.Wrap(code, "flow.lookup_ended_text", err))
	}
	if err != nil {
		return err
	}
	p := view.Record{Flow: s.lookupFrame(r, "record.title")}
	for _, e := range rec.Standing() {
		p.Standing = append(p.Standing, s.recordCard(r, p.Flow, record.Line{Entry: e}))
	}
	for _, l := range rec.Lines {
		p.History = append(p.History, s.recordCard(r, p.Flow, l))
	}
	for _, t := range touched {
		p.Touched = append(p.Touched, s.touch(r, p.Flow, t))
	}
	return s.render(w, r, http.StatusOK, view.RecordPage(p))
}

func (s *Server) touch(r *http.Request, f view.Flow, t store.Touch) view.Fact {
	where := f.T("record.office")
	if t.Clinic != "" {
		where = s.placeName(t.Clinic)
	}
	if t.Case != "" {
		where = f.T("record.touch_case", "Case", t.Case)
	}
	return view.Fact{Term: s.instant(r, t.At), Value: f.T("record.touch", "What", f.T("record.touch_"+touchWord(t.What)), "Place", where, "End", f.T("record.touch_end_"+string(t.Phase)))}
}

// touchWords are the permissions under which staff meet a person's data, and what people
// are told of them.
var touchWords = map[string]string{
	"person.find": "find", "booking.make": "book", "booking.change": "book", "callback.keep": "call", "message.see": "message",
	"clinic.day": "day", "clinic.check_in": "day", "clinic.leftover": "day", "dose.record": "record", "record.correct": "record",
	"visit.open": "visit", "visit.numbers": "visit", "keys.manage": "certificate",
}

func touchWord(permission string) string {
	if word, ok := touchWords[permission]; ok {
		return word
	}
	return "other"
}

// placeName is a clinic's name; one that is not on the list is what was written.
func (s *Server) placeName(id string) string {
	name, _ := s.clinicName(id)
	return name
}

func (s *Server) recordCard(r *http.Request, f view.Flow, l record.Line) view.RecordLine {
	c := view.RecordLine{Title: f.T("record.kind_" + string(l.Kind())), Facts: s.factsOfRecord(r, f, l.Fact)}
	if l.Dose != nil {
		c.Title = f.T("record.dose_n", "Number", l.Dose.Number)
	}
	add := func(id, value string) { c.Facts = append(c.Facts, view.Fact{Term: f.T(id), Value: value}) }
	by := f.T("record.by_office")
	switch {
	case l.Author.Clinic != "":
		by = s.placeName(l.Author.Clinic)
	case l.Author.Source != "":
		by = f.T("record.by_import")
	}
	add("record.written", f.T("record.written_by", "Time", s.instant(r, l.At), "Who", by))
	if l.Reason != "" {
		add("record.reason", f.T("record.reason_"+string(l.Reason)))
	}
	if l.By != "" {
		c.State = f.T("record.superseded")
	}
	return c
}

func (s *Server) factsOfRecord(r *http.Request, f view.Flow, x record.Fact) (all []view.Fact) {
	a, lang := s.opts.Agency, eventOf(r).lang
	add := func(id, value string) {
		if value != "" {
			all = append(all, view.Fact{Term: f.T(id), Value: value})
		}
	}
	day := func(d caldate.Date) string {
		if d.IsZero() {
			return ""
		}
		return a.FormatDate(lang, d)
	}
	switch {
	case x.Dose != nil:
		add("record.day", day(x.Dose.Day))
		add("record.product", a.In(lang, a.Vaccines[x.Dose.Product].Name))
		add("record.lot", x.Dose.Lot)
		if x.Dose.Of > 0 {
			add("record.of", strconv.Itoa(x.Dose.Of))
		}
		if x.Dose.Site != "" {
			add("record.site", f.T("record.site_"+string(x.Dose.Site)))
		}
		add("record.country", x.Dose.Country)
	case x.Test != nil:
		add("record.method", f.T("record.method_"+string(x.Test.Method)))
		add("record.result", f.T("record.result_"+string(x.Test.Result)))
		add("record.sampled", s.instant(r, x.Test.SampledAt))
		add("record.notified", s.instant(r, x.Test.NotifiedAt))
	case x.Recovery != nil:
		add("record.positive", day(x.Recovery.Positive))
		add("record.released", day(x.Recovery.Released))
	case x.Exemption != nil:
		add("record.ground", f.T("record.ground_"+string(x.Exemption.Ground)))
		add("record.from", day(x.Exemption.From))
		add("record.until", day(x.Exemption.Until))
	}
	if x.Clinic() != "" {
		add("record.clinic", s.placeName(x.Clinic()))
	}
	return all
}

// instant is a time in the agency's zone, "" for none.
func (s *Server) instant(r *http.Request, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return s.opts.Agency.FormatDateTime(eventOf(r).lang, t)
}
