package e2e

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"naru/examples"
	"naru/internal/agency"
	"naru/internal/booking"
	"naru/internal/caldate"
	"naru/internal/campaign"
	"naru/internal/clinic"
	"naru/internal/gate"
	human "naru/internal/person"
	"naru/internal/staff"
	"naru/internal/store"
)

const (
	nurseClinic = "one"
	nurseDay    = 100 // people
)

// clinicDay is a server whose one clinic has a hundred people booked today, and the
// code that lets its nurse in. They booked three days ago, by the store's own acts.
func clinicDay(t *testing.T) (s *server, code string) {
	t.Helper()
	need(t, "chromium")
	s = &server{t: t, data: t.TempDir()}
	a, err := agency.Load(examples.AgencyYAML)
	ok(t, err)
	today := caldate.Of(time.Now(), a.Zone)
	text, err := os.ReadFile("testdata/slow.yaml")
	ok(t, err)
	opening := today.AddDays(-3).At(0, 0, a.Zone)
	file := strings.NewReplacer("2021-07-12 00:00", today.AddDays(-3).String()+" 00:00", "2021-07-17 18:00", today.AddDays(2).String()+" 18:00",
		"2021-07-26", today.String(), "2021-08-07", today.AddDays(5).String(), "rate_per_second: 1", "rate_per_second: 500",
		"round: 1", "round: "+fmt.Sprint(opening.Add(-time.Minute).Unix())).Replace(string(text))
	c, err := campaign.Parse([]byte(file), a)
	ok(t, err)
	now := opening.Add(-20 * time.Minute)
	st, err := store.Open(t.Context(), store.Options{Dir: s.data, Now: func() time.Time { return now }, Agency: a, Fatal: func(err error) { panic(err) }})
	ok(t, err)
	ok(t, st.ImportDirectory(t.Context(), openClinic(t)))
	_, err = st.Publish(t.Context(), []byte(file), c)
	ok(t, err)
	s.campaign = string(c.ID)
	lead := func(seconds int) {
		for range seconds {
			now = now.Add(time.Second)
			ok(t, st.Lead(context.Background()))
		}
	}
	lead(2)
	now = opening.Add(-time.Minute)
	for range 30 {
		now = now.Add(4 * time.Second)
		ok(t, st.Lead(context.Background()))
	}
	var tickets []string
	claim := func(n int) human.Claim {
		return human.Claim{Name: citizen(n).name, Born: caldate.MustParse("1965-03-09"), Mobile: fmt.Sprintf("0100000%04d", n)}
	}
	for n := range nurseDay {
		ticket, _, err := st.Join(t.Context(), s.campaign, claim(n))
		ok(t, err)
		tickets = append(tickets, ticket)
	}
	lead(3)
	bookToday(t, st, s.campaign, tickets, claim, lead)
	now = time.Now()
	code = nurseCode(t, st)
	ok(t, st.Close())
	s.args = []string{"serve", "--development", "--data", s.data}
	s.start("127.0.0.1:0")
	return s, code
}

// bookToday lets everybody in and books them around this hour.
func bookToday(t *testing.T, st *store.Store, at string, tickets []string, claim func(int) human.Claim, lead func(int)) {
	t.Helper()
	hour := time.Now().Truncate(30 * time.Minute)
	for n := range nurseDay {
		cookie := fmt.Sprintf("browser-%d", n)
		e, err := st.Enter(t.Context(), at, tickets[n], gate.BrowserHash(cookie))
		ok(t, err)
		ses, err := st.Session(at, e.Session, cookie)
		ok(t, err)
		ok(t, st.SendCode(t.Context(), ses, claim(n), "ko"))
		queued, err := st.Queued(t.Context(), 10)
		ok(t, err)
		ok(t, st.Delivered(t.Context(), queued, nil))
		token, err := st.Prove(t.Context(), ses, claim(n), queued[len(queued)-1].Values["Code"])
		ok(t, err)
		ses, err = st.Session(at, token, cookie)
		ok(t, err)
		held, err := st.Hold(t.Context(), ses, store.HoldRequest{Key: booking.Key("hold-------------"), Clinic: nurseClinic, Start: hour.Add(time.Duration(n/50) * -30 * time.Minute)})
		ok(t, err)
		_, err = st.Confirm(t.Context(), ses, store.ConfirmRequest{Key: booking.Key("confirm----------"), Hold: held.HoldID, Lang: "ko"})
		ok(t, err)
		if n%20 == 0 {
			lead(1)
		}
	}
}

