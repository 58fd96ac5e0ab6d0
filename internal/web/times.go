package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"naru/internal/caldate"
	"naru/internal/clinic"
	"naru/internal/fault"
	"naru/internal/store"
	"naru/internal/web/view"
)

// choice is what the page of times shows as chosen.
type choice struct {
	clinic string
	day    caldate.Date // zero: the first one with places
	start  time.Time    // zero: none yet
	key    string       // "": a new one
}

// times chooses a day and a time at a clinic. Without one in the address it is
// the clinic of the draft.
func (s *Server) times(w http.ResponseWriter, r *http.Request, v visit) error {
	q, err := query(r, "clinic", "day", "state")
	if err != nil {
		return err
	}
	c := choice{clinic: q["clinic"]}
	if day, err := caldate.Parse(q["day"]); err == nil {
		c.day = day
	}
	if c.clinic == "" {
		draft, err := s.opts.Store.Draft(r.Context(), v.session)
		if err != nil {
			return err
		}
		if draft.Clinic == "" {
			return s.redirect(w, r, v.at("/region"))
		}
		c.clinic, c.start = draft.Clinic, draft.Start
	}
	notice := map[string]string{"ended": "flow.times_ended", "released": "flow.times_released"}[q["state"]]
	return s.timesPage(w, r, v, c, notice, nil)
}

// timesPage shows the page; with err once more, everything chosen kept (R12).
func (s *Server) timesPage(w http.ResponseWriter, r *http.Request, v visit, c choice, notice string, err error) error {
	d, derr := s.directory()
	if derr != nil {
		return derr
	}
	place, derr := d.Clinic(clinic.ID(c.clinic))
	if derr != nil {
		return fault.New(fault.NotFound, "flow.clinic_unknown")
	}
	all, late, terr := s.opts.Store.Times(v.Published, v.session.Lane, c.clinic)
	if terr != nil {
		return terr
	}
	title := "flow.times_title"
	if v.Campaign.Doses < 2 {
		title = "flow.times_title_only"
	}
	t := view.Times{Flow: s.flow(r, v, 3, "times", title), Late: late, Key: c.key}
	if t.Key == "" {
		t.Key = newKey()
	}
	if notice != "" && err == nil {
		t.Notice = t.T(notice)
	}
	t.Clinic = s.clinicWords(t.Flow, place, totalLeft(all), late)
	if v.Campaign.Doses > 1 {
		t.Second = t.T("flow.times_second", "Days", s.intervalDays(v, c))
	}
	s.daysAndTimes(&t, all, c, func(day caldate.Date) string {
		return t.At("/times?"+url.Values{"clinic": {c.clinic}, "day": {day.String()}}.Encode()) + "#f-start"
	})
	status := http.StatusOK
	if err != nil {
		status = StatusOf(err)
		t.Flow = s.timesFault(r, t.Flow, all, c, err)
	}
	return s.render(w, r, status, view.TimesPage(t))
}

// intervalDays is how many days after the first dose the second will be: of the chosen
// day, or of the first one.
func (s *Server) intervalDays(v visit, c choice) int {
	zone, day := s.opts.Agency.Zone, v.Campaign.Shots.First
	switch {
	case !c.day.IsZero():
		day = c.day
	case !c.start.IsZero():
		day = caldate.Of(c.start, zone)
	}
	return v.Campaign.Intervals.At(day, caldate.Of(s.opts.Now(), zone)).Days
}

func totalLeft(all []store.Time) (n int) {
	for _, t := range all {
		n += t.Left
	}
	return n
}

// daysAndTimes groups the times by day and shows those of the chosen one.
func (s *Server) daysAndTimes(t *view.Times, all []store.Time, c choice, at func(caldate.Date) string) {
	zone := s.opts.Agency.Zone
	days, of := byDay(all, zone)
	chosen := c.day
	if chosen.IsZero() && !c.start.IsZero() {
		chosen = caldate.Of(c.start, zone)
	}
	if _, offered := of[chosen]; !offered {
		chosen = firstFree(days, of)
	}
	for _, day := range days {
		left := totalLeft(of[day])
		t.Days = append(t.Days, view.Day{
			Value: day.String(), Text: s.opts.Agency.FormatDate(t.Lang, day), Left: s.leftWords(t.Flow, left, t.Late),
			URL: at(day), Full: left == 0 && !t.Late, Selected: day == chosen,
		})
	}
	t.Chosen = s.opts.Agency.FormatDate(t.Lang, chosen)
	for _, one := range of[chosen] {
		full := one.Left <= 0 && !t.Late
		t.Times = append(t.Times, view.Time{
			Value: one.Start.UTC().Format(time.RFC3339), Text: s.opts.Agency.FormatTime(one.Start),
			Left: s.leftWords(t.Flow, one.Left, t.Late), Full: full, Selected: one.Start.Equal(c.start) && !full,
		})
	}
}

func (s *Server) leftWords(f view.Flow, left int, late bool) string {
	switch {
	case late:
		return f.T("flow.clinic_checking")
	case left <= 0:
		return f.T("flow.clinic_full")
	}
	return f.T("flow.clinic_left", "Places", left)
}

func byDay(all []store.Time, zone *time.Location) (days []caldate.Date, of map[caldate.Date][]store.Time) {
	of = map[caldate.Date][]store.Time{}
	for _, t := range all {
		day := caldate.Of(t.Start, zone)
		if _, seen := of[day]; !seen {
			days = append(days, day)
		}
		of[day] = append(of[day], t)
	}
	slices.SortFunc(days, caldate.Date.Compare)
	return days, of
}

// firstFree is the first day with places, or the first day.
func firstFree(days []caldate.Date, of map[caldate.Date][]store.Time) caldate.Date {
	for _, day := range days {
		if totalLeft(of[day]) > 0 {
			return day
		}
	}
	if len(days) > 0 {
		return days[0]
	}
	return caldate.Date{}
}

// timesFault says what went wrong; for a full time, which are the next best.
func (s *Server) timesFault(r *http.Request, f view.Flow, all []store.Time, c choice, err error) view.Flow {
	if fault.CodeOf(err) != fault.Full {
		if fault.Of(err).Args["Field"] == "start" {
			eventOf(r).code = string(fault.CodeOf(err))
			f.Problems.Fields = []view.Field{{Name: "start", Label: f.T("flow.times_time"), Error: s.words(r, err)}}
			return f
		}
		return s.again(r, f, err)
	}
	eventOf(r).code = string(fault.Full)
	best := nextBest(all, c.start)
	if len(best) == 0 {
		f.Problems.Form = []string{f.T("flow.times_full_all")}
		return f
	}
	words := make([]string, len(best))
	for i, t := range best {
		words[i] = s.opts.Agency.FormatDateTime(f.Lang, t.Start)
	}
	f.Problems.Form = []string{f.T("flow.times_full_now", "Times", strings.Join(words, ", "))}
	return f
}

// nextBest are the three free times nearest to the wished one, the nearest first.
func nextBest(all []store.Time, wish time.Time) []store.Time { return nearest(all, wish, 3) }

func nearest(all []store.Time, wish time.Time, most int) []store.Time {
	var free []store.Time
	for _, t := range all {
		if t.Left > 0 && !t.Start.Equal(wish) {
			free = append(free, t)
		}
	}
	slices.SortStableFunc(free, func(a, b store.Time) int {
		return int((a.Start.Sub(wish).Abs() - b.Start.Sub(wish).Abs()) / time.Second)
	})
	return free[:min(most, len(free))]
}
