package web

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"naru/internal/booking"
	"naru/internal/campaign"
	"naru/internal/clinic"
	"naru/internal/fault"
	"naru/internal/gate"
	"naru/internal/person"
	"naru/internal/staff"
	"naru/internal/store"
	"naru/internal/web/view"
)

// offersShown are how many free times an agent is offered; the first is chosen.
const offersShown = 6

// messagesShown are how many of the newest messages an agent sees.
const messagesShown = 10

// callSaid are the notices of what has just happened.
var callSaid = map[string]string{
	"done": "call.done", "released": "call.released", "cancelled": "call.cancelled", "changed": "call.changed", "sent": "call.sent",
}

func (s *Server) callPerson(w http.ResponseWriter, r *http.Request, c staff.Caller) error {
	q, err := query(r, "region", "said")
	if err != nil {
		return err
	}
	if q["region"] != "" {
		setCookie(w, callRegionCookie, q["region"], callLife)
	}
	return s.callPersonPage(w, r, c, q, nil)
}

// callPersonPage shows everything of one call; with err once more, and the next best
// times as they are now.
func (s *Server) callPersonPage(w http.ResponseWriter, r *http.Request, c staff.Caller, q map[string]string, failed error) error {
	claim, err := s.onLine(r, c)
	if err != nil {
		return s.redirect(w, r, "/staff/call")
	}
	seen, err := s.opts.Store.SeeCaller(r.Context(), c, claim)
	if err != nil {
		return err
	}
	p := view.CallPerson{Flow: s.lookupFrame(r, "call.person_title"), Key: newKey(), Sent: q["said"] == "sent"}
	if id := callSaid[q["said"]]; id != "" && failed == nil {
		p.Notice = p.T(id)
	}
	p.Facts = []view.Fact{
		{Term: p.T("call.name"), Value: claim.Name},
		{Term: p.T("call.born"), Value: s.opts.Agency.FormatDate(p.Lang, claim.Born)},
		{Term: p.T("call.mobile"), Value: s.opts.Agency.FormatPhone(claim.Mobile)},
	}
	p.Checks = s.checks(p.Page, q["check"], p.Sent)
	region, err := s.callRegion(r, q["region"])
	if err != nil {
		return err
	}
	if p.Regions, err = s.regions(string(region)); err != nil {
		return err
	}
	if err := s.callCampaigns(r, &p, seen, region); err != nil {
		return err
	}
	s.callReservations(r, &p, seen)
	if err := s.callMessages(r, c, &p, claim); err != nil {
		return err
	}
	status := http.StatusOK
	if failed != nil {
		status, p.Flow = StatusOf(failed), s.again(r, p.Flow, failed)
	}
	return s.render(w, r, status, view.CallPersonPage(p))
}

// checks are the ways to be satisfied of a caller; none is chosen but the code once
// it is on its way.
func (s *Server) checks(p view.Page, chosen string, sent bool) []view.Option {
	var all []view.Option
	for _, v := range person.Vouches {
		all = append(all, view.Option{
			Value: string(v), Text: p.T("call.check_" + string(v)), Selected: string(v) == chosen || chosen == "" && sent && v == person.VouchCode,
		})
	}
	return all
}

// callCampaigns are the campaigns as the caller's own pages speak of them (R26).
func (s *Server) callCampaigns(r *http.Request, p *view.CallPerson, seen store.Caller, region clinic.RegionCode) error {
	first := true
	for _, one := range s.opts.Store.Campaigns() {
		line, err := s.opts.Store.View(string(one.Campaign.ID))
		if err != nil || line.Board.Phase == gate.Ended {
			continue
		}
		k := view.CallCampaign{ID: string(one.Campaign.ID), Title: s.in(p.Lang, one.Campaign.Title)}
		k.Booked = slices.ContainsFunc(seen.Reservations, func(b booking.Reservation) bool {
			return b.Disease == one.Campaign.Disease && b.State == booking.Booked
		})
		if d := one.Campaign.Eligible(seen.Facts, s.opts.Now()); !d.OK {
			k.Refused, k.Facts = s.refusalWords(p.Page, d)
		}
		if err := s.callerSees(r, p, &k, one, line, seen.Claim); err != nil {
			return err
		}
		k.Phone = slices.ContainsFunc(one.Campaign.Gate.Lanes, func(l campaign.Lane) bool { return l.Name == string(gate.Phone) })
		if k.Refused == "" && k.Phone && !k.Booked {
			k.Offers = s.offers(p.Flow, one, region)
			k.NoPlace = len(k.Offers) == 0
			k.First = first && !k.NoPlace
			first = first && k.NoPlace
		}
		p.Campaigns = append(p.Campaigns, k)
	}
	return nil
}

