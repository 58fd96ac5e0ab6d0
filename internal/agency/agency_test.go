package agency_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"naru/examples"
	"naru/internal/agency"
	"naru/internal/caldate"
	"naru/internal/fault"
	"naru/internal/identity"
)

func load(t *testing.T, data []byte) *agency.Agency {
	t.Helper()
	a, err := agency.Load(data)
	if err != nil {
		t.Fatalf("the agency file is refused:\n%v", err)
	}
	return a
}

func TestKorea(t *testing.T) {
	t.Parallel()
	a := load(t, examples.AgencyYAML)
	if a.Country != "KR" || a.Zone.String() != "Asia/Seoul" || a.Helpline.Number != "1339" || len(a.RegionLevels) != 3 || a.DefaultLanguage() != "ko" {
		t.Errorf("Korea is %+v", a)
	}
	if !slices.Equal(a.LanguageCodes(), []string{"ko", "en"}) || a.In("en", a.RegionLevels[0].Name) != "Province or metropolitan city" || a.In("fr", a.RegionLevels[0].Name) != "시·도" {
		t.Error("languages: Korean first, English beside it, any other gets Korean")
	}
	if m := a.Vaccines["MOD"]; len(a.Vaccines) != 5 || m.Doses != 2 || m.MinIntervalDays != 28 || a.Vaccines["AZ"].MaxIntervalDays != 84 || a.Vaccines["JAN"].MinIntervalDays != 0 {
		t.Errorf("vaccines are %+v", a.Vaccines)
	}
	if p := a.Providers; len(p) != 3 || p[0].Kind != identity.Code || p[1].Issuer != identity.Development || p[1].Slow != 1500*time.Millisecond || !p[2].Stable() || p[0].Stable() {
		t.Errorf("providers are %+v", p)
	}
	if !a.IsHoliday(caldate.MustParse("2021-08-16")) || a.IsHoliday(caldate.MustParse("2021-08-17")) || !slices.Contains(a.HolidayDates(), caldate.MustParse("2021-08-16")) {
		t.Error("16 August 2021 was the substitute holiday, the 17th was not")
	}
}

func TestSecondCountry(t *testing.T) {
	t.Parallel()
	a := load(t, examples.SecondAgencyYAML)
	if a.DefaultLanguage() != "en" || len(a.RegionLevels) != 2 || a.Zone.String() != "Europe/Helsinki" || a.SlotMinutes != 20 {
		t.Errorf("the second country is %+v", a)
	}
	if len(examples.SecondRegionsCSV) == 0 {
		t.Error("its regions are not in the program")
	}
}

func TestNormalisePhone(t *testing.T) {
	t.Parallel()
	kr, xf := load(t, examples.AgencyYAML), load(t, examples.SecondAgencyYAML)
	for _, c := range []struct {
		a           *agency.Agency
		typed, want string // want "" is a refusal
	}{
		{kr, "010-0000-1234", "01000001234"},
		{kr, "010 0000 1234", "01000001234"},
		{kr, "01000001234", "01000001234"},
		{kr, " 010.0000.1234 ", "01000001234"},
		{kr, "+82 10-0000-1234", "01000001234"},
		{kr, "+82 (0)10-0000-1234", "01000001234"},
		{kr, "+821000001234", "01000001234"},
		{kr, "０１０－００００－１２３４", "01000001234"},
		{kr, "＋８２ １０ ００００ １２３４", "01000001234"},
		{kr, "010–0000–1234", "01000001234"},
		{kr, "011-000-1234", "0110001234"},
		{kr, "", ""},
		{kr, "010-0000-123", ""},
		{kr, "010-0000-12345", ""},
		{kr, "02-000-1234", ""},
		{kr, "+1 010-0000-1234", ""},
		{kr, "82-10-0000-1234", ""},
		{kr, "010-0000-12a4", ""},
		{kr, "٠١٠٠٠٠٠١٢٣٤", ""},
		{kr, "010-0000-1234\x00", ""},
		{kr, "0" + strings.Repeat("1", 100), ""},
		{kr, "700 000 123", ""},
		{xf, "700 000 123", "700000123"},
		{xf, "+999 700 000 123", "700000123"},
		{xf, "+82 10-0000-1234", ""},
		{xf, "0700 000 123", ""},
		{xf, "010-0000-1234", ""},
	} {
		got, err := c.a.NormalisePhone(c.typed)
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s: NormalisePhone(%q) = %q, %v; want %q", c.a.Country, c.typed, got, err, c.want)
		}
		if err != nil {
			if f := fault.Of(err); f.Code != fault.Invalid || f.Args["Example"] != c.a.Phone.Example || c.typed != "" && strings.Contains(err.Error(), c.typed) {
				t.Errorf("%s: %q is refused by %v: want code invalid, the example, and not the number", c.a.Country, c.typed, err)
			}
		}
	}
}

