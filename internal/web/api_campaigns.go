package web

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"naru/internal/caldate"
	"naru/internal/campaign"
	"naru/internal/fault"
	"naru/internal/store"
)

// apiCampaign is a campaign.
type apiCampaign struct {
	ID       string            `json:"id"`
	Title    map[string]string `json:"title" doc:"By language code"`
	Disease  string            `json:"disease"`
	Vaccine  string            `json:"vaccine"`
	Doses    int               `json:"doses" minimum:"1" doc:"Booked together"`
	Interval int               `json:"interval_days" minimum:"0" doc:"Between the doses"`
	Supply   string            `json:"supply" enum:"enough,limited" doc:"enough: there is no need to hurry"`
	Phase    string            `json:"phase" enum:"announced,lobby,closed,drawn,open,ended" doc:"Where the waiting room stands"`
	Paused   bool              `json:"paused"`
	Opens    time.Time         `json:"opens"`
	Closes   time.Time         `json:"closes"`
	First    string            `json:"first_day" format:"date" doc:"First day of first doses"`
	Last     string            `json:"last_day" format:"date" doc:"Last day of first doses"`
	Cohorts  []apiCohort       `json:"cohorts" nullable:"false" doc:"Who may book"`
	Windows  []apiWindow       `json:"windows" nullable:"false" doc:"When they may"`
	Page     string            `json:"page" format:"uri" doc:"Where people book, in front of the waiting room"`
	Board    string            `json:"board" format:"uri" doc:"The waiting room's board, new every second"`
}

// apiCohort is a group of people; all that it names must hold.
type apiCohort struct {
	Name  string            `json:"name"`
	Title map[string]string `json:"title" doc:"By language code"`
	From  string            `json:"born_from,omitempty" format:"date" doc:"The day is included"`
	To    string            `json:"born_to,omitempty" format:"date" doc:"The day is included"`
}

// apiWindow is a span in which cohorts may book.
type apiWindow struct {
	Name    string    `json:"name"`
	Opens   time.Time `json:"opens"`
	Closes  time.Time `json:"closes" doc:"The first instant that is too late"`
	Cohorts []string  `json:"cohorts" nullable:"false"`
	Digit   *int      `json:"last_digit_of_birthday,omitempty" minimum:"0" maximum:"9" doc:"Only whose day of birth ends so"`
}

type apiCampaigns struct {
	Campaigns []apiCampaign `json:"campaigns" nullable:"false"`
}

// apiWho is the question who may book.
type apiWho struct {
	Born string `json:"born" format:"date" doc:"Birth date. It is not kept, not logged and not repeated."`
}

// apiMay is the answer.
type apiMay struct {
	May    bool       `json:"may_book" doc:"Now, for somebody on no list of occupations who had no dose before"`
	Rule   string     `json:"rule" doc:"Number of the rule that decided"`
	Reason string     `json:"reason" doc:"Code of the reason"`
	Text   string     `json:"text" doc:"The reason as people read it"`
	From   *time.Time `json:"from,omitempty" doc:"From when they may book, or since when; absent: never in this campaign"`
	Until  *time.Time `json:"until,omitempty"`
}

// apiCampaigns are the operations about campaigns.
func (s *Server) apiCampaigns(api huma.API) {
	huma.Register(api, operation(http.MethodGet, "/campaigns", "campaigns", "All campaigns"), s.apiAllCampaigns)
	huma.Register(api, operation(http.MethodGet, "/campaigns/{campaign}", "campaign", "One campaign", http.StatusNotFound), s.apiCampaign)
	huma.Register(api, operation(http.MethodPost, "/campaigns/{campaign}/eligibility", "eligibility", "Who may book now",
		http.StatusBadRequest, http.StatusNotFound, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType), s.apiEligible)
}

func (s *Server) apiAllCampaigns(context.Context, *struct{}) (*body[apiCampaigns], error) {
	out := apiCampaigns{Campaigns: []apiCampaign{}}
	for _, p := range s.opts.Store.Campaigns() {
		one, err := s.campaignForAPI(p)
		if err != nil {
			return nil, err
		}
		out.Campaigns = append(out.Campaigns, one)
	}
	return &body[apiCampaigns]{out}, nil
}

func (s *Server) apiCampaign(_ context.Context, in *struct {
	Campaign string `path:"campaign" maxLength:"32"`
},
) (*body[apiCampaign], error) {
	p, err := s.campaignOf(in.Campaign)
	if err != nil {
		return nil, err
	}
	one, err := s.campaignForAPI(p)
	return &body[apiCampaign]{one}, err
}

func (s *Server) campaignOf(id string) (store.Published, error) {
	p, err := s.opts.Store.Campaign(id)
	if err != nil {
		return p, fault.Wrap(fault.NotFound, "web.no_campaign", err)
	}
	return p, nil
}

// apiEligible asks the one function that decides who may book (R8).
func (s *Server) apiEligible(ctx context.Context, in *struct {
	Campaign string `path:"campaign" maxLength:"32"`
	Body     apiWho
},
) (*body[apiMay], error) {
	p, err := s.campaignOf(in.Campaign)
	if err != nil {
		return nil, err
	}
	born, err := caldate.Parse(in.Body.Born)
	if err != nil {
		return nil, fault.New(fault.Invalid, "interface.bad_parameter").With("Field", "born")
	}
	d := p.Campaign.Eligible(campaign.Facts{Born: born}, s.opts.Now())
	lang := s.opts.Agency.DefaultLanguage()
	if e, ok := ctx.Value(eventKey{}).(*event); ok {
		lang = e.lang
	}
	out := apiMay{May: d.OK, Rule: d.Rule, Reason: d.Reason, Text: s.opts.Catalogue.T(lang, d.Reason, s.opts.Agency.Localise(lang, d.Args))}
	if !d.From.IsZero() {
		out.From, out.Until = instantUTC(d.From), instantUTC(d.Until)
	}
	return &body[apiMay]{out}, nil
}

func instantUTC(t time.Time) *time.Time { t = t.UTC(); return &t }

func (s *Server) campaignForAPI(p store.Published) (apiCampaign, error) {
	c := p.Campaign
	v, err := s.opts.Store.View(string(c.ID))
	if err != nil {
		return apiCampaign{}, err
	}
	out := apiCampaign{
		ID: string(c.ID), Title: c.Title, Disease: c.Disease, Vaccine: c.Vaccine, Doses: c.Doses, Interval: c.IntervalDays,
		Supply: string(c.Supply), Phase: string(v.Board.Phase), Paused: v.Board.Paused,
		Opens: time.Unix(v.Board.OpensAt, 0).UTC(), Closes: c.ClosesAt().UTC(), First: c.Shots.First.String(), Last: c.Shots.Last.String(),
		Page: s.opts.Public + "/c/" + string(c.ID), Board: s.opts.Public + boardPrefix + string(c.ID),
	}
	for _, k := range c.Cohorts {
		out.Cohorts = append(out.Cohorts, apiCohort{k.Name, k.Title, dayText(k.BornFrom), dayText(k.BornTo)})
	}
	for _, w := range c.Windows {
		one := apiWindow{Name: w.Name, Opens: w.Opens.UTC(), Closes: w.Closes.UTC(), Cohorts: w.Cohorts}
		if w.Rotation != nil {
			one.Digit = &w.Rotation.Digit
		}
		out.Windows = append(out.Windows, one)
	}
	return out, nil
}

func dayText(d *caldate.Date) string {
	if d == nil {
		return ""
	}
	return d.String()
}
