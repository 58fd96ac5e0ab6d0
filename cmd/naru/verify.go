package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"naru/internal/credential"
	"naru/internal/i18n"
	"naru/internal/pass"
	"naru/internal/scan"
	"naru/verify"
)

// VerifyCmd is "naru verify": it judges certificates, offline.
type VerifyCmd struct {
	Source   []string `arg:"" name:"QR-TEXT|IMAGE|-" help:"Text of a QR code (NR1:..., HC1:..., shc:/...), a PNG or JPEG of it, a file with such texts, or - for the standard input. The codes of a card in several chunks may be given together."`
	At       string   `placeholder:"TIME" help:"Judge as at this instant (default: now): 2021-12-13T11:40:00+09:00, or \"2021-12-13 11:40\" on the agency's clock."`
	Bundle   string   `placeholder:"FILE" help:"Trust bundle, JWK Set, or trust list of the EU's verifiers. Without it no key is known, and nothing can be VALID."`
	Rules    string   `placeholder:"SET" help:"Rules of a place to judge by, beside the certificate itself."`
	Facility string   `placeholder:"ID" help:"Kind of facility of which the rules are asked (passes)."`
	Region   string   `placeholder:"CODE" help:"Region of the facility."`
	ListKey  string   `placeholder:"KEY" help:"Public key of lists that has signed the bundle, base64 of DER (passes)."`
	JSON     bool     `name:"json" help:"Print one JSON object a line for each certificate."`
	Lang     string   `default:"en" placeholder:"CODE" help:"Language of the sentences: en or ko."`
}

// judged is one line of --json; scripts depend on it.
type judged struct {
	verify.Result
	WhatToDo string    `json:"what_to_do,omitempty"`
	At       time.Time `json:"at"`
	Keys     int       `json:"keys"` // on the trust list
}

// Run judges every certificate it was given. Status 0: all are VALID; 1: one is
// NOT VALID; 3: none is, and of one we cannot tell.
func (c *VerifyCmd) Run(env *Env) error {
	at, err := c.instant(env)
	if err != nil {
		return err
	}
	if pass.IsPass(c.Source[0]) {
		return c.runPass(env, at)
	}
	trust, err := c.trust(env)
	if err != nil {
		return err
	}
	catalogue, err := i18n.New()
	if err != nil {
		return err
	}
	results, err := c.judge(env, trust, at)
	if err != nil {
		return err
	}
	status := StatusOK
	for _, r := range results {
		line := judged{Result: r, At: at, Keys: trust.Keys()}
		if r.Reason != "" {
			line.WhatToDo = catalogue.T(c.Lang, "credential."+string(r.Reason), nil)
		}
		if err := c.tell(env.Stdout, line); err != nil {
			return err
		}
		switch {
		case r.Verdict == verify.NotValid:
			status = StatusFailed
		case r.Verdict == verify.CannotTell && status == StatusOK:
			status = StatusCannotTell
		}
	}
	if status != StatusOK {
		return &ExitError{Status: status}
	}
	return nil
}

func (c *VerifyCmd) instant(env *Env) (time.Time, error) {
	if c.At == "" {
		return env.Now(), nil
	}
	a, err := loadAgency("")
	if err != nil {
		return time.Time{}, err
	}
	at, err := parseInstant("--at", c.At, a.Zone)
	if err != nil {
		return time.Time{}, usage(err)
	}
	return at, nil
}

func (c *VerifyCmd) trust(env *Env) (*verify.Trust, error) {
	if c.Bundle == "" {
		return verify.NoTrust(), nil
	}
	b, err := readBounded(c.Bundle, credential.MaxBundle)
	if err != nil {
		return nil, usage(fmt.Errorf("--bundle: %w", err))
	}
	trust, left, err := verify.ParseTrust(b)
	for _, l := range left {
		fmt.Fprintf(env.Stderr, "naru: %s: left out %v\n", c.Bundle, l)
	}
	if err != nil {
		return nil, usage(fmt.Errorf("--bundle %s: %w", c.Bundle, err))
	}
	return trust, nil
}

