package web

import (
	"net/http"

	"naru/internal/fault"
	"naru/internal/gate"
)

// proof is the reader's own proof that their ticket is in the roll (rule G37).
func (s *Server) proof(w http.ResponseWriter, r *http.Request) error {
	p, err := s.published(r)
	if err != nil {
		return err
	}
	id := string(p.Campaign.ID)
	token, err := ticket(r, id)
	if err != nil {
		return err
	}
	st, err := s.opts.Store.Standing(id, token)
	if err != nil {
		return err
	}
	if err := s.mayHaveProof(r, st.Ticket); err != nil {
		return err
	}
	proof, err := s.opts.Store.Inclusion(r.Context(), st.Ticket)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Type", "application/json")
	h.Set("Content-Disposition", `attachment; filename="proof.json"`)
	_, _ = w.Write(proof.Encode()) // the reader may be gone
	return nil
}

// mayHaveProof is nil for the holder of a ticket; of a private campaign only for
// who has proven, in this browser, that the ticket is theirs.
func (s *Server) mayHaveProof(r *http.Request, t gate.Ticket) error {
	p, err := s.opts.Store.Campaign(t.Campaign)
	if err != nil || !p.Campaign.Private {
		return err
	}
	ses, err := s.session(r, t.Campaign)
	if err != nil || !ses.Proven || ses.Ticket != t.ID {
		return fault.Wrap(fault.Forbidden, "gate.proof_private", err)
	}
	return nil
}