func TestFormatPhone(t *testing.T) {
	t.Parallel()
	kr, xf := load(t, examples.AgencyYAML), load(t, examples.SecondAgencyYAML)
	for _, c := range []struct {
		a            *agency.Agency
		digits, want string
	}{
		{kr, "01000001234", "010-0000-1234"},
		{kr, "0110001234", "011-000-1234"},
		{kr, "123", "123"},
		{xf, "700000123", "700 000 123"},
	} {
		if got := c.a.FormatPhone(c.digits); got != c.want {
			t.Errorf("FormatPhone(%q) = %q, want %q", c.digits, got, c.want)
		}
	}
}

func TestFormatDate(t *testing.T) {
	t.Parallel()
	kr, xf := load(t, examples.AgencyYAML), load(t, examples.SecondAgencyYAML)
	day := caldate.MustParse("2021-07-26")
	for _, c := range []struct {
		a          *agency.Agency
		lang, want string
	}{
		{kr, "ko", "2021. 7. 26.(월)"},
		{kr, "en", "Mon 26 July 2021"},
		{kr, "fr", "2021. 7. 26.(월)"},
		{xf, "fr", "Mon 26 July 2021"},
	} {
		if got := c.a.FormatDate(c.lang, day); got != c.want {
			t.Errorf("%s: FormatDate(%q) = %q, want %q", c.a.Country, c.lang, got, c.want)
		}
	}
	if got := kr.FormatDate("ko", caldate.Date{}); got != "" {
		t.Errorf("no date is written as %q", got)
	}
	at := time.Date(2021, 7, 26, 15, 30, 0, 0, time.UTC)
	if got := kr.FormatDateTime("ko", at); got != "2021. 7. 27.(화) 00:30" {
		t.Errorf("half past midnight in Seoul is written as %q", got)
	}
	if kr.FormatTime(at) != "00:30" || xf.FormatTime(at) != "18:30" || kr.FormatDateTime("ko", time.Time{}) != "" {
		t.Error("times are on the agency's own clock, no time is nothing")
	}
}

func TestLocalise(t *testing.T) {
	t.Parallel()
	a := load(t, examples.AgencyYAML)
	in := map[string]any{"From": time.Date(2021, 7, 11, 15, 0, 0, 0, time.UTC), "Day": caldate.MustParse("2021-07-26"), "Who": agency.Texts{"ko": "교사", "en": "teachers"}, "Digit": 9}
	got := a.Localise("en", in)
	if got["From"] != "Mon 12 July 2021 00:00" || got["Day"] != "Mon 26 July 2021" || got["Who"] != "teachers" || got["Digit"] != 9 {
		t.Errorf("Localise gave %v", got)
	}
	if _, changed := in["From"].(string); changed {
		t.Error("Localise changed its argument")
	}
}

