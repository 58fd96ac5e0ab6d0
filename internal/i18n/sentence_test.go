package i18n

import (
	"strings"
	"testing"
)

// Every sentence put together from its parts is what its template says.
func TestSentencesArePutTogetherAsWritten(t *testing.T) {
	t.Parallel()
	messages, err := load(parts)
	if err != nil {
		t.Fatal(err)
	}
	joined := 0
	for _, m := range messages {
		for lang, text := range m.texts {
			for _, src := range []string{text.One, text.Other} {
				for _, value := range []any{"의원", "서울", "", "<b>{{.Name}}", 0, -1234567, uint64(1 << 60), true, 1.5, nil, []string{"a"}} {
					args := map[string]any{}
					for _, name := range arguments(src) {
						args[name] = value
					}
					joined += sameAsTemplate(t, m.id+" in "+lang, src, args)
				}
			}
		}
	}
	if joined < 1000 {
		t.Errorf("only %d sentences were put together from parts", joined)
	}
	for _, src := range []string{"{{.A}}{{.B}}", "{{number .A}}, {{은는 .B}}", "{{.A | number}}", "{{if .A}}a{{end}}", "{{.A.B}}", `{{printf "%v" .A}}`, "{{$x := .A}}{{$x}}", "{{- .A -}} b", "{{number 5}}", "{{.}}"} {
		for _, args := range []map[string]any{nil, {}, {"A": 1}, {"A": 1, "B": "나"}, {"A": nil, "B": 2}} {
			sameAsTemplate(t, src, src, args)
		}
	}
}

// sameAsTemplate returns 1 when the sentence was put together from parts.
func sameAsTemplate(t *testing.T, what, src string, args map[string]any) int {
	t.Helper()
	s, err := parseSentence(src)
	if err != nil {
		t.Fatal(err)
	}
	var want strings.Builder
	wrong := s.Template.Execute(&want, args)
	got, err := s.Execute(args)
	if (err != nil) != (wrong != nil) || err == nil && got != want.String() {
		t.Errorf("%s with %v: %q, %v; want %q, %v", what, args, got, err, want.String(), wrong)
	}
	if _, ok := s.join(args); ok && s.parts != nil {
		return 1
	}
	return 0
}
