package web

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"naru/internal/fault"
	"naru/internal/gate"
	"naru/internal/store"
	"naru/internal/web/view"
)

func (s *Server) drawRoutes() {
	s.handle("GET /draw/{campaign}", s.draw)
	s.handleMachine("GET /draw/{campaign}/draw.json", s.drawDocument)
	s.handleMachine("GET /draw/{campaign}/roll.bin", s.roll)
	s.handleMachine("GET /draw/{campaign}/proof.json", s.proof)
	s.handleMachine("GET /draw/{campaign}/admitted.json", s.admittedDocument)
	s.handleMachine("GET /draw/{campaign}/admitted.csv", s.admitted)
}

// doubtID is the message of a document's reason. Of a draw that is still to come, and of
// the development beacon, the page says it from the beginning.
var doubtID = map[string]string{
	gate.ReasonUnknown:  "draw.reason_unknown",
	gate.ReasonNoBeacon: "draw.reason_no_beacon",
	gate.ReasonNoSecret: "draw.reason_no_secret",
}

// draw explains the draw, shows its document and the reader's own place.
func (s *Server) draw(w http.ResponseWriter, r *http.Request) error {
	p, line, err := s.line(r)
	if err != nil {
		return err
	}
	d, lang := line.Draw, eventOf(r).lang
	v := view.Draw{
		Page: s.page(r, "draw.title", "Title", p.Campaign.Title), Campaign: string(p.Campaign.ID),
		Closed: d.Closed(), Held: line.Seed != nil, Verifiable: d.Verifiable, Reason: doubtID[d.Reason], L: d.L,
		Beacon: d.Beacon.Name, Round: d.Beacon.Round, Independent: gate.Independent(d.Beacon.Name),
		Command: "naru draw verify " + s.address(r, "/draw/"+string(p.Campaign.ID)),
	}
	for _, f := range []struct {
		id    string
		value gate.Hex
	}{
		{"draw.commitment", d.Commitment},
		{"draw.root", d.Root},
		{"draw.signature", d.Signature},
		{"draw.public_key", d.PublicKey},
		{"draw.beacon_value", d.BeaconValue},
		{"draw.secret", d.Secret},
		{"draw.seed", d.Seed},
	} {
		if len(f.value) > 0 {
			v.Values = append(v.Values, view.Fact{Term: s.text(lang, f.id), Value: hex.EncodeToString(f.value)})
		}
	}
	_, err = s.opts.Store.Admissions(v.Campaign)
	v.Admitted, v.Private, v.Epoch = err == nil, p.Campaign.Private, d.Epoch
	v.Scripts, v.Preload = []string{s.assets.URL("draw.js")}, s.assets.Imports("draw.js")
	s.ownPlace(r, &v)
	return s.renderPlain(w, r, http.StatusOK, view.DrawPage(v), "no-store")
}

// address is a path of this server as the reader reached it.
func (s *Server) address(r *http.Request, path string) string {
	if s.opts.HTTPS {
		return "https://" + r.Host + path
	}
	return "http://" + r.Host + path
}

// ownPlace adds what the reader's own ticket gives, when there is one.
func (s *Server) ownPlace(r *http.Request, v *view.Draw) {
	token, err := ticket(r, v.Campaign)
	if err != nil {
		return
	}
	st, err := s.opts.Store.Standing(v.Campaign, token)
	if err != nil {
		return
	}
	leaf := gate.Leaf(st.Ticket.ID)
	v.Ticket, v.TicketID, v.Leaf = true, st.Ticket.ID.String(), hex.EncodeToString(leaf[:])
	v.Kind, v.Number, v.Proof = uint8(st.Ticket.Kind), st.Ticket.Number, s.mayHaveProof(r, st.Ticket) == nil
	v.Late, v.PlaceKnown, v.Place = st.Ticket.Kind == gate.Late, st.PlaceKnown, st.Place
}

func (s *Server) line(r *http.Request) (store.Published, store.View, error) {
	p, err := s.published(r)
	if err != nil {
		return store.Published{}, store.View{}, err
	}
	v, err := s.opts.Store.View(string(p.Campaign.ID))
	return p, v, err
}

// drawDocument is the public document, byte for byte as it was made.
func (s *Server) drawDocument(w http.ResponseWriter, r *http.Request) error {
	_, v, err := s.line(r)
	if err != nil {
		return err
	}
	if len(v.DrawJSON) == 0 {
		return fault.New(fault.NotFound, "web.no_page")
	}
	h := w.Header()
	h.Set("Cache-Control", "public, max-age=5, stale-while-revalidate=30")
	h.Set("Content-Type", "application/json")
	_, _ = w.Write(v.DrawJSON) // the reader may be gone
	return nil
}

// roll is the public list of leaves, from the close of the lobby on.
func (s *Server) roll(w http.ResponseWriter, r *http.Request) error {
	p, err := s.published(r)
	if err != nil {
		return err
	}
	file, err := s.opts.Store.Roll(string(p.Campaign.ID))
	if err != nil {
		return err
	}
	defer file.Close()
	h := w.Header()
	h.Set("Cache-Control", "public, max-age=60")
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", "roll-"+string(p.Campaign.ID)+".bin"))
	if _, err := io.Copy(w, file); err != nil {
		s.opts.Log.Debug("roll was not sent whole", "request_id", eventOf(r).id, "error", err.Error())
	}
	return nil
}

// document sends a small JSON answer about one person.
func document(w http.ResponseWriter, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write document: %w", err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(body) // the reader may be gone
	return nil
}
