package web

import (
	"net/http"
	"strconv"
	"time"

	"naru/internal/fault"
	"naru/internal/staff"
	"naru/internal/store"
	"naru/internal/web/view"
)

const operatorCookie = "__Host-naru-operator"

// How long an operator's code may be typed in, and how long the cookie lasts.
const (
	codeLife     = 2 * time.Minute
	operatorLife = 30 * time.Minute
)

// operateRoutes are the operators' page for a machine on which nobody has an account:
// it opens with a code from the server's own socket (naru gate page). Staff have the
// same page under /staff/gates.
func (s *Server) operateRoutes() {
	s.handle("GET /operate", s.operate)
	s.handle("POST /operate/enter", s.operateEnter)
	s.handle("POST /operate/{campaign}", s.operator(s.operateSteer))
}

func (s *Server) operate(w http.ResponseWriter, r *http.Request) error {
	o, err := s.opts.Store.OpenOperator(cookie(r, operatorCookie), store.OperatorCookie)
	if err != nil {
		return s.operateCode(w, r, http.StatusOK, nil)
	}
	return s.operatePage(w, r, http.StatusOK, operatorDesk(o), "", nil)
}

// gateDesk is who looks at the gates, and where.
type gateDesk struct {
	caller   staff.Caller
	by       string // as the list of changes keeps it
	name     string
	ends     time.Time
	base     string // path of the page
	maySteer bool
}

func operatorDesk(o store.Operator) gateDesk {
	return gateDesk{caller: store.Console(), by: o.By, name: o.By, ends: o.Ends, base: "/operate", maySteer: true}
}

func (s *Server) operateFrame(r *http.Request, path string) view.Page {
	p := s.pageIn(eventOf(r).lang, path, "operate.title")
	if style := s.assets.URL("flow.css"); style != "" {
		p.Styles = append(p.Styles, style)
	}
	return p
}

// operateCode asks for the code; with err once more.
func (s *Server) operateCode(w http.ResponseWriter, r *http.Request, status int, err error) error {
	p := s.operateFrame(r, "/operate")
	f := view.Field{Name: "code", Label: p.T("operate.code"), Hint: p.T("operate.code_hint"), Required: true, Autocomplete: "off"}
	if err != nil {
		eventOf(r).code, f.Error = string(fault.CodeOf(err)), s.words(r, err)
	}
	return s.render(w, r, status, view.OperateCodePage(view.OperateCode{Page: p, Code: f}))
}

func (s *Server) operateEnter(w http.ResponseWriter, r *http.Request) error {
	in, err := form(w, r, "code")
	if err != nil {
		return err
	}
	o, err := s.opts.Store.OpenOperator(in["code"], store.OperatorCode)
	if err != nil {
		return s.operateCode(w, r, StatusOf(err), err)
	}
	o.For, o.Ends = store.OperatorCookie, s.opts.Now().Add(operatorLife)
	setCookie(w, operatorCookie, s.opts.Store.SealOperator(o), operatorLife)
	return s.redirect(w, r, "/operate")
}

// operator opens what only operators may do.
func (s *Server) operator(do func(w http.ResponseWriter, r *http.Request, o store.Operator) error) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		o, err := s.opts.Store.OpenOperator(cookie(r, operatorCookie), store.OperatorCookie)
		if err != nil {
			return s.operateCode(w, r, StatusOf(err), err)
		}
		return do(w, r, o)
	}
}

func (s *Server) operateSteer(w http.ResponseWriter, r *http.Request, o store.Operator) error {
	return s.steer(w, r, operatorDesk(o))
}

// steer takes one change: the form has one button for each.
func (s *Server) steer(w http.ResponseWriter, r *http.Request, d gateDesk) error {
	in, err := form(w, r, "do", "cap", "rate")
	if err != nil {
		return err
	}
	campaign := r.PathValue("campaign")
	to, err := steering(in)
	if err == nil {
		err = s.opts.Store.SteerAs(r.Context(), d.caller, campaign, to, d.by)
	}
	if staysOnPage(r, err) {
		return s.operatePage(w, r, StatusOf(err), d, campaign, err)
	}
	if err != nil {
		return err
	}
	return s.redirect(w, r, d.base)
}

func steering(in map[string]string) (to store.Steering, err error) {
	switch in["do"] {
	case "pause", "resume":
		paused := in["do"] == "pause"
		to.Paused = &paused
	case "cap":
		n, err := strconv.Atoi(in["cap"])
		if err != nil {
			return to, fault.New(fault.Invalid, "gate.cap_bad").With("Field", "cap")
		}
		to.Cap = &n
	case "rate":
		f, err := strconv.ParseFloat(in["rate"], 64)
		if err != nil {
			return to, fault.New(fault.Invalid, "gate.rate_bad").With("Field", "rate")
		}
		to.Rate = &f
	default:
		return to, fault.New(fault.Malformed, "web.malformed")
	}
	return to, nil
}

// operatePage shows every gate; wrong is the campaign whose form had err.
func (s *Server) operatePage(w http.ResponseWriter, r *http.Request, status int, d gateDesk, wrong string, err error) error {
	gates, gerr := s.opts.Store.Gate(r.Context(), "")
	if gerr != nil {
		return gerr
	}
	v := view.Operate{Page: s.operateFrame(r, d.base), By: d.name, Ends: s.opts.Agency.FormatTime(d.ends), Base: d.base, MaySteer: d.maySteer}
	for _, g := range gates {
		one := s.gateCard(r, v.Page, g)
		if g.Campaign == wrong {
			eventOf(r).code, one.Error = string(fault.CodeOf(err)), s.words(r, err)
		}
		v.Gates = append(v.Gates, one)
	}
	return s.render(w, r, status, view.OperatePage(v))
}

func (s *Server) gateCard(r *http.Request, p view.Page, g store.GateStatus) view.GateCard {
	lang := eventOf(r).lang
	c := view.GateCard{
		Campaign: g.Campaign, Phase: p.T("state." + string(g.Phase)), Opens: s.opts.Agency.FormatDateTime(lang, g.Opens), Paused: g.Paused,
		Cap:      view.Field{Name: "cap", Label: p.T("operate.cap"), Value: strconv.Itoa(g.Cap), InputMode: "numeric", Required: true, In: g.Campaign},
		Rate:     view.Field{Name: "rate", Label: p.T("operate.rate"), Value: strconv.FormatFloat(g.Rate, 'g', -1, 64), InputMode: "decimal", Required: true, In: g.Campaign},
		Pressure: strconv.Itoa(int(g.Pressure*100)) + " %",
	}
	for _, l := range g.Lanes {
		c.Lanes = append(c.Lanes, view.LaneLine{
			Lane: p.T("lane." + string(l.Lane)), Seats: l.Seats, Live: l.Live, Unproven: l.Unproven, Turns: l.Turns,
			Serving: l.Serving, Waiting: l.End - min(l.End, l.Serving),
		})
	}
	for _, a := range g.Lately {
		c.Lately = append(c.Lately, view.SteeringLine{
			At: s.opts.Agency.FormatDateTime(lang, a.At), By: s.steeredBy(r.Context(), a.By), What: p.T("operate.what_" + a.What), Before: a.Before, After: a.After,
		})
	}
	return c
}