// callerSees is the sentence of the caller's own waiting page.
func (s *Server) callerSees(r *http.Request, p *view.CallPerson, k *view.CallCampaign, one store.Published, line store.View, claim person.Claim) error {
	st, err := s.opts.Store.CallerTicket(r.Context(), k.ID, claim)
	switch fault.CodeOf(err) {
	case "":
	case fault.NotFound, fault.NotOpen:
		return nil
	default:
		return err
	}
	v := s.waitPage(r, one, line, s.shape(r, one, line, st, ""))
	k.Wait, k.Next = p.T("wait."+v.State), v.Next(v.State)
	if v.PlaceKnown {
		k.Ahead = p.T("wait.ahead") + ": " + p.T("wait.people", "Count", ahead(st, line.Board))
	}
	return nil
}

// offers are the free times of a region for the phone lane, the earliest first, one a
// clinic; the first is chosen.
func (s *Server) offers(f view.Flow, p store.Published, region clinic.RegionCode) []view.CallOffer {
	type offer struct {
		store.Time
		at *clinic.Clinic
	}
	var all []offer
	d := s.opts.Store.Directory()
	for _, k := range d.ClinicsIn(region) {
		times, _, err := s.opts.Store.Times(p, gate.Phone, string(k.ID))
		if err != nil {
			continue
		}
		if i := slices.IndexFunc(times, func(t store.Time) bool { return t.Left > 0 }); i >= 0 {
			all = append(all, offer{times[i], k})
		}
	}
	slices.SortStableFunc(all, func(a, b offer) int { return a.Start.Compare(b.Start) })
	var out []view.CallOffer
	for i, o := range all[:min(offersShown, len(all))] {
		out = append(out, view.CallOffer{
			Value: string(o.at.ID) + " " + o.Start.UTC().Format(time.RFC3339), Time: s.opts.Agency.FormatDateTime(f.Lang, o.Start),
			Clinic: o.at.Name, Address: o.at.Address, Left: s.leftWords(f, o.Left, false), Selected: i == 0,
		})
	}
	return out
}

func (s *Server) callReservations(r *http.Request, p *view.CallPerson, seen store.Caller) {
	for i, res := range seen.Reservations {
		one := view.CallBooked{Found: s.foundOne(r, p.Flow, i+1, res), Key: newKey()}
		one.Calendar = ""
		if b, known := seen.BookedBy[res.Number]; known {
			one.By = s.bookedByWords(p.Page, b)
		}
		for _, dose := range []int{1, 2, booking.BothDoses} {
			if res.Open(dose, s.opts.Now()) == nil {
				one.Doses = append(one.Doses, view.Link{
					Text: p.T("call.change_dose_" + doseNames[dose]), URL: p.URL("/staff/call/change?n=" + strconv.Itoa(i+1) + "&dose=" + doseNames[dose]),
				})
			}
		}
		p.Booked = append(p.Booked, one)
	}
}

func (s *Server) callMessages(r *http.Request, c staff.Caller, p *view.CallPerson, claim person.Claim) error {
	if c.MayAnywhere(staff.SeeMessages) != nil {
		return nil
	}
	all, err := s.opts.Store.MessagesOfCaller(r.Context(), c, claim)
	if err != nil {
		return err
	}
	p.Messages = s.standings(p.Page, all[:min(messagesShown, len(all))])
	for i := range p.Messages {
		p.Messages[i].Dead = false // to send one again there is the page of messages
	}
	if s.opts.Development {
		p.Inbox = p.URL("/inbox?to=" + claim.Mobile)
	}
	return nil
}
