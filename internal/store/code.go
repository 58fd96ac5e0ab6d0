package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"time"

	"naru/internal/campaign"
	"naru/internal/fault"
	"naru/internal/gate"
	"naru/internal/message"
	"naru/internal/person"
)

// SendCode sends a one-time code to the phone of the claim with which the
// session's ticket was made. Limits count per browser and per phone; a stranger
// who spends the phone's slows the person down to a minute, no more (rule P8).
func (s *Store) SendCode(ctx context.Context, ses gate.Session, c person.Claim, lang string) error {
	if err := s.mayProve(ctx, ses); err != nil {
		return err
	}
	err := s.sendCode(ctx, c, ses.Browser, lang, true)
	if err == nil {
		s.started(ctx, ses.Campaign, ses.Ticket)
	}
	return err
}

// started notes at the gate that a ticket's holder has begun to prove who they are
// (rule G55). If that is lost, the seat is not waited for, no more.
func (s *Store) started(ctx context.Context, campaignID string, id gate.TicketID) {
	if err := s.atGate(ctx, startedAct{keyOf(campaignID, id)}); err != nil {
		s.opts.Log.Warn("a proof that was begun is not noted at the gate", "error", err)
	}
}

type startedAct struct{ key ticketKey }

// Wants names what the act reads.
func (a startedAct) Wants(h *gateHouse) { h.admissions.Want(a.key) }

// Run notes the first time of a session.
func (a startedAct) Run(h *gateHouse) error {
	row, found, err := h.admissions.One(a.key)
	if err != nil || !found || row.state != admissionLive || row.startedAt != 0 {
		return err
	}
	row.startedAt = h.Now.Unix()
	h.admissions.Change(row)
	return nil
}

// mayProve says whether the session still waits for a proof: a browser whose
// session was taken by the person's own proof can ask for no more codes.
func (s *Store) mayProve(ctx context.Context, ses gate.Session) error {
	var session, challenger []byte
	var proven bool
	var expires, challengeEnds int64
	err := s.gate.ReadRow(ctx, `SELECT session_id, proven, expires_at, challenger_id, challenger_expires FROM admission
	    WHERE bucket = $1 AND campaign = $2 AND ticket_id = $3`, []any{ticketBucket(ses.Ticket), ses.Campaign, ses.Ticket[:]},
		&session, &proven, &expires, &challenger, &challengeEnds)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return unavailable("read admission", err)
	}
	now := s.now().Unix()
	shared := !proven && now < expires && bytes.Equal(session, ses.ID[:])
	if shared || now < challengeEnds && bytes.Equal(challenger, ses.ID[:]) {
		return nil
	}
	return fault.New(fault.Conflict, "gate.session_ended")
}

// sendCode sends a code; without post it does all but send it, so that a claim
// of nobody is answered like one of somebody. The code is then nobody's. The
// phone's limit lives in the phone's bucket and is counted first: a browser that
// has used up its own is refused before it comes to that.
func (s *Store) sendCode(ctx context.Context, c person.Claim, browser [32]byte, lang string, post bool) error {
	code := person.NewCode()
	id := s.people.OfClaim(person.ForPerson, c)
	stored := s.codeIndex(c, browser, code)
	if !post {
		_, _ = rand.Read(stored.Sum[:]) // no code leads here
	}
	sent, err := s.maySend(ctx, id, browser)
	if err != nil {
		return err
	}
	phone := &phoneCodeAct{phone: s.people.Lookup(person.ForPhone, c.Mobile), byBrowser: sent.ByBrowser}
	if err := s.inBooking(ctx, phone); err != nil || phone.refusal != nil {
		return errors.Join(err, phone.refusal)
	}
	a := &sendCodeAct{
		claim: id, browser: browser, code: stored, post: post,
		letter: s.letter(id.Bucket(), c.Mobile, lang, message.Code, map[string]string{"Code": code}),
	}
	if err := s.inBooking(ctx, a); err != nil {
		return err
	}
	if a.refusal == nil {
		s.callPostman()
	}
	return a.refusal
}

// maySend looks at the browser's own limit before the phone's is counted.
func (s *Store) maySend(ctx context.Context, claim person.Index, browser [32]byte) (person.Sent, error) {
	r := challengeRow{}
	err := s.booking.ReadRow(ctx, `SELECT `+challengeTable.ColumnNames()+` FROM challenge WHERE bucket = $1 AND claim = $2 AND browser = $3`,
		[]any{claim.Bucket(), claim.Sum[:], browser[:]}, r.Into()...)
	if errors.Is(err, sql.ErrNoRows) {
		return person.Sent{}, nil
	}
	if err != nil {
		return person.Sent{}, unavailable("read codes", err)
	}
	sent, _ := r.sent(s.now())
	return sent, person.MaySend(sent, s.now())
}

