package store

import (
	"context"
	"time"

	"naru/internal/fault"
	"naru/internal/staff"
)

// questionLife is how long a question waits for its answer (rule S9).
const questionLife = 5 * time.Minute

// Question is something that is out: a passkey's challenge, a way to the sign-in
// service.
type Question struct {
	Kind    string
	Browser [32]byte
	Staff   staff.ID // who asked, "" before anybody is known
	Secret  []byte   // what the answer is checked against
}

// AskQuestion keeps a question and gives the token by which its answer is known. Code
// TooMany (rule S11).
func (s *Store) AskQuestion(ctx context.Context, q Question) (token string, err error) {
	if err := s.tryStaff(ctx, q.Browser, ""); err != nil {
		return "", err
	}
	token = newToken()
	hash := hashToken(token)
	return token, s.inStaff(ctx, &askAct{q, hash, s.people.Seal("staff_question", "data", string(hash), q.Secret)})
}

type askAct struct {
	Question
	token, sealed []byte
}

// Run keeps the question and drops those that nobody answered.
func (a *askAct) Run(h *staffHouse) error {
	if _, err := h.Exec(`DELETE FROM staff_question WHERE expires_at < $1`, h.Now.Unix()); err != nil {
		return err
	}
	_, err := h.Exec(`INSERT INTO staff_question (token, kind, browser, staff_id, data, expires_at) VALUES ($1, $2, $3, $4, $5, $6)`,
		a.token, a.Kind, a.Browser[:], string(a.Staff), a.sealed, h.Now.Add(questionLife).Unix())
	return err
}

// TakeQuestion takes a question back for its answer, once, in the browser that asked.
// Code Unauthenticated.
func (s *Store) TakeQuestion(ctx context.Context, kind string, browser [32]byte, token string) (Question, error) {
	over := fault.New(fault.Unauthenticated, "staff.question_over")
	if len(token) > maxSealed {
		return Question{}, over
	}
	a := &takeQuestionAct{token: hashToken(token), Question: Question{Kind: kind, Browser: browser}}
	if err := s.inStaff(ctx, a); err != nil {
		return Question{}, err
	}
	if !a.found {
		return Question{}, over
	}
	var err error
	a.Secret, err = s.people.Open("staff_question", "data", string(a.token), a.sealed)
	return a.Question, err
}

type takeQuestionAct struct {
	Question
	token, sealed []byte
	found         bool
}

// Run reads and deletes it in one transaction: whoever comes second finds nothing.
func (a *takeQuestionAct) Run(h *staffHouse) error {
	var err error
	a.found, err = h.Row(`SELECT staff_id, data FROM staff_question WHERE token = $1 AND kind = $2 AND browser = $3 AND expires_at >= $4`,
		[]any{a.token, a.Kind, a.Browser[:], h.Now.Unix()}, &a.Staff, &a.sealed)
	if err != nil || !a.found {
		return err
	}
	n, err := h.Exec(`DELETE FROM staff_question WHERE token = $1`, a.token)
	a.found = n == 1
	return err
}
