package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"naru/internal/agency"
	"naru/internal/incident"
	"naru/internal/store"
)

// IncidentCmd is "naru incident": what is broken, and what people may do meanwhile. Make a
// bundle afterwards, so that scanners know it.
type IncidentCmd struct {
	List    IncidentListCmd    `cmd:"" help:"List the incidents, as one JSON object a line."`
	Declare IncidentDeclareCmd `cmd:"" help:"Declare an incident."`
	Update  IncidentUpdateCmd  `cmd:"" help:"Add what is known now; --degree working ends the incident."`
	Allow   IncidentAllowCmd   `cmd:"" help:"Say what is acceptable meanwhile."`
	End     IncidentEndCmd     `cmd:"" help:"End what is acceptable."`
}

// IncidentFlags are what all of them share.
type IncidentFlags struct {
	Data   string `default:"naru-data" placeholder:"DIR" help:"Data folder."`
	DB     string `name:"db" env:"NARU_DB" placeholder:"URL" help:"PostgreSQL."`
	Agency string `placeholder:"FILE" help:"Agency file (default: Korea)."`
}

func (f *IncidentFlags) in(env *Env, work func(context.Context, *store.Store, *agency.Agency) error) error {
	a, err := loadAgency(f.Agency)
	if err != nil {
		return err
	}
	return inStore(env, f.Data, f.DB, a, func(ctx context.Context, s *store.Store) error { return work(ctx, s, a) })
}

// sayIncident prints an incident's id: the next command names it.
func sayIncident(env *Env, i incident.Incident, err error) error {
	if err == nil {
		_, err = fmt.Fprintln(env.Stdout, i.ID)
	}
	return err
}

// IncidentListCmd is "naru incident list".
type IncidentListCmd struct{ IncidentFlags }

// Run prints all of them.
func (cmd *IncidentListCmd) Run(env *Env) error {
	return cmd.in(env, func(ctx context.Context, s *store.Store, _ *agency.Agency) error {
		all, err := s.Incidents(ctx)
		e := json.NewEncoder(env.Stdout)
		for _, i := range all {
			if err := e.Encode(i); err != nil {
				return err
			}
		}
		return err
	})
}

// IncidentDeclareCmd is "naru incident declare".
type IncidentDeclareCmd struct {
	IncidentFlags
	Channel []string          `required:"" placeholder:"NAME" help:"What is concerned: booking, issuing, wallet, scanner, register, partner:NAME, provider:NAME."`
	Degree  string            `required:"" enum:"degraded,down" help:"degraded or down."`
	Region  []string          `placeholder:"CODE" help:"Only these regions (default: everywhere)."`
	Began   string            `placeholder:"TIME" help:"When it began (default: now)."`
	Says    map[string]string `required:"" placeholder:"LANG=TEXT" help:"The sentence for people, in every language of the agency."`
}

// Run declares.
func (cmd *IncidentDeclareCmd) Run(env *Env) error {
	return cmd.in(env, func(ctx context.Context, s *store.Store, a *agency.Agency) error {
		said := store.Said{Area: cmd.Region, Degree: incident.Degree(cmd.Degree), Says: cmd.Says}
		for _, c := range cmd.Channel {
			said.Channels = append(said.Channels, incident.Channel(c))
		}
		var err error
		if said.Began, err = optionalInstant("--began", cmd.Began, a); err != nil {
			return err
		}
		i, err := s.DeclareIncident(ctx, store.Console(), said)
		return sayIncident(env, i, err)
	})
}

func optionalInstant(flag, text string, a *agency.Agency) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	at, err := parseInstant(flag, text, a.Zone)
	if err != nil {
		return at, usage(err)
	}
	return at, nil
}

// IncidentUpdateCmd is "naru incident update".
type IncidentUpdateCmd struct {
	IncidentFlags
	ID     string            `arg:"" help:"The incident."`
	Degree string            `required:"" enum:"working,degraded,down" help:"How it is now; working ends it."`
	Ended  string            `placeholder:"TIME" help:"When it ended (default: now)."`
	Says   map[string]string `required:"" placeholder:"LANG=TEXT" help:"The sentence for people, in every language of the agency."`
}

// Run adds.
func (cmd *IncidentUpdateCmd) Run(env *Env) error {
	return cmd.in(env, func(ctx context.Context, s *store.Store, a *agency.Agency) error {
		ended, err := optionalInstant("--ended", cmd.Ended, a)
		if err != nil {
			return err
		}
		i, err := s.UpdateIncident(ctx, store.Console(), incident.ID(cmd.ID), store.Said{Degree: incident.Degree(cmd.Degree), Ended: ended, Says: cmd.Says})
		return sayIncident(env, i, err)
	})
}

// IncidentAllowCmd is "naru incident allow".
type IncidentAllowCmd struct {
	IncidentFlags
	ID      string            `arg:"" help:"The incident."`
	Channel string            `required:"" placeholder:"NAME" help:"For those who would use this."`
	Accept  []string          `required:"" placeholder:"MEANS" help:"paper_proof, sticker, visual, test_notice, oral, call, handwritten."`
	Region  []string          `placeholder:"CODE" help:"Only these regions (default: everywhere)."`
	From    string            `placeholder:"TIME" help:"Default: now."`
	Until   string            `placeholder:"TIME" help:"Default: no end."`
	Says    map[string]string `required:"" placeholder:"LANG=TEXT" help:"The sentence for people, in every language of the agency."`
}

// Run allows.
func (cmd *IncidentAllowCmd) Run(env *Env) error {
	return cmd.in(env, func(ctx context.Context, s *store.Store, a *agency.Agency) error {
		m := incident.Mode{Channel: incident.Channel(cmd.Channel), Area: cmd.Region, Says: cmd.Says}
		for _, x := range cmd.Accept {
			m.Accept = append(m.Accept, incident.Means(x))
		}
		var err error
		if m.From, err = optionalInstant("--from", cmd.From, a); err != nil {
			return err
		}
		if m.Until, err = optionalInstant("--until", cmd.Until, a); err != nil {
			return err
		}
		i, err := s.AllowMeanwhile(ctx, store.Console(), incident.ID(cmd.ID), m)
		if err == nil {
			_, err = fmt.Fprintln(env.Stdout, i.Modes[len(i.Modes)-1].ID)
		}
		return err
	})
}

// IncidentEndCmd is "naru incident end".
type IncidentEndCmd struct {
	IncidentFlags
	ID   string `arg:"" help:"The incident."`
	Mode string `arg:"" help:"What ends, as naru incident allow printed it."`
}

// Run ends.
func (cmd *IncidentEndCmd) Run(env *Env) error {
	return cmd.in(env, func(ctx context.Context, s *store.Store, _ *agency.Agency) error {
		i, err := s.EndMeanwhile(ctx, store.Console(), incident.ID(cmd.ID), cmd.Mode)
		return sayIncident(env, i, err)
	})
}
