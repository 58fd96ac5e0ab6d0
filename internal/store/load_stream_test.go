package store_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"naru/internal/caldate"
	"naru/internal/fault"
	"naru/internal/person"
	"naru/internal/record"
	"naru/internal/store"
)

// bulk are NDJSON lines: n people with two doses each, the second twice.
func bulk(n int) string {
	var b strings.Builder
	for i := range n {
		for _, dose := range []int{1, 2, 2} {
			fmt.Fprintf(&b, `{"kind":"dose","name":"가상하나","birth_date":"1960-01-01","mobile":"010%08d","product":"MOD","number":%d,"day":"2021-06-0%d"}`+"\n", 30_000_000+i, dose, dose)
		}
	}
	return b.String()
}

// load reads text in rounds; done may end it.
func (h *house) load(text string, round int, done func(store.Loaded) error) error {
	lines, err := record.NewReader(strings.NewReader(text), false)
	must(h.t, err)
	next := func() ([]record.FileLine, error) {
		var all []record.FileLine
		for len(all) < round {
			l, err := lines.Next()
			if errors.Is(err, io.EOF) && len(all) > 0 {
				break
			}
			if err != nil {
				return nil, err
			}
			all = append(all, l)
		}
		return all, nil
	}
	return h.LoadLines(context.Background(), "import:test", next, func(_ []record.FileLine, l store.Loaded) error { return done(l) })
}

// A load that ends anywhere and is begun again leaves every entry once (rule D10).
func TestALoadThatEndsAnywhereIsRepeated(t *testing.T) {
	onBoth(t, testALoadThatEndsAnywhereIsRepeated)
}

func testALoadThatEndsAnywhereIsRepeated(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const people = 40
	text := bulk(people)
	for after := range 6 {
		rounds := 0
		err := h.load(text, 7, func(store.Loaded) error {
			if rounds++; rounds > after {
				return store.ErrStopped
			}
			return nil
		})
		if !errors.Is(err, store.ErrStopped) {
			t.Fatalf("after %d rounds: %v", after, err)
		}
	}
	h.restart()
	var added, known int
	must(t, h.load(text, 7, func(l store.Loaded) error {
		for _, err := range l.Faults {
			must(t, err)
		}
		added, known = added+l.Added, known+l.Known
		return nil
	}))
	if added+known != 3*people || added == 0 || known < people {
		t.Errorf("%d added, %d known of %d lines", added, known, 3*people)
	}
	for i := range people {
		c, err := person.NewClaim(h.a, "가상하나", "1960-01-01", fmt.Sprintf("010%08d", 30_000_000+i), caldate.MustParse("2021-07-11"))
		must(t, err)
		id, err := h.PersonOf(t.Context(), c)
		must(t, err)
		r, err := h.RecordOf(t.Context(), id)
		must(t, err)
		if len(r.Lines) != 2 || r.Lines[0].Seq != 1 || r.Lines[1].Seq != 2 {
			t.Fatalf("person %d has %d entries", i, len(r.Lines))
		}
	}
}

func TestRowsThatCannotBeAreRefusedAlone(t *testing.T) {
	onBoth(t, testRowsThatCannotBeAreRefusedAlone)
}

func testRowsThatCannotBeAreRefusedAlone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id, d := h.vaccinated()
	stranger := person.NewID(7, h.clock.Now())
	text := fmt.Sprintf(`{"kind":"dose","person_id":%q,"product":%q,"number":1,"day":"2021-06-01"}
{"kind":"dose","person_id":%q,"product":"MOD","number":1,"day":"2021-06-01"}
{"kind":"dose","person_id":"x","product":"MOD","number":1,"day":"2021-06-01"}
{"kind":"dose","person_id":%q,"product":"MOD","number":1,"day":"2021-06-02"}
{"kind":"dose"
{"kind":"dose","weight":1}
`, id, d.Product, stranger, id)
	var got []fault.Code
	must(t, h.load(text, 100, func(l store.Loaded) error {
		for _, err := range l.Faults {
			got = append(got, fault.CodeOf(err))
		}
		return nil
	}))
	want := []fault.Code{"", fault.NotFound, fault.Malformed, fault.Conflict, fault.Malformed, fault.Malformed}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%q, want %q", got, want)
	}
}