// codeIndex is what is stored of a code: keyed, and bound to claim and browser.
func (s *Store) codeIndex(c person.Claim, browser [32]byte, code string) person.Index {
	return s.people.OfClaim(person.ForCode, c, hex.EncodeToString(browser[:]), code)
}

type sendCodeAct struct {
	claim   person.Index
	browser [32]byte
	code    person.Index
	letter  letter
	post    bool
	refusal error
}

// Wants names what the act reads.
func (a *sendCodeAct) Wants(h *bookingHouse) {
	h.challenges.Want(claimGroup{a.claim.Bucket(), a.claim.Sum})
}

// Run decides by the browser's codes, writes the new one, and posts it.
func (a *sendCodeAct) Run(h *bookingHouse) error {
	r, err := h.challenge(a.claim, a.browser)
	if err != nil {
		return err
	}
	fresh := r == nil
	if fresh {
		r = &challengeRow{bucket: a.claim.Bucket(), claim: a.claim.Sum[:], browser: a.browser[:], since: h.Now.Unix()}
	}
	sent, since := r.sent(h.Now)
	if a.refusal = person.MaySend(sent, h.Now); a.refusal != nil {
		return nil
	}
	r.codeKey, r.code, r.sentAt, r.since = int32(a.code.Key), a.code.Sum[:], h.Now.Unix(), since
	r.sends, r.tries, r.answer = int32(sent.ByBrowser+1), 0, "" //nolint:gosec // a few
	if fresh {
		err = h.challenges.Add(r)
	} else {
		h.challenges.Change(r)
	}
	if err != nil || !a.post {
		return err
	}
	return h.post(a.letter)
}

// sent counts what the browser was sent in its window, which begins anew when it
// is over.
func (r *challengeRow) sent(now time.Time) (sent person.Sent, since int64) {
	if r.sends == 0 {
		return sent, now.Unix()
	}
	sent.LastByBrowser = unix(r.sentAt)
	if r.since <= now.Add(-person.CodeWindow).Unix() {
		return sent, now.Unix()
	}
	sent.ByBrowser = int(r.sends)
	return sent, r.since
}

// challenge is the code of a claim and browser, nil when there is none.
func (h *bookingHouse) challenge(claim person.Index, browser [32]byte) (*challengeRow, error) {
	rows, err := h.challenges.Rows(claimGroup{claim.Bucket(), claim.Sum})
	for _, r := range rows {
		if bytes.Equal(r.browser, browser[:]) {
			return r, nil
		}
	}
	return nil, err
}

// phoneCodeAct counts a code to a phone, under whatever name it is asked for
// (rule P8).
type phoneCodeAct struct {
	phone     person.Index
	byBrowser int // what the browser was sent in its window
	refusal   error
}

// Wants names what the act reads.
func (a *phoneCodeAct) Wants(h *bookingHouse) { h.phones.WantOr(a.row()) }

func (a *phoneCodeAct) row() *phoneRow {
	return &phoneRow{bucket: a.phone.Bucket(), phone: a.phone.Sum[:]}
}

// Run decides by the phone's codes alone.
func (a *phoneCodeAct) Run(h *bookingHouse) error {
	r, err := h.phones.OneOr(a.row())
	if err != nil {
		return err
	}
	sent := person.Sent{ByBrowser: a.byBrowser, ByPhone: int(r.sends)}
	if r.sends > 0 {
		sent.LastByPhone = unix(r.sentAt)
	}
	if r.since <= h.Now.Add(-person.CodeWindow).Unix() {
		sent.ByPhone, r.since = 0, h.Now.Unix()
	}
	if a.refusal = person.MaySend(sent, h.Now); a.refusal != nil {
		return nil
	}
	r.sends, r.sentAt = int32(sent.ByPhone+1), h.Now.Unix() //nolint:gosec // a few
	h.phones.Change(r)
	return nil
}

// Facts are what is known of the proven person for the eligibility rules. The
// doses come from the immunisation record, which this version does not have:
// nobody is known to have had one.
func (s *Store) Facts(ctx context.Context, ses gate.Session) (campaign.Facts, error) {
	c, err := s.Person(ctx, ses)
	if err != nil {
		return campaign.Facts{}, err
	}
	return s.factsOf(ctx, c)
}

func (s *Store) factsOf(ctx context.Context, c person.Claim) (campaign.Facts, error) {
	f := campaign.Facts{Born: c.Born}
	lists, err := s.readLists(ctx, s.people.OfClaimAll(person.ForList, c))
	f.Occupations = lists
	return f, err
}

// Person is the name, birth date and mobile number of the proven person.
func (s *Store) Person(ctx context.Context, ses gate.Session) (person.Claim, error) {
	c, err := callerOf(ses)
	if err != nil {
		return person.Claim{}, err
	}
	if err := s.stillMine(ctx, c); err != nil {
		return person.Claim{}, err
	}
	return s.readPerson(ctx, c.person)
}
