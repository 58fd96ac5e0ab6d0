package i18n

import (
	"fmt"
	"strings"
	"text/template"
	"text/template/parse"
)

// sentence is a parsed message. Most are words with values between them, bare
// or written by one function; those are put together without the template, which
// costs ten times as much and is a good part of a page.
type sentence struct {
	*template.Template
	parts []part // nil: only the template can do it
}

// part is a text and the argument behind it.
type part struct {
	text string
	name string           // of the argument; "": none
	as   func(any) string // nil: as fmt.Sprint writes it
}

// Execute fills in the arguments; one that is missing is an error.
func (s sentence) Execute(data any) (string, error) {
	if args, ok := data.(map[string]any); ok && s.parts != nil {
		if text, ok := s.join(args); ok {
			return text, nil
		}
	}
	var b strings.Builder
	if err := s.Template.Execute(&b, data); err != nil {
		return "", err
	}
	return b.String(), nil
}

// join puts words and numbers together, and reports false for any other value.
func (s sentence) join(args map[string]any) (string, bool) {
	var b strings.Builder
	for _, p := range s.parts {
		b.WriteString(p.text)
		if p.name == "" {
			continue
		}
		v := args[p.name]
		switch v.(type) {
		case string, int, int32, int64, uint8, uint16, uint32, uint64:
		default:
			return "", false
		}
		if p.as != nil {
			b.WriteString(p.as(v))
		} else {
			fmt.Fprint(&b, v)
		}
	}
	return b.String(), true
}

func parseSentence(src string) (sentence, error) {
	t, err := template.New("").Option("missingkey=error").Funcs(functions).Parse(src)
	if err != nil {
		return sentence{Template: t}, err
	}
	s := sentence{Template: t}
	for _, n := range t.Root.Nodes {
		p, ok := partOf(n)
		if !ok {
			return sentence{Template: t}, nil
		}
		s.parts = append(s.parts, p)
	}
	return s, nil
}

// partOf reads {{.Name}} and {{function .Name}}.
func partOf(n parse.Node) (p part, ok bool) {
	if text, ok := n.(*parse.TextNode); ok {
		return part{text: string(text.Text)}, true
	}
	action, ok := n.(*parse.ActionNode)
	if !ok || len(action.Pipe.Decl) > 0 || len(action.Pipe.Cmds) != 1 {
		return part{}, false
	}
	words := action.Pipe.Cmds[0].Args
	if name, is := words[0].(*parse.IdentifierNode); is && len(words) == 2 {
		if p.as, ok = functions[name.Ident].(func(any) string); !ok {
			return part{}, false
		}
		words = words[1:]
	}
	field, ok := words[0].(*parse.FieldNode)
	if !ok || len(words) != 1 || len(field.Ident) != 1 {
		return part{}, false
	}
	p.name = field.Ident[0]
	return p, true
}
