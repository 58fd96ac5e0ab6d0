// Package i18n is the catalogue: every sentence that people read, by message
// id, in every language.
//
// It promises that each message exists in each language of the catalogue with
// the same arguments, so no page is half translated; New refuses the program
// otherwise. It never guesses a language, never formats a date (the agency
// does) and never puts out an id where a sentence belongs without marking it
// (Missing). Rules W20 to W22 in docs/rules/web.md.
package i18n

import (
	"fmt"
	"slices"

	goi18n "github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

// Required are the languages in which every message must be written.
var Required = []string{"ko", "en"}

// Catalogue holds all messages. It does not change after New, so everybody may
// read it at once.
type Catalogue struct {
	languages []string
	plain     map[string]map[string]string   // language → id → text without arguments
	single    map[string]map[string]sentence // language → id → text without plural forms
	localizer map[string]*goi18n.Localizer
	ids       map[string]bool
	parser    *parser
}

// New reads the embedded parts. It fails on a message without one of the
// Required languages, with an unknown key, with another set of arguments in
// another language, or defined twice.
func New() (*Catalogue, error) {
	messages, err := load(parts)
	if err != nil {
		return nil, fmt.Errorf("read messages: %w", err)
	}
	return build(messages)
}

func build(messages []message) (*Catalogue, error) {
	c := &Catalogue{
		languages: Required,
		plain:     map[string]map[string]string{},
		single:    map[string]map[string]sentence{},
		localizer: map[string]*goi18n.Localizer{},
		ids:       map[string]bool{},
		parser:    &parser{},
	}
	bundle := goi18n.NewBundle(language.Make(Required[0]))
	for _, lang := range Required {
		c.plain[lang], c.single[lang] = map[string]string{}, map[string]sentence{}
		for _, m := range messages {
			c.ids[m.id] = true
			if err := c.add(bundle, lang, m); err != nil {
				return nil, err
			}
		}
		c.localizer[lang] = goi18n.NewLocalizer(bundle, lang)
	}
	return c, nil
}

func (c *Catalogue) add(bundle *goi18n.Bundle, lang string, m message) error {
	text := m.texts[lang]
	if text.plain() {
		c.plain[lang][m.id] = text.Other
		return nil
	}
	if text.One == "" {
		parsed, err := parseSentence(text.Other)
		c.single[lang][m.id] = parsed
		return err
	}
	err := bundle.AddMessages(language.Make(lang), &goi18n.Message{ID: m.id, One: text.One, Other: text.Other})
	if err != nil {
		return fmt.Errorf("message %s in %s: %w", m.id, lang, err)
	}
	return nil
}

// Languages are the codes in which every message can be had.
func (c *Catalogue) Languages() []string { return slices.Clone(c.languages) }

// Has reports whether there is such a message.
func (c *Catalogue) Has(id string) bool { return c.ids[id] }

// Missing is what T gives for an id that is not in the catalogue; tests look
// for its brackets on every page.
func Missing(id string) string { return "⟦" + id + "⟧" }

// T is the message in the language, with its arguments filled in. The argument
// Count chooses between singular and plural where a language has both. A
// language the catalogue does not have gives the first of Required.
func (c *Catalogue) T(lang, id string, args map[string]any) string {
	if _, known := c.plain[lang]; !known {
		lang = c.languages[0]
	}
	if text, ok := c.plain[lang][id]; ok {
		return text
	}
	text, err := c.fill(lang, id, args)
	if err != nil {
		return Missing(id)
	}
	return text
}

// fill goes to the plural rules only where a message has plural forms: finding
// the language anew costs more than the rest of a page.
func (c *Catalogue) fill(lang, id string, args map[string]any) (string, error) {
	if text, ok := c.single[lang][id]; ok {
		return text.Execute(args)
	}
	return c.localizer[lang].Localize(&goi18n.LocalizeConfig{
		MessageID: id, TemplateData: args, PluralCount: pluralCount(args), TemplateParser: c.parser,
	})
}

// pluralCount makes any whole number one that the plural rules understand.
func pluralCount(args map[string]any) any {
	switch n := args["Count"].(type) {
	case nil:
		return nil
	case uint64:
		return int64(min(n, 1<<62))
	case int, int64, int32:
		return n
	default:
		return fmt.Sprint(n)
	}
}
