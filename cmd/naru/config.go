package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"
)

// maxConfig bounds a configuration file.
const maxConfig = 64 << 10

// yamlConfig reads flag values from YAML: a key is a flag's name, or a command
// with the flags that are for it alone:
//
//	data: /var/lib/naru
//	serve: {listen: 127.0.0.1:8080}
//	campaign: {publish: {opens-in: 10m}}
func yamlConfig(r io.Reader) (kong.Resolver, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxConfig+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxConfig {
		return nil, fmt.Errorf("configuration is over %d bytes", maxConfig)
	}
	var values configValues
	if err := yaml.Unmarshal(text, &values); err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	return values, nil
}

type configValues map[string]any

var _ kong.Resolver = configValues{}

// Validate refuses keys that name no command and no flag: a misspelt setting
// must not be silently without effect.
func (v configValues) Validate(app *kong.Application) error { return v.validate(app.Node) }

func (v configValues) validate(n *kong.Node) error {
	flags, commands := map[string]bool{}, map[string]*kong.Node{}
	flagsBelow(n, flags)
	for _, child := range n.Children {
		commands[child.Name] = child
	}
	for key, value := range v {
		under, nested := value.(configValues)
		switch command := commands[key]; {
		case nested && command != nil:
			if err := under.validate(command); err != nil {
				return err
			}
		case nested && flags[key]:
			return fmt.Errorf("configuration: %s takes a value, not a block", named(n, key))
		case command == nil && !flags[key]:
			return fmt.Errorf("configuration: %s is no command and no flag", named(n, key))
		case command != nil && !flags[key]:
			return fmt.Errorf("configuration: %s is a command; write its flags below it", named(n, key))
		}
	}
	return nil
}

func flagsBelow(n *kong.Node, flags map[string]bool) {
	for _, f := range n.Flags {
		flags[f.Name] = true
	}
	for _, child := range n.Children {
		flagsBelow(child, flags)
	}
}

func named(n *kong.Node, key string) string {
	return fmt.Sprintf("%q", strings.TrimSpace(n.Path()+" "+key))
}

// Resolve finds a flag's value under its command, else under the group of the
// command, else at the top. The environment goes before the file, and the
// command line before both.
func (v configValues) Resolve(_ *kong.Context, parent *kong.Path, flag *kong.Flag) (any, error) {
	for _, name := range flag.Envs {
		if _, set := os.LookupEnv(name); set {
			return nil, nil
		}
	}
	var path []string
	if parent != nil && parent.Command != nil {
		path = strings.Fields(parent.Command.Path())
	}
	var found any
	for depth, at := 0, v; at != nil; depth++ {
		if value, ok := at[flag.Name]; ok {
			if _, nested := value.(configValues); !nested {
				found = value
			}
		}
		if depth == len(path) {
			break
		}
		at, _ = at[path[depth]].(configValues)
	}
	return found, nil
}

// dataFolderVariable names the data folder in the environment. It is not
// NARU_DATA, which tests take for the folder of the data they read.
func dataFolderVariable(k *kong.Kong) error {
	var name func(n *kong.Node)
	name = func(n *kong.Node) {
		for _, f := range n.Flags {
			if f.Name == "data" {
				f.Envs, f.Value.Tag.Envs = []string{"NARU_DATA_DIR"}, []string{"NARU_DATA_DIR"}
			}
		}
		for _, child := range n.Children {
			name(child)
		}
	}
	name(k.Model.Node)
	return nil
}
