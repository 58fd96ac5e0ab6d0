package web

import (
	"net/http"
	"time"

	"naru/internal/booking"
)

// sendCalendar sends the doses of a reservation as a calendar file; of a
// cancelled one, the file that takes them out of the calendar again.
func (s *Server) sendCalendar(w http.ResponseWriter, r *http.Request, res booking.Reservation) error {
	lang, a := eventOf(r).lang, s.opts.Agency
	name, address := s.clinicName(res.Clinic)
	text := s.text(lang, "flow.ics_text", "Number", res.Number.String(), "Helpline", a.Helpline.Number)
	c := calendar{
		lang: lang, organiser: s.in(lang, a.Name), address: s.opts.Public + "/", now: s.opts.Now(),
		cancelled: res.State == booking.Cancelled,
	}
	for _, d := range res.Doses {
		if d.Start.IsZero() {
			continue
		}
		title := s.text(lang, "flow.ics_title", "Number", d.Number, "Clinic", name)
		c.all = append(c.all, appointment{
			id: string(res.Number) + "/" + string(rune('0'+d.Number)), start: d.Start,
			length: time.Duration(a.SlotMinutes) * time.Minute, version: calendarVersion(res, d),
			title: title, place: name + ", " + address, text: text, reminder: title,
		})
	}
	h := w.Header()
	h.Set("Content-Type", "text/calendar; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="naru.ics"`)
	h.Set("Cache-Control", "no-store")
	_, _ = w.Write(c.file()) // the reader may be gone
	return nil
}

// calendarVersion is the SEQUENCE of a dose: how many seconds after the
// reservation its present place was taken, since a changed dose has a new one.
func calendarVersion(res booking.Reservation, d booking.Dose) int {
	made, ok := d.HoldID.Made()
	if !ok {
		return 0
	}
	return max(0, int(made.Sub(res.CreatedAt)/time.Second))
}
