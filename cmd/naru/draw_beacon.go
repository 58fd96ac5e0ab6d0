package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"naru/internal/fault"
	"naru/internal/i18n"
	"naru/internal/store"
)

// DrawBeaconCmd is "naru draw beacon": it brings the value of the campaign's
// beacon round. The draw waits for it until the opening (rule G31).
type DrawBeaconCmd struct {
	Campaign string `arg:"" help:"Id of the campaign."`
	Round    uint64 `required:"" help:"Round of the beacon, as published with the campaign."`
	Value    string `xor:"value" required:"" placeholder:"HEX" help:"What the beacon published: of drand-quicknet the signature of the round, 96 hexadecimal digits."`
	File     string `xor:"value" required:"" placeholder:"FILE" help:"File that holds the value, in hexadecimal."`
	By       string `env:"NARU_BY,USER" required:"" help:"Who brings it; kept with the value."`
	Data     string `default:"naru-data" placeholder:"DIR" help:"Data folder; a server may run on it."`
	DB       string `name:"db" env:"NARU_DB" placeholder:"URL" help:"PostgreSQL instead of the data folder."`
}

// maxValueFile is more than any value in hexadecimal with a line end.
const maxValueFile = 1024

// Run records the value. The same value again changes nothing.
func (cmd *DrawBeaconCmd) Run(env *Env) error {
	value, err := cmd.value()
	if err != nil {
		return usage(err)
	}
	if cmd.DB == "" {
		if _, err := os.Stat(cmd.Data + "/gate.db"); err != nil {
			return usage(fmt.Errorf("%w; --data names the data folder of a server", err))
		}
	}
	h := &host{env: env, log: slog.New(slog.NewTextHandler(env.Stderr, nil))}
	o := store.Options{Dir: cmd.Data, DB: cmd.DB, Now: env.Now, Fatal: h.fatal}
	err = store.SupplyBeacon(context.Background(), o, store.BeaconValue{Campaign: cmd.Campaign, Round: cmd.Round, Value: value, By: cmd.By})
	if err != nil {
		return inWords(err)
	}
	_, err = fmt.Fprintf(env.Stdout, "round %d of the beacon is recorded for %s\n", cmd.Round, cmd.Campaign)
	return err
}

func (cmd *DrawBeaconCmd) value() ([]byte, error) {
	text, from := cmd.Value, "--value"
	if cmd.File != "" {
		from = cmd.File
		file, err := os.Open(cmd.File)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		b, err := io.ReadAll(io.LimitReader(file, maxValueFile+1))
		if err != nil {
			return nil, err
		}
		text = string(b)
	}
	value, err := hex.DecodeString(strings.ToLower(strings.TrimSpace(text)))
	if err != nil || len(value) == 0 || len(text) > maxValueFile {
		return nil, fmt.Errorf("%s is not hexadecimal: copy the value again, digits 0-9 and a-f only", from)
	}
	return value, nil
}

// inWords is a refusal as the operator reads it.
func inWords(err error) error {
	f := fault.Of(err)
	c, broken := i18n.New()
	if broken != nil || f.Code == fault.Internal || !c.Has(f.Message) {
		return err
	}
	return errors.New(c.T("en", f.Message, f.Args))
}
