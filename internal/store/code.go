package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"time"

	"naru/internal/booking"
	"naru/internal/campaign"
	"naru/internal/fault"
	"naru/internal/gate"
	"naru/internal/person"
)

// SendCode sends a one-time code to the phone of the claim with which the
// session's ticket was made. Limits count per browser and per phone; a stranger
// who spends the phone's slows the person down to a minute, no more (rule P8).
func (s *Store) SendCode(ctx context.Context, ses gate.Session, c person.Claim, lang string) error {
	if err := s.mayProve(ctx, ses); err != nil {
		return err
	}
	return s.sendCode(ctx, c, ses.Browser, lang, true)
}

// mayProve says whether the session still waits for a proof: a browser whose
// session was taken by the person's own proof can ask for no more codes.
func (s *Store) mayProve(ctx context.Context, ses gate.Session) error {
	var session, challenger []byte
	var proven bool
	var expires, challengeEnds int64
	err := s.gate.readRow(ctx, `SELECT session_id, proven, expires_at, challenger_id, challenger_expires FROM admission
	    WHERE bucket = ?1 AND campaign = ?2 AND ticket_id = ?3`, ticketBucket(ses.Ticket), ses.Campaign, ses.Ticket[:]).
		Scan(&session, &proven, &expires, &challenger, &challengeEnds)
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
// of nobody is answered like one of somebody. The code is then nobody's.
func (s *Store) sendCode(ctx context.Context, c person.Claim, browser [32]byte, lang string, post bool) error {
	code := person.NewCode()
	id := s.people.OfClaim(person.ForPerson, c)
	stored := s.codeIndex(c, browser, code)
	if !post {
		_, _ = rand.Read(stored.Sum[:]) // no code leads here
	}
	a := &sendCodeAct{
		claim: id, browser: browser, code: stored, post: post,
		letter: s.letter(id.Bucket(), c.Mobile, lang, messageCode, map[string]string{"Code": code}),
	}
	if err := s.booking.do(ctx, a); err != nil {
		return err
	}
	if a.refusal == nil {
		s.callPostman()
	}
	return a.refusal
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

func (a *sendCodeAct) run(t *tx) error {
	sent, since, err := t.sentCodes(a.claim, a.browser, a.letter.phone)
	if err != nil {
		return err
	}
	if a.refusal = person.MaySend(sent, t.now); a.refusal != nil {
		return nil
	}
	_, err = t.exec(`INSERT INTO challenge (bucket, claim, browser, code_key, code, sent_at, since, sends)
	    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
	    ON CONFLICT (bucket, claim, browser) DO UPDATE SET code_key = excluded.code_key, code = excluded.code,
	    sent_at = excluded.sent_at, since = excluded.since, sends = excluded.sends, tries = 0, answer = ''`,
		a.claim.Bucket(), a.claim.Sum[:], a.browser[:], a.code.Key, a.code.Sum[:], t.now.Unix(), since, sent.ByBrowser+1)
	if err != nil || !a.post {
		return err
	}
	return t.post(a.letter)
}

// sentCodes counts what was sent in the browser's and everybody's window: to the
// claim, and to the phone under whatever name.
func (t *tx) sentCodes(claim person.Index, browser, phone [32]byte) (sent person.Sent, since int64, err error) {
	since = t.now.Unix()
	oldest := t.now.Add(-person.CodeWindow).Unix()
	var last, began int64
	found, err := t.row(`SELECT sends, sent_at, since FROM challenge WHERE bucket = ?1 AND claim = ?2 AND browser = ?3`,
		[]any{claim.Bucket(), claim.Sum[:], browser[:]}, &sent.ByBrowser, &last, &began)
	if err != nil {
		return sent, since, err
	}
	if found {
		sent.LastByBrowser = unix(last)
		if began > oldest {
			since = began
		} else {
			sent.ByBrowser = 0
		}
	}
	var byClaim, newest int64
	if _, err = t.row(`SELECT coalesce(sum(sends), 0), coalesce(max(sent_at), 0) FROM challenge WHERE bucket = ?1 AND claim = ?2 AND since > ?3`,
		[]any{claim.Bucket(), claim.Sum[:], oldest}, &byClaim, &newest); err != nil {
		return sent, since, err
	}
	var byPhone, latest int64
	if _, err = t.row(`SELECT count(*), coalesce(max(created_at), 0) FROM outbox WHERE phone = ?1 AND created_at > ?2 AND kind = 'code'`,
		[]any{phone[:], oldest}, &byPhone, &latest); err != nil {
		return sent, since, err
	}
	sent.ByPhone, sent.LastByPhone = int(max(byClaim, byPhone)), unix(max(newest, latest))
	return sent, since, nil
}

// Prove takes the code the person read from their phone. The first proof wins
// the session: the token returned has a new id and is bound to this browser
// alone. The same code from the same browser again gives the same session.
func (s *Store) Prove(ctx context.Context, ses gate.Session, c person.Claim, code string) (string, error) {
	l, err := s.line(ses.Campaign)
	if err != nil {
		return "", err
	}
	code, err = person.ParseCode(code)
	if err != nil {
		return "", err
	}
	a := s.proof(c, ses.Browser, code)
	a.campaign, a.ticket, a.lives = ses.Campaign, ses.Ticket, l.published.sessionLife()
	if err := s.booking.do(ctx, a); err != nil {
		return "", err
	}
	if a.refusal != nil {
		return "", a.refusal
	}
	expires, done, err := s.proveAtGate(ctx, ses, a.person, a.session, a.lives, a.before)
	if fault.CodeOf(err) == fault.Conflict || fault.CodeOf(err) == fault.Expired {
		return "", errors.Join(err, s.booking.do(ctx, restoreAct{a}))
	}
	if err != nil {
		return "", err
	}
	proven := gate.Session{
		Campaign: ses.Campaign, Epoch: ses.Epoch, ID: a.session, Ticket: ses.Ticket, Browser: ses.Browser,
		Proven: true, Person: string(a.person), Expires: expires,
	}
	if done {
		if err := s.booking.do(ctx, endAct{proven}); err != nil {
			return "", err
		}
	}
	return l.keys.SealSession(proven), nil
}

func (s *Store) proof(c person.Claim, browser [32]byte, code string) *proofAct {
	a := &proofAct{
		claims: s.people.OfClaimAll(person.ForPerson, c), browser: browser, code: s.codeIndex(c, browser, code),
	}
	a.fresh = person.NewID(a.claims[0].Bucket())
	a.name = s.people.Seal("person", "name", string(a.fresh), []byte(c.Name))
	a.born = s.people.Seal("person", "born", string(a.fresh), []byte(c.Born.String()))
	a.mobile = s.people.Seal("person", "mobile", string(a.fresh), []byte(c.Mobile))
	_, _ = rand.Read(a.freshSession[:]) // never fails: see crypto/rand
	return a
}

// proofAct checks a code and finds or makes the person. With a campaign it also
// gives the person's one session there to the new session id.
type proofAct struct {
	claims             []person.Index // newest key first
	browser            [32]byte
	code               person.Index
	fresh              person.ID // the id if the person is new
	freshSession       [16]byte
	name, born, mobile []byte // sealed for the fresh id
	campaign           string // "" for a look-up
	ticket             gate.TicketID
	lives              time.Duration // the campaign's session

	person  person.ID
	session [16]byte
	before  *personSession // the session this one replaced
	refusal error
}

func (a *proofAct) run(t *tx) error {
	a.person, a.session, a.before, a.refusal = "", [16]byte{}, nil, nil
	ch, answer, found, err := t.challenge(a.claims[0], a.browser)
	if err != nil {
		return err
	}
	if !found {
		a.refusal = fault.New(fault.Expired, "person.code_expired")
		return nil
	}
	if a.refusal = ch.Check(a.browser, a.code, t.now); a.refusal != nil {
		return a.countTry(t)
	}
	a.session = a.freshSession
	if len(answer) == 16 {
		a.session = [16]byte(answer)
	}
	if err := a.findPerson(t); err != nil {
		return err
	}
	if _, err := t.exec(`UPDATE challenge SET answer = ?1 WHERE bucket = ?2 AND claim = ?3 AND browser = ?4`,
		hex.EncodeToString(a.session[:]), a.claims[0].Bucket(), a.claims[0].Sum[:], a.browser[:]); err != nil {
		return err
	}
	if a.campaign == "" {
		return nil
	}
	return a.takeSession(t)
}

// countTry counts a wrong code, and only that.
func (a *proofAct) countTry(t *tx) error {
	if fault.CodeOf(a.refusal) != fault.Invalid {
		return nil
	}
	_, err := t.exec(`UPDATE challenge SET tries = tries + 1 WHERE bucket = ?1 AND claim = ?2 AND browser = ?3`,
		a.claims[0].Bucket(), a.claims[0].Sum[:], a.browser[:])
	return err
}

func (a *proofAct) findPerson(t *tx) error {
	for _, x := range a.claims {
		if found, err := t.personOf(x, &a.person); found || err != nil {
			return err
		}
	}
	a.person = a.fresh
	x := a.claims[0]
	if _, err := t.exec(`INSERT INTO person (bucket, person_id, name, born, mobile, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)`,
		x.Bucket(), a.fresh, a.name, a.born, a.mobile, t.now.Unix()); err != nil {
		return err
	}
	_, err := t.exec(`INSERT INTO person_lookup (bucket, key_id, claim, person_id) VALUES (?1, ?2, ?3, ?4)`,
		x.Bucket(), x.Key, x.Sum[:], a.fresh)
	return err
}

func (t *tx) personOf(x person.Index, id *person.ID) (bool, error) {
	return t.row(`SELECT person_id FROM person_lookup WHERE bucket = ?1 AND key_id = ?2 AND claim = ?3`,
		[]any{x.Bucket(), x.Key, x.Sum[:]}, id)
}

func (t *tx) challenge(claim person.Index, browser [32]byte) (person.Challenge, []byte, bool, error) {
	ch := person.Challenge{Browser: browser}
	var sum []byte
	var sentAt int64
	var answer string
	found, err := t.row(`SELECT code_key, code, sent_at, tries, answer FROM challenge WHERE bucket = ?1 AND claim = ?2 AND browser = ?3`,
		[]any{claim.Bucket(), claim.Sum[:], browser[:]}, &ch.Code.Key, &sum, &sentAt, &ch.Tries, &answer)
	if err != nil || !found {
		return ch, nil, false, err
	}
	copy(ch.Code.Sum[:], sum)
	ch.SentAt = unix(sentAt)
	before, err := hex.DecodeString(answer)
	return ch, before, true, err
}

// personSession is a person's one live session in a campaign.
type personSession struct {
	bucket  int16
	person  person.ID
	session [16]byte
	ticket  gate.TicketID
	expires time.Time
	draft   booking.Draft
}

// takeSession makes the new session the person's one session in the campaign.
func (a *proofAct) takeSession(t *tx) error {
	bucket, err := a.person.Bucket()
	if err != nil {
		return err
	}
	if a.before, err = t.personSession(bucket, a.person, a.campaign); err != nil {
		return err
	}
	_, err = t.exec(`INSERT INTO person_session (bucket, person_id, campaign, session_id, ticket_id, expires_at)
	    VALUES (?1, ?2, ?3, ?4, ?5, ?6)
	    ON CONFLICT (bucket, person_id, campaign) DO UPDATE SET session_id = excluded.session_id,
	    ticket_id = excluded.ticket_id, expires_at = excluded.expires_at`,
		bucket, a.person, a.campaign, a.session[:], a.ticket[:], t.now.Add(a.lives).Unix())
	return err
}

// endAct lets a session without a seat only read.
type endAct struct{ ses gate.Session }

func (a endAct) run(t *tx) error {
	c, err := callerOf(a.ses)
	if err != nil {
		return err
	}
	return t.endSession(c)
}

// restoreAct takes back what takeSession wrote when the gate refused the proof:
// the session that was live before is so again.
type restoreAct struct{ a *proofAct }

func (r restoreAct) run(t *tx) error {
	bucket, err := r.a.person.Bucket()
	if err != nil {
		return err
	}
	if r.a.before == nil {
		_, err = t.exec(`DELETE FROM person_session WHERE bucket = ?1 AND person_id = ?2 AND campaign = ?3 AND session_id = ?4`,
			bucket, r.a.person, r.a.campaign, r.a.session[:])
		return err
	}
	b := r.a.before
	_, err = t.exec(`UPDATE person_session SET session_id = ?1, ticket_id = ?2, expires_at = ?3
	    WHERE bucket = ?4 AND person_id = ?5 AND campaign = ?6 AND session_id = ?7`,
		b.session[:], b.ticket[:], stamp(b.expires), bucket, r.a.person, r.a.campaign, r.a.session[:])
	return err
}

// Facts are what is known of the proven person for the eligibility rules. The
// doses come from the immunisation record, which this version does not have:
// nobody is known to have had one.
func (s *Store) Facts(ctx context.Context, ses gate.Session) (campaign.Facts, error) {
	c, err := s.Person(ctx, ses)
	if err != nil {
		return campaign.Facts{}, err
	}
	f := campaign.Facts{Born: c.Born}
	for _, x := range s.people.OfClaimAll(person.ForList, c) {
		lists, err := readLists(ctx, s.booking, x)
		if err != nil {
			return campaign.Facts{}, err
		}
		f.Occupations = append(f.Occupations, lists...)
	}
	return f, nil
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
