package main

import (
	"context"
	"fmt"

	"naru/internal/agency"
	"naru/internal/rule"
	"naru/internal/rulebook"
	"naru/internal/staff"
	"naru/internal/store"
)

// RulesCmd is "naru rules": who may enter where, with which proof.
type RulesCmd struct {
	Check   RulesCheckCmd   `cmd:"" help:"Check a file of entry rules: all faults, with line and column."`
	Publish RulesPublishCmd `cmd:"" help:"Check it and make it the newest; the next bundle carries it."`
}

// maxRuleFile is more than any file of rules that people write.
const maxRuleFile = 4 << 20

func readRules(name string, a *agency.Agency) (*rule.Set, error) {
	text, err := readBounded(name, maxRuleFile)
	if err != nil {
		return nil, usage(err)
	}
	return rulebook.Parse(text, a.LanguageCodes())
}

// RulesCheckCmd is "naru rules check".
type RulesCheckCmd struct {
	File   string `arg:"" help:"File of entry rules (YAML)."`
	Agency string `placeholder:"FILE" help:"Agency file (default: Korea)."`
}

// Run says what is in it.
func (cmd *RulesCheckCmd) Run(env *Env) error {
	a, err := loadAgency(cmd.Agency)
	if err != nil {
		return err
	}
	set, err := readRules(cmd.File, a)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(env.Stdout, "%s: %d kinds of facility, %d proofs, %d requirements, from %s\n",
		set.ID, len(set.Facilities), len(set.Proofs), len(set.Requirements), set.Local(set.From).Format("2006-01-02 15:04"))
	return err
}

// RulesPublishCmd is "naru rules publish".
type RulesPublishCmd struct {
	File string `arg:"" help:"File of entry rules (YAML)."`
	KeysFlags
}

// Run publishes.
func (cmd *RulesPublishCmd) Run(env *Env) error {
	a, err := loadAgency(cmd.Agency)
	if err != nil {
		return err
	}
	set, err := readRules(cmd.File, a)
	if err != nil {
		return err
	}
	return inStore(env, cmd.Data, cmd.DB, a, func(ctx context.Context, s *store.Store) error {
		var version int64
		err := s.ByConsole(ctx, staff.ManageKeys, map[string]string{"did": "publish rules", "rules": set.ID}, func(ctx context.Context) error {
			var err error
			version, err = s.PublishRules(ctx, set)
			return err
		})
		if err == nil {
			_, err = fmt.Fprintf(env.Stdout, "rules %s are version %d; make a bundle for scanners: naru bundle make\n", set.ID, version)
		}
		return err
	})
}
