package drill

import (
	"slices"
	"testing"
)

const timesPage = `<main id="main"><a href="/c/x/times?clinic=D1&amp;day=2021-07-26" aria-current="date">a</a>
<form method="post" action="/c/x/hold"><input type="hidden" name="key" value="K-1"><input type="hidden" name="clinic" value="D&#39;1">
<input type="radio" name="start" value="2021-07-26T00:00:00Z" required disabled><input type="radio" name="start" value="2021-07-26T00:30:00Z" required checked>
<input type="radio" name="start" value="2021-07-26T01:00:00Z" required></form></main>`

const regionPage = `<select id="sido" name="sido"><option value="">choose</option><option value="11" selected>서울특별시 (1,204)</option>
<option value="36">세종특별자치시 (31)</option></select><select id="sigungu" name="sigungu"><option value="">choose</option></select>`

const waitPage = `<noscript><meta http-equiv="refresh" content="20"></noscript><main>
<div id="wait" data-campaign="x" data-state="open" data-serving="12" data-number="0" data-place="31">`

func TestPage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ what, got, want string }{
		{"hidden field", hidden([]byte(timesPage), "key"), "K-1"},
		{"escaped value", hidden([]byte(timesPage), "clinic"), "D'1"},
		{"field that is not there", hidden([]byte(timesPage), "hold"), ""},
		{"day link", values([]byte(timesPage), `href="/c/x/times?`)[0], "clinic=D1&day=2021-07-26"},
		{"state", between([]byte(waitPage), `"`, `data-state="`), "open"},
		{"refresh", between([]byte(waitPage), `"`, `http-equiv="refresh"`, `content="`), "20"},
		{"code in a message", digitsOf("[예방접종] 인증번호 042817 (3분). 문의 1339", 6), "042817"},
		{"no code", digitsOf("문의 1339, 20210726", 6), ""},
		{"number on the last page", between([]byte(`<p class="number">AB12-CD34-EF56</p>`), "<", `class="number">`), "AB12-CD34-EF56"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %q, want %q", c.what, c.got, c.want)
		}
	}
	if place, known := number([]byte(waitPage), "data-place"); !known || place != 31 {
		t.Errorf("place %d, %v", place, known)
	}
	if _, known := number([]byte(`data-place=""`), "data-place"); known {
		t.Error("an empty place was read as one")
	}
}

func TestPageChoices(t *testing.T) {
	t.Parallel()
	if got := startTimes([]byte(timesPage)); !slices.Equal(got, []string{"2021-07-26T00:30:00Z", "2021-07-26T01:00:00Z"}) {
		t.Errorf("times: %q; a full one cannot be chosen", got)
	}
	if got := options([]byte(regionPage), "sido"); !slices.Equal(got, []option{{"11", 1204}, {"36", 31}}) {
		t.Errorf("provinces: %v", got)
	}
	if got := options([]byte(regionPage), "sigungu"); len(got) != 0 {
		t.Errorf("districts: %v", got)
	}
	hits := 0
	rnd := random()
	for range 1000 {
		if choose(rnd, []option{{"a", 900}, {"b", 100}, {"c", 0}}) == "a" {
			hits++
		}
	}
	if hits < 850 || hits > 950 {
		t.Errorf("the region with nine tenths of the clinics was chosen %d times of 1000", hits)
	}
}

func TestBlank(t *testing.T) {
	t.Parallel()
	for page, want := range map[string]bool{"": true, "Internal Server Error": true, waitPage: false} {
		if blank([]byte(page)) != want {
			t.Errorf("%.30q: blank is not %v", page, want)
		}
	}
}

// A page comes from outside: whatever it is, the citizen goes on.
func FuzzPage(f *testing.F) {
	for _, page := range []string{timesPage, regionPage, waitPage, `name="start" value="`, `<option value="`, ""} {
		f.Add([]byte(page))
	}
	f.Fuzz(func(t *testing.T, page []byte) {
		startTimes(page)
		values(page, `name="clinic" value="`)
		hidden(page, "key")
		number(page, "data-place")
		if all := options(page, "sido"); len(all) > 0 {
			choose(random(), all)
		}
	})
}
