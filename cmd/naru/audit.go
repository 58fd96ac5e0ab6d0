package main

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"naru/internal/audit"
	"naru/internal/db"
	"naru/internal/store"
	"naru/internal/witness"
)

// AuditCmd is "naru audit".
type AuditCmd struct {
	Verify AuditVerifyCmd `cmd:"" help:"Find what was edited, removed or put in, beside a running server."`
}

// AuditVerifyCmd is "naru audit verify".
type AuditVerifyCmd struct {
	Data  string `default:"naru-data" placeholder:"DIR" help:"Data folder."`
	DB    string `name:"db" env:"NARU_DB" placeholder:"URL" help:"PostgreSQL instead of the databases in the data folder."`
	Heads string `placeholder:"FILE" help:"Signed heads that a witness kept: they find a removed end, and a chain that vanished whole."`
	Key   string `placeholder:"HEX" help:"Public key of the seals (default: keys/audit.pub in the data folder)."`
	JSON  bool   `help:"Print one JSON object."`
}

// verified is what "naru audit verify" prints.
type verified struct {
	store.AuditReport
	Fine bool `json:"sound"`
}

// Run prints the faults; it fails when there is one.
func (cmd *AuditVerifyCmd) Run(env *Env) error {
	if cmd.DB != "" {
		if err := db.CheckURL(cmd.DB); err != nil {
			return usage(fmt.Errorf("--db: %w", err))
		}
	}
	key, err := cmd.key()
	if err != nil {
		return err
	}
	heads, err := cmd.heads()
	if err != nil {
		return err
	}
	r, err := store.VerifyAudit(context.Background(), cmd.Data, cmd.DB, key, heads)
	if err != nil {
		return err
	}
	v := verified{r, r.Sound()}
	if cmd.JSON {
		err = json.NewEncoder(env.Stdout).Encode(v)
	} else {
		_, err = fmt.Fprint(env.Stdout, v.text())
	}
	if err == nil && !v.Fine {
		return said()
	}
	return err
}

func (cmd *AuditVerifyCmd) key() (ed25519.PublicKey, error) {
	if cmd.Key == "" {
		return store.AuditPublicKey(cmd.Data)
	}
	key, err := store.ParseAuditKey(cmd.Key)
	if err != nil {
		return nil, usage(fmt.Errorf("--key: %w", err))
	}
	return key, nil
}

func (cmd *AuditVerifyCmd) heads() (all []audit.Signed, err error) {
	if cmd.Heads == "" {
		return nil, nil
	}
	f, err := os.Open(cmd.Heads)
	if err != nil {
		return nil, fmt.Errorf("--heads: %w", err)
	}
	if all, err = witness.Read(f); err != nil {
		err = fmt.Errorf("--heads %s: %w", cmd.Heads, err)
	}
	return all, errors.Join(err, f.Close())
}

func (v verified) text() string {
	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	p("%d entries in %d chains, %d seals, %d heads of a witness", v.Entries, v.Chains, v.Seals, v.Heads)
	p("%d entries after the last seal of their chain; %d acts whose outcome nobody wrote", v.Unsealed, v.Unfinished)
	for _, f := range v.Faults {
		p("%s: chain %s, entry %d (by the %s)", f.Kind, f.Chain, f.Seq, f.By)
	}
	if v.Fine {
		p("sound")
	} else {
		p("NOT SOUND: %d faults", len(v.Faults))
	}
	return b.String()
}
