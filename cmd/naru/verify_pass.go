package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"naru/internal/bundle"
	"naru/internal/i18n"
	"naru/internal/pass"
	"naru/internal/rule"
)

// passVerdict is one line of --json for a pass; scripts depend on it.
type passVerdict struct {
	Verdict  string      `json:"verdict"`
	Reason   string      `json:"reason,omitempty"`
	Sentence string      `json:"sentence,omitempty"`
	Detail   string      `json:"detail,omitempty"`
	At       time.Time   `json:"at"`
	Bundle   uint64      `json:"bundle"`
	Age      string      `json:"age"`
	Steps    []rule.Step `json:"steps,omitempty"`
}

// runPass judges a pass as a scanner does: by a bundle that the key of lists has signed.
func (c *VerifyCmd) runPass(env *Env, at time.Time) error {
	if len(c.Source) != 1 || c.Bundle == "" || c.ListKey == "" {
		return usage(errors.New("a pass is verified alone, with --bundle FILE and --list-key KEY"))
	}
	file, err := readBounded(c.Bundle, bundle.MaxFile)
	if err != nil {
		return usage(fmt.Errorf("--bundle: %w", err))
	}
	key, err := listKey(c.ListKey)
	if err != nil {
		return usage(fmt.Errorf("--list-key: %w", err))
	}
	b, err := bundle.Open(file, 0, key)
	if err != nil {
		return err
	}
	catalogue, err := i18n.New()
	if err != nil {
		return err
	}
	v := c.judgePass(b, at, catalogue)
	if err := c.tellPass(env, v); err != nil {
		return err
	}
	switch rule.Outcome(v.Verdict) {
	case rule.NotValid:
		return &ExitError{Status: StatusFailed}
	case rule.CannotTell:
		return &ExitError{Status: StatusCannotTell}
	}
	return nil
}

func (c *VerifyCmd) judgePass(b *bundle.Bundle, at time.Time, catalogue *i18n.Catalogue) passVerdict {
	v := passVerdict{At: at, Bundle: b.Version, Age: b.Age(at).Round(time.Minute).String()}
	u, err := pass.Parse(c.Source[0])
	var verified pass.Verified
	if err == nil {
		verified, err = u.Verify(b.PassTrust(), pass.Check{Now: at})
	}
	if err != nil {
		reason := pass.ReasonOf(err)
		v.Verdict, v.Reason, v.Detail = string(pass.VerdictOf(reason)), string(reason), err.Error()
		v.Sentence = catalogue.T(c.Lang, "pass."+string(reason), nil)
		return v
	}
	if c.Rules == "" && c.Facility == "" {
		v.Verdict, v.Detail = string(pass.Valid), "genuine; --facility asks the rules"
		return v
	}
	if b.Rules() == nil || c.Rules != "" && b.Rules().ID != c.Rules {
		v.Verdict, v.Reason = string(pass.CannotTell), "unknown_rules"
		v.Sentence = catalogue.T(c.Lang, "credential.unknown_rules", nil)
		return v
	}
	judged := b.Judge([]pass.Verified{verified}, rule.Question{At: at, Facility: c.Facility, Region: c.Region})
	v.Verdict, v.Reason, v.Sentence, v.Steps = string(judged.Outcome), judged.Reason, judged.Sentence[c.Lang], judged.Steps
	return v
}

func (c *VerifyCmd) tellPass(env *Env, v passVerdict) error {
	if c.JSON {
		return json.NewEncoder(env.Stdout).Encode(v)
	}
	if _, err := fmt.Fprintf(env.Stdout, "%s (%s)\n  %s\n  bundle %d, %s old\n", v.Verdict, v.Reason, v.Sentence, v.Bundle, v.Age); err != nil {
		return err
	}
	for _, s := range v.Steps {
		if _, err := fmt.Fprintf(env.Stdout, "  %-20s %-12s %s\n", s.Proof, s.Check, s.Says); err != nil {
			return err
		}
	}
	return nil
}