// nurseCode invites the nurse.
func nurseCode(t *testing.T, st *store.Store) string {
	t.Helper()
	_, link, err := st.AdmitFirst(t.Context(), "한 관리자")
	ok(t, err)
	_, admin, err := st.EnterByLink(t.Context(), link)
	ok(t, err)
	_, code, err := st.Invite(t.Context(), admin, "김간호", []staff.Grant{{Role: staff.Clinic, Scope: staff.Scope{Clinic: nurseClinic}}})
	ok(t, err)
	return code
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// openClinic is one clinic that never closes, so that the test runs at any hour.
func openClinic(t *testing.T) clinic.Files {
	t.Helper()
	regions, _, err := clinic.ParseRegions(strings.NewReader(clinic.RegionsHeader+`
4100000000,sido,,경기도,,,37.53000,127.15000
4183000000,sigungu,4100000000,경기도,양평군,,37.51800,127.57900
`), 3)
	ok(t, err)
	k := clinic.Clinic{
		ID: nurseClinic, Name: "가상의원", Kind: clinic.Centre, RegionCode: "4183000000", SigunguCode: "4183000000",
		Lat: 37.5, Lon: 127.5, Capacity: clinic.Capacity{PerHour: 100}, Doctors: 20,
	}
	for day := range k.Hours {
		k.Hours[day] = clinic.Day{Open: 0, Close: 24 * 60}
	}
	files, err := clinic.Build(regions, []clinic.Clinic{k}, nil)
	ok(t, err)
	return files
}

// A nurse's day of a hundred people on a tablet: the list, arrivals and doses; then
// the server is away, the list is read and doses are recorded all the same, and
// everything is there exactly once when it is back, with its true time (rule K28).
func TestANursesDayOnATablet(t *testing.T) {
	s, code := clinicDay(t)
	d := phone(t)
	d.width(1024, 768)
	v := visit{device: d, server: s}
	v.open(v.at("/staff/enter"))
	v.fill("#f-code", code)
	v.press(`form[action$="/staff/enter"] button`)
	arrives(v, "/staff/clinic/"+nurseClinic)
	d.picture("console-home-ko")
	v.press(`main .button[href*="/day/"]`)
	shows(v, "main", "예약 100건, 접종 0건")
	until(t, patience, "the list is kept", func() bool { return d.ask(`document.getElementById("day").dataset.kept ?? ""`) == "yes" })
	until(t, patience, "the service worker is in charge", func() bool { return d.ask(`String(!!navigator.serviceWorker.controller)`) == "true" })
	inspect(v, "console-day")
	d.width(1024, 768)

	press := func(step string, from, to int) {
		t.Helper()
		d.ask(fmt.Sprintf(`[...document.querySelectorAll("li.comer")].slice(%d, %d).forEach((row) => {
			const form = row.querySelector('form[data-act="%s"]');
			if (form.elements.lot) form.elements.lot.value = "FE8206";
			form.requestSubmit();
		}), ""`, from, to, step))
	}
	count := func(state string) string {
		return d.ask(fmt.Sprintf(`String(document.querySelectorAll("li.comer.%s:not(.waiting)").length)`, state))
	}
	press("arrived", 0, 40)
	press("given", 0, 10)
	until(t, patience, "ten doses and thirty arrivals are written", func() bool { return count("given") == "10" && count("arrived") == "30" })

	s.kill() // nothing answers any more
	press("given", 10, 70)
	press("arrived", 70, 90)
	until(t, patience, "what cannot be sent waits", func() bool { return d.ask(`document.getElementById("queue").dataset.waiting`) == "80" })
	shows(v, "#queue", "80건")
	v.open(d.ask(`location.href`)) // the list is read again, from the tablet
	shows(v, "main", "예약 100건")
	until(t, patience, "what waits is still shown", func() bool { return d.ask(`String(document.querySelectorAll("li.comer.waiting").length)`) == "80" })
	if given := count("given"); given != "10" { // of a list that forgot these some would get a second dose
		t.Errorf("the kept list says that %s were given, want 10", given)
	}
	d.picture("console-cut-ko")

	s.restart()
	until(t, patience, "everything is sent", func() bool { return d.ask(`document.getElementById("queue").dataset.waiting`) == "0" })
	v.open(d.ask(`location.href`))
	shows(v, "main", "예약 100건, 접종 70건")
	if got := count("arrived"); got != "20" {
		t.Errorf("%s have arrived, want 20", got)
	}

	english := visit{device: d, server: s, prefix: "/en"}
	english.open(english.at("/staff/clinic/" + nurseClinic + "/hours"))
	inspect(english, "console-hours")
	english.open(english.at("/staff"))
	english.press(`form[action$="/staff/leave"] button`)
	arrives(english, "/staff/enter")
}