func TestFaultsOfAgencyFiles(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, from, to, want string }{
		{"country in small letters", "country: KR", "country: kr", "not a country code"},
		{"a text lacks a language", "name: { ko: 질병관리청 콜센터, en: KDCA call centre }", "name: { ko: 질병관리청 콜센터 }", `the key "en" is missing`},
		{"a text in a language too many", "number: \"1339\"", "number: \"1339\"\n  nubmer: x", `did you mean "number"?`},
		{"helpline number as a number", "number: \"1339\"", "number: 1339", "put it in quotes"},
		{"one level of regions", regionLevels(2, 3), "", "1 levels of regions; list two or three"},
		{"six weekdays", "[일, 월, 화, 수, 목, 금, 토]", "[일, 월, 화, 수, 목, 금]", "6 names of weekdays"},
		{"months needed and missing", "    months: [January, February, March, April, May, June, July, August, September, October, November, December]\n", "", `the key "months" is missing`},
		{"date without a year", "\"{year}. {month}. {day}.({weekday})\"", "\"{month}. {day}.\"", "lacks the year"},
		{"unknown word in a date", "\"{year}. {month}. {day}.({weekday})\"", "\"{year}. {month}. {day}.({wday})\"", "a word in braces that is not known"},
		{"language twice", "- code: en", "- code: ko", `the language "ko" is there twice`},
		{"phone pattern broken", "\"010[0-9]{8}|01[16789][0-9]{7,8}\"", "\"010[0-9\"", "not a regular expression"},
		{"phone example against its pattern", "example: 010-0000-1234", "example: 02-000-1234", "the example does not match the pattern"},
		{"phone example against its mask", "example: 010-0000-1234", "example: 010 0000 1234", "not written like the mask"},
		{"claim without a birth date", "[name, birth_date, mobile]", "[name, mobile]", "birth_date is not among"},
		{"claim with a national number", "[name, birth_date, mobile]", "[name, birth_date, mobile, national_id]", `"national_id" is not an attribute`},
		{"no providers", "providers:", "nobody:", `the key "providers" is missing`},
		{"a provider twice", "id: mock-b", "id: mock-a", `the provider "mock-a" is there twice`},
		{"a kind nobody knows", "kind: code", "kind: codes", `did you mean "code"?`},
		{"two that send codes", "kind: redirect\n      issuer: development\n      client_id: naru", "kind: code", "a provider of codes already"},
		{"an issuer without encryption", "issuer: development", "issuer: http://id.example", "is not an issuer"},
		{"an issuer with a query", "issuer: development", "issuer: https://id.example/?a=b", "is not an issuer"},
		{"a provider without a client", "      client_id: naru\n", "", `the key "client_id" is missing`},
		{"slow after the deadline", "slow: 2s", "slow: 20s", "slow only after its deadline"},
		{"a provider that carries nothing", "per_second: 100", "per_second: 0", "out of bounds"},
		{"a secret in the file", "client_id: naru", "client_id: naru\n      secret: x", `unknown key "secret"`},
		{"providers that assert more than is claimed", "[name, birth_date, mobile]", "[birth_date, mobile]", "the claim has none"},
		{"messages over the open network", "url: development", "url: http://sms.example/send", "is not an address to send to"},
		{"a message provider nobody knows", "codes: [text]", "codes: [sms]", `there is no provider "sms"`},
		{"a reminder at night", "days: 1, at: \"10:00\"", "days: 1, at: \"22:00\"", "in the quiet hours"},
		{"two reminders of a day", "days: 0, at", "days: 1, at", "a reminder of that day already"},
		{"a message secret in the file", "codes: [text]", "codes: [text]\n  secret: x", `unknown key "secret"`},
		{"vaccine in small letters", "  MOD:", "  mod:", `"mod" is not a vaccine code`},
		{"an interval below the label", "days: 56, min: 28, max: 84", "days: 56, min: 21, max: 84", "not within the label of AZ"},
		{"an interval outside its bounds", "days: 56, min: 28, max: 84", "days: 20, min: 28, max: 84", "20 days is not from min to max"},
		{"intervals out of order", "from: 2021-09-28", "from: 2021-02-25", "before the entry above it"},
		{"single dose with an interval", "en: Janssen }\n    disease: covid-19\n    doses: 1", "en: Janssen }\n    disease: covid-19\n    doses: 1\n    min_interval_days: 5", "a single dose has no interval"},
		{"longest interval before the shortest", "max_interval_days: 84", "max_interval_days: 14", "the longest interval is shorter"},
		{"holiday that does not exist", "date: 2021-03-01", "date: 2021-02-30", "not a day of the calendar"},
		{"holiday twice", "date: 2021-03-01", "date: 2021-01-01", "2021-01-01 is in the list twice"},
		{"zone missing", "zone: Asia/Seoul\n", "", `the key "zone" is missing`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			text := strings.Replace(string(examples.AgencyYAML), c.from, c.to, 1)
			if text == string(examples.AgencyYAML) {
				t.Fatal("the case changes nothing")
			}
			a, err := agency.Load([]byte(text))
			if err == nil || a != nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v\nwant a fault with %q", err, c.want)
			}
		})
	}
}

// regionLevels cuts the given levels out of the Korean file.
func regionLevels(from, to int) string {
	text := string(examples.AgencyYAML)
	keys := []string{"  - key: sido", "  - key: sigungu", "  - key: eupmyeondong", "\n# The pattern"}
	return text[strings.Index(text, keys[from-1]):strings.Index(text, keys[to])]
}

func FuzzNormalisePhone(f *testing.F) {
	kr, err := agency.Load(examples.AgencyYAML)
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{"010-0000-1234", "+82 (0)10-0000-1234", "０１０", "+", "+82", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		digits, err := kr.NormalisePhone(typed)
		if err != nil {
			return
		}
		again, err := kr.NormalisePhone(kr.FormatPhone(digits))
		if err != nil || again != digits {
			t.Errorf("%q became %q, which written for people is read as %q, %v", typed, digits, again, err)
		}
	})
}

func FuzzLoad(f *testing.F) {
	f.Add(examples.AgencyYAML)
	f.Add(examples.SecondAgencyYAML)
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := agency.Load(data)
		if err != nil {
			return
		}
		if len(a.Languages) == 0 || a.Zone == nil || len(a.RegionLevels) < 2 || a.In("xx", a.Name) == "" || a.FormatDate("", caldate.MustParse("2020-02-29")) == "" {
			t.Errorf("an incomplete agency was accepted: %+v", a)
		}
	})
}
