package drill

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// A page behind the gate is known wherever it appears; what is public is not
// taken for one.
func TestOpenDoorsAreSeen(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		a    answer
		want string
	}{
		"session":         {answer{status: 403, header: http.Header{"Set-Cookie": {sessionCookie + "c=NS1.x"}}}, "a session"},
		"session dropped": {answer{status: 303, header: http.Header{"Set-Cookie": {sessionCookie + "c=; Max-Age=0"}}}, ""},
		"another cookie":  {answer{status: 303, header: http.Header{"Set-Cookie": {ticketCookie + "c=NT1.x"}}}, ""},
		"hold form":       {answer{status: 404, body: []byte(`<form action="/en/c/x/hold">`)}, "the page of hold"},
		"done":            {answer{status: 200, body: []byte(`<p class="number">1234</p>`)}, "the page of number"},
		"enter form":      {answer{status: 200, body: []byte(`<form action="/c/x/enter">`)}, ""},
		"join form":       {answer{status: 200, body: []byte(`<form action="/c/x/join">`)}, ""},
	} {
		if got := opened(c.a); got != c.want {
			t.Errorf("%s: %q, want %q", what, got, c.want)
		}
	}
}

func TestTricksAreJudged(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		do   func(*Trick)
		held bool
	}{
		"refused":        {func(k *Trick) { k.saw(knock{}, answer{status: 401}, "") }, true},
		"nothing tried":  {func(*Trick) {}, false},
		"opened":         {func(k *Trick) { k.saw(knock{}, answer{status: 200}, "a session") }, false},
		"broke":          {func(k *Trick) { k.saw(knock{}, answer{status: 500}, "") }, false},
		"control failed": {func(k *Trick) { k.saw(knock{}, answer{status: 401}, ""); k.needs(false, "x") }, false},
		"control worked": {func(k *Trick) { k.saw(knock{}, answer{}, ""); k.needs(true, "x") }, true},
	} {
		l := ledger{out: &strings.Builder{}}
		l.try("x", "y", c.do)
		if l.all[0].Held != c.held {
			t.Errorf("%s: %v", what, l.all[0])
		}
	}
}

// Every position of a token is edited, and no edit is the token itself.
func TestEditsChangeEveryPosition(t *testing.T) {
	t.Parallel()
	const token = "NT1.aB0-_"
	for i := range token {
		all := editsAt(token, i)
		if len(all) < 10 {
			t.Errorf("position %d: %d edits", i, len(all))
		}
		for _, edited := range all {
			if edited == token {
				t.Errorf("position %d: unchanged", i)
			}
		}
	}
}

func TestRankShare(t *testing.T) {
	t.Parallel()
	span := func(all ...int) (out []time.Duration) {
		for _, n := range all {
			out = append(out, time.Duration(n))
		}
		return out
	}
	for _, c := range []struct {
		a, b []time.Duration
		want float64
	}{
		{span(4, 5, 6), span(1, 2, 3), 1},
		{span(1, 2, 3), span(4, 5, 6), 0},
		{span(1, 1), span(1, 1), 0.5},
		{span(1, 3), span(2, 2), 0.5},
	} {
		if got, _ := rankShare(c.a, c.b); got != c.want {
			t.Errorf("%v and %v: %v, want %v", c.a, c.b, got, c.want)
		}
	}
}

// Longer waits beside bots, and a comparison of nothing, speak against the run.
func TestBotsAreJudged(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		b    Bots
		held bool
	}{
		"as long":        {Bots{Honest: 10, Without: 5, With: 6.5, Ratio: 1.3}, true},
		"longer":         {Bots{Honest: 10, Without: 5, With: 7, Ratio: 1.4}, false},
		"nobody waited":  {Bots{Honest: 10}, false},
		"nobody was in":  {Bots{Honest: 10, Without: 40, With: 40, Ratio: 1, LeftWithout: 10}, false},
		"something lost": {Bots{Honest: 10, Without: 5, With: 5, Ratio: 1, Unsound: "x"}, false},
	} {
		if got := c.b.against(); (got == "") != c.held {
			t.Errorf("%s: %q", what, got)
		}
	}
}
