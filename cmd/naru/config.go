package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"
)

// maxConfig bounds a configuration file.
const maxConfig = 64 << 10

// yamlConfig reads flag values from YAML: a key is a flag's name, alone or
// under its command, for example "serve: {listen: 127.0.0.1:8080}".
func yamlConfig(r io.Reader) (kong.Resolver, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxConfig+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxConfig {
		return nil, fmt.Errorf("configuration is over %d bytes", maxConfig)
	}
	var values map[string]any
	if err := yaml.Unmarshal(text, &values); err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	return configValues(values), nil
}

type configValues map[string]any

var _ kong.Resolver = configValues{}

// Validate refuses keys that name no command and no flag: a misspelt setting
// must not be silently without effect.
func (v configValues) Validate(app *kong.Application) error {
	known := map[string]bool{}
	for _, f := range app.Flags {
		known[f.Name] = true
	}
	var walk func(n *kong.Node)
	walk = func(n *kong.Node) {
		for _, child := range n.Children {
			for _, f := range child.Flags {
				known[strings.TrimPrefix(child.Path(), "naru ")+" "+f.Name] = true
				known[f.Name] = true
			}
			known[child.Name] = true
			walk(child)
		}
	}
	walk(app.Node)
	for key, value := range v {
		if !known[key] {
			return fmt.Errorf("configuration: %q is no command and no flag", key)
		}
		if under, ok := value.(map[string]any); ok {
			for name := range under {
				if !known[key+" "+name] {
					return fmt.Errorf("configuration: %q has no flag %q", key, name)
				}
			}
		}
	}
	return nil
}

// Resolve finds a flag's value under its command, or else at the top.
func (v configValues) Resolve(_ *kong.Context, parent *kong.Path, flag *kong.Flag) (any, error) {
	if parent != nil && parent.Command != nil {
		if under, ok := v[parent.Command.Name].(map[string]any); ok {
			if value, ok := under[flag.Name]; ok {
				return value, nil
			}
		}
	}
	if value, ok := v[flag.Name]; ok {
		if _, nested := value.(map[string]any); !nested {
			return value, nil
		}
	}
	return nil, nil
}
