package drill

import (
	"strings"
	"testing"
	"time"

	"naru/examples"
	"naru/internal/agency"
	"naru/internal/caldate"
	"naru/internal/campaign"
	"naru/internal/person"
)

func july(t testing.TB) (*agency.Agency, []byte, *campaign.Campaign) {
	t.Helper()
	a, err := agency.Load(examples.AgencyYAML)
	must(t, err)
	text, err := examples.Campaigns.ReadFile("campaigns/2021-07-12.yaml")
	must(t, err)
	c, err := campaign.Parse(text, a)
	must(t, err)
	return a, text, c
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestPeople(t *testing.T) {
	t.Parallel()
	a, _, c := july(t)
	const n = 5000
	devices, err := newPeople(n, c, c.OpeningAt(), random())
	must(t, err)
	again, err := newPeople(n, c, c.OpeningAt(), random())
	must(t, err)
	mobiles, seen, refused := map[string]*owner{}, map[*owner]bool{}, 0
	for i, p := range devices {
		if q := again[i]; p.name != q.name || p.born != q.born || p.mobile != q.mobile {
			t.Fatal("the same seed gave other people")
		}
		if seen[p] {
			continue
		}
		seen[p] = true
		if mobiles[p.mobile] != nil {
			t.Fatalf("two people have the number %s", p.mobile)
		}
		mobiles[p.mobile] = p
		claim, err := person.NewClaim(a, p.name, p.born, p.mobile, caldate.Date{Year: 2021, Month: 7, Day: 12})
		must(t, err)
		if !strings.HasPrefix(p.name, "모의") || !strings.HasPrefix(p.mobile, "0100000") {
			t.Fatalf("%s, %s: not plainly made up", p.name, p.mobile)
		}
		if c.Eligible(campaign.Facts{Born: claim.Born}, c.OpeningAt()).OK != p.eligible {
			t.Fatalf("born %s: eligible is not %v", p.born, p.eligible)
		}
		if !p.eligible {
			refused++
		}
	}
	second := n - len(seen)
	if second < n*3/100 || second > n*7/100 {
		t.Errorf("%d second devices of %d", second, n)
	}
	if refused < n*7/100 || refused > n*13/100 {
		t.Errorf("%d of %d people may not book", refused, len(seen))
	}
}

func TestPeopleNeedACampaignByBirthDate(t *testing.T) {
	t.Parallel()
	_, _, c := july(t)
	only := *c
	only.Cohorts = []campaign.Cohort{{Name: "listed", Occupations: []string{"carer"}}}
	only.Windows = []campaign.Window{{Opens: c.OpeningAt(), Closes: c.OpeningAt().Add(time.Hour), Cohorts: []string{"listed"}}}
	if _, err := newPeople(10, &only, c.OpeningAt(), random()); err == nil {
		t.Error("a campaign by list only was taken")
	}
}

func TestOnePersonOneTicket(t *testing.T) {
	t.Parallel()
	p := &owner{}
	for range 2 {
		if !p.sawTicket("a") {
			t.Error("the same ticket counts as another one")
		}
	}
	if p.sawTicket("b") {
		t.Error("another ticket was not noticed")
	}
}

func mustCampaign(t testing.TB) *campaign.Campaign {
	_, _, c := july(t)
	return c
}