// judge takes chunks of one card together and everything else one by one.
func (c *VerifyCmd) judge(env *Env, trust *verify.Trust, at time.Time) ([]verify.Result, error) {
	var results []verify.Result
	var chunks []string
	for _, source := range c.Source {
		texts, picture, err := c.read(env, source)
		if err != nil {
			return nil, err
		}
		if picture != nil {
			read, err := scan.Codes(picture)
			if err != nil {
				results = append(results, verify.JudgePicture(trust, at, picture))
				continue
			}
			texts = read
		}
		for _, text := range texts {
			if credential.IsChunk(text) {
				chunks = append(chunks, text)
				continue
			}
			results = append(results, verify.Judge(trust, at, text))
		}
	}
	if len(chunks) > 0 {
		results = append(results, verify.Judge(trust, at, chunks...))
	}
	for i, r := range results {
		if c.Rules != "" && r.Verdict == verify.Valid { // no bundle of this version carries rules
			results[i] = verify.Result{Verdict: verify.CannotTell, Reason: verify.UnknownRules, Detail: fmt.Sprintf("the bundle has no rules %q", c.Rules)}
		}
	}
	return results, nil
}

// read finds out what source is: a text itself, the standard input, or a file.
func (c *VerifyCmd) read(env *Env, source string) (texts []string, picture []byte, err error) {
	var b []byte
	switch {
	case source == "-":
		if b, err = io.ReadAll(io.LimitReader(env.Stdin, scan.MaxBytes+1)); err == nil && len(b) > scan.MaxBytes {
			err = fmt.Errorf("more than %d bytes", scan.MaxBytes)
		}
	case looksLikeText(source):
		return []string{source}, nil, nil
	default:
		b, err = readBounded(source, scan.MaxBytes)
		if errors.Is(err, os.ErrNotExist) || err != nil && strings.ContainsAny(source, "\x00\n") {
			return nil, nil, usage(fmt.Errorf("%.40q is neither the text of a certificate nor a file", source))
		}
	}
	if err != nil {
		return nil, nil, usage(fmt.Errorf("read %.40q: %w", source, err))
	}
	if scan.IsPicture(b) {
		return nil, b, nil
	}
	return textsOf(b), nil, nil
}

func looksLikeText(s string) bool {
	return strings.HasPrefix(s, "shc:/") || credential.IsJWS(s) || len(s) > 4 && s[3] == ':' && s[2] == '1'
}

// textsOf are the certificates in a file: those of a .smart-health-card, or one
// text a line.
func textsOf(b []byte) []string {
	var file struct {
		Cards []string `json:"verifiableCredential"`
	}
	if json.Unmarshal(b, &file) == nil && len(file.Cards) > 0 {
		return file.Cards
	}
	var texts []string
	for line := range strings.Lines(string(b)) {
		if line = strings.Trim(line, "\r\n"); line != "" {
			texts = append(texts, line)
		}
	}
	if len(texts) == 0 {
		texts = []string{""}
	}
	return texts
}

// readBounded reads a file of at most so many bytes.
func readBounded(name string, most int64) ([]byte, error) {
	f, err := os.Open(name) //nolint:gosec // the operator names it
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read
	b, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(b)) > most {
		err = fmt.Errorf("it is larger than %d bytes", most)
	}
	return b, err
}

func (c *VerifyCmd) tell(w io.Writer, j judged) error {
	if c.JSON {
		return json.NewEncoder(w).Encode(j)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s", j.Verdict)
	if j.Reason != "" {
		fmt.Fprintf(&b, " (%s)\n  %s\n  %s", j.Reason, j.WhatToDo, j.Detail)
	}
	b.WriteString("\n")
	if v := j.Certificate; v != nil {
		fmt.Fprintf(&b, "  %s %s of %s, issued %s\n", v.Format, v.Kind, v.Issuer, v.IssuedAt.Format(time.RFC3339))
		fmt.Fprintf(&b, "  %s, %s, born %s: ask for an identity document\n", v.Holder.Family, v.Holder.Given, v.Holder.Born)
		for _, e := range v.Entries {
			fmt.Fprintf(&b, "  %s\n", entryLine(e))
		}
		for _, r := range v.Remarks {
			fmt.Fprintf(&b, "  remark: %s\n", r)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func entryLine(e verify.Entry) string {
	dose := ""
	if e.Doses > 0 {
		dose = fmt.Sprintf("dose %d of %d", e.Dose, e.Doses)
	}
	var parts []string
	for _, p := range []struct{ name, value string }{
		{"", e.Date},
		{"", e.Code},
		{"", dose},
		{"result ", e.Result},
		{"from ", e.From},
		{"until ", e.Until},
		{"in ", e.Country},
		{"by ", e.By},
	} {
		if p.value != "" {
			parts = append(parts, p.name+p.value)
		}
	}
	return strings.Join(parts, ", ")
}
