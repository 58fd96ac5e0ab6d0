package i18n

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

//go:embed parts/*.yaml
var parts embed.FS

// message is one id with its text in each language.
type message struct {
	id    string
	texts map[string]text
}

// text is one sentence; One is its singular where the language has one.
type text struct {
	One   string `yaml:"one"`
	Other string `yaml:"other"`
}

// UnmarshalYAML takes a bare sentence or the two plural forms.
func (t *text) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		t.Other = strings.TrimSpace(node.Value)
		return nil
	}
	type forms text
	return node.Decode((*forms)(t))
}

func (t text) plain() bool { return t.One == "" && !strings.Contains(t.Other, "{{") }

var idForm = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$`)

// load reads every part and reports all faults at once.
func load(files fs.FS) ([]message, error) {
	names, err := fs.Glob(files, "parts/*.yaml")
	if err != nil {
		return nil, err
	}
	var all []message
	var faults []error
	seen := map[string]string{}
	for _, name := range names {
		part, err := loadPart(files, name)
		if err != nil {
			faults = append(faults, err)
		}
		for _, m := range part {
			if other, twice := seen[m.id]; twice {
				faults = append(faults, fmt.Errorf("%s: %s is also in %s", name, m.id, other))
				continue
			}
			seen[m.id] = name
			all = append(all, m)
		}
	}
	return all, errors.Join(faults...)
}

func loadPart(files fs.FS, name string) ([]message, error) {
	data, err := fs.ReadFile(files, name)
	if err != nil {
		return nil, err
	}
	var entries map[string]map[string]text
	if err := yaml.Unmarshal(data, &entries); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	var all []message
	var faults []error
	for _, id := range slices.Sorted(maps.Keys(entries)) {
		m := message{id: id, texts: entries[id]}
		if err := m.check(); err != nil {
			faults = append(faults, fmt.Errorf("%s: %s: %w", name, id, err))
			continue
		}
		all = append(all, m)
	}
	return all, errors.Join(faults...)
}

// check holds a message to its promise (rule W20).
func (m message) check() error {
	if !idForm.MatchString(m.id) {
		return errors.New("not a message id, write part.name")
	}
	for lang := range m.texts {
		if !slices.Contains(Required, lang) {
			return fmt.Errorf("the language %q is not known", lang)
		}
	}
	want := arguments(m.texts[Required[0]].Other)
	for _, lang := range Required {
		t := m.texts[lang]
		if t.Other == "" {
			return fmt.Errorf("no text in %s", lang)
		}
		if got := arguments(t.Other); !slices.Equal(got, want) {
			return fmt.Errorf("the arguments in %s are %v, in %s %v", lang, got, Required[0], want)
		}
		for _, form := range []string{t.One, t.Other} {
			if _, err := parseSentence(form); err != nil {
				return fmt.Errorf("in %s: %w", lang, err)
			}
		}
	}
	return nil
}

var (
	actionForm   = regexp.MustCompile(`\{\{[^}]*\}\}`)
	argumentForm = regexp.MustCompile(`\.[A-Z][A-Za-z0-9]*`)
)

// arguments are the names a text uses, sorted, each once.
func arguments(text string) []string {
	names := map[string]bool{}
	for _, action := range actionForm.FindAllString(text, -1) {
		for _, name := range argumentForm.FindAllString(action, -1) {
			names[name[1:]] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}
