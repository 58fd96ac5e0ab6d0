package i18n

import (
	"strings"
	"testing"
	"testing/fstest"
)

func TestEveryMessageIsWrittenInEveryLanguage(t *testing.T) {
	t.Parallel()
	c, err := New()
	if err != nil {
		t.Fatal(err)
	}
	if len(c.ids) < 10 {
		t.Fatalf("only %d messages were read", len(c.ids))
	}
	for id := range c.ids {
		for _, lang := range c.Languages() {
			if text := c.T(lang, id, everyArgument); strings.Contains(text, "⟦") || text == "" {
				t.Errorf("%s in %s cannot be rendered: %q", id, lang, text)
			}
		}
	}
}

// everyArgument answers to any name, so that only faults of the text show.
var everyArgument = func() map[string]any {
	all := map[string]any{}
	messages, _ := load(parts)
	for _, m := range messages {
		for _, t := range m.texts {
			for _, name := range arguments(t.One + t.Other) {
				all[name] = 12
			}
		}
	}
	return all
}()

func TestFaultsOfThePartsAreFound(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ part, want string }{
		"a language is missing":    {`a.b: {ko: "가"}`, "no text in en"},
		"a language is unknown":    {`a.b: {ko: "가", en: "a", xx: "b"}`, "not known"},
		"the arguments differ":     {`a.b: {ko: "{{.Name}}", en: "{{.Nome}}"}`, "arguments in en"},
		"an argument is lost":      {`a.b: {ko: "{{이가 .Name}}", en: "they"}`, "arguments in en"},
		"the template is broken":   {`a.b: {ko: "{{.Name}", en: "{{.Name}"}`, "in ko"},
		"the function is unknown":  {`a.b: {ko: "{{foo .Name}}", en: "{{.Name}}"}`, "foo"},
		"an id is not an id":       {`Bad: {ko: "가", en: "a"}`, "not a message id"},
		"an id is there twice":     {"a.b: {ko: 가, en: a}\na.b: {ko: 가, en: a}", "already defined"},
		"an id is in two parts":    {`z.z: {ko: "가", en: "a"}`, "is also in"},
		"the file is not a map":    {`- a`, "cannot unmarshal"},
		"plural without the other": {`a.b: {ko: "가", en: {one: "a"}}`, "no text in en"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := load(fstest.MapFS{
				"parts/a.yaml": {Data: []byte(`z.z: {ko: "나", en: "b"}`)},
				"parts/b.yaml": {Data: []byte(c.part)},
			})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want something about %q", err, c.want)
			}
		})
	}
}

func small(t *testing.T, part string) *Catalogue {
	t.Helper()
	messages, err := load(fstest.MapFS{"parts/a.yaml": {Data: []byte(part)}})
	if err != nil {
		t.Fatal(err)
	}
	c, err := build(messages)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestSentences(t *testing.T) {
	t.Parallel()
	c := small(t, `
plain.text: {ko: "안녕하세요", en: "Hello"}
one.arg: {ko: "{{은는 .Name}} 쉽니다", en: "{{.Name}} is closed"}
ahead.count: {ko: "앞에 {{number .Count}}명", en: {one: "{{number .Count}} person", other: "{{number .Count}} people"}}
`)
	for _, k := range []struct {
		lang, id string
		args     map[string]any
		want     string
	}{
		{"ko", "plain.text", nil, "안녕하세요"},
		{"en", "plain.text", nil, "Hello"},
		{"xx", "plain.text", nil, "안녕하세요"},
		{"ko", "one.arg", map[string]any{"Name": "병원"}, "병원은 쉽니다"},
		{"ko", "one.arg", map[string]any{"Name": "센터"}, "센터는 쉽니다"},
		{"ko", "one.arg", nil, "⟦one.arg⟧"},
		{"ko", "no.such", nil, "⟦no.such⟧"},
		{"ko", "ahead.count", map[string]any{"Count": uint64(79892)}, "앞에 79,892명"},
		{"en", "ahead.count", map[string]any{"Count": 1}, "1 person"},
		{"en", "ahead.count", map[string]any{"Count": uint64(1)}, "1 person"},
		{"en", "ahead.count", map[string]any{"Count": 0}, "0 people"},
	} {
		if got := c.T(k.lang, k.id, k.args); got != k.want {
			t.Errorf("%s in %s: got %q, want %q", k.id, k.lang, got, k.want)
		}
	}
}

func TestParticles(t *testing.T) {
	t.Parallel()
	for _, k := range []struct{ function, word, want string }{
		{"은는", "의원", "의원은"},
		{"은는", "보건소", "보건소는"},
		{"이가", "서울", "서울이"},
		{"이가", "1339", "1339가"},
		{"이가", "3", "3이"},
		{"을를", "예약", "예약을"},
		{"을를", "번호(개인)", "번호(개인)을"},
		{"과와", "제주", "제주와"},
		{"으로", "서울", "서울로"},
		{"으로", "부산", "부산으로"},
		{"으로", "제주", "제주로"},
		{"은는", "", "는"},
		{"은는", "Clinic", "Clinic는"},
	} {
		f := functions[k.function].(func(any) string)
		if got := f(k.word); got != k.want {
			t.Errorf("%s of %q: got %q, want %q", k.function, k.word, got, k.want)
		}
	}
}

func TestNumber(t *testing.T) {
	t.Parallel()
	for n, want := range map[any]string{0: "0", 999: "999", 1000: "1,000", uint64(1234567): "1,234,567", -1000: "-1,000", -100: "-100"} {
		if got := Number(n); got != want {
			t.Errorf("Number(%v) = %q, want %q", n, got, want)
		}
	}
}
