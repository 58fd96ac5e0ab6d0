package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/user"

	"naru/internal/store"
	"naru/internal/web"
)

// GateCmd is "naru gate": how the gates of a running server stand, and what an
// operator may change at once.
type GateCmd struct {
	Status GateStatusCmd `cmd:"" help:"Show how the gates stand."`
	Cap    GateCapCmd    `cmd:"" help:"Set how many people may be inside at once."`
	Rate   GateRateCmd   `cmd:"" help:"Set how many people are called a second, at most."`
	Pause  GatePauseCmd  `cmd:"" help:"Call and let in nobody; those inside go on."`
	Resume GateResumeCmd `cmd:"" help:"Let people in again."`
	Page   GatePageCmd   `cmd:"" help:"Print a code with which the operators' page opens, for two minutes."`
}

// gateFlags are common to all.
type gateFlags struct {
	Data string `default:"naru-data" placeholder:"DIR" help:"Data folder of the running server (of any node)."`
	JSON bool   `help:"Print one JSON document."`
}

// gateChange is common to what changes something.
type gateChange struct {
	gateFlags
	Campaign string `arg:"" help:"Id of the campaign."`
	By       string `placeholder:"NAME" help:"Who makes the change (default: the account)."`
}

// GateStatusCmd is "naru gate status".
type GateStatusCmd struct {
	gateFlags
	Campaign string `arg:"" optional:"" help:"Id of the campaign (default: all)."`
}

// GateCapCmd is "naru gate cap".
type GateCapCmd struct {
	gateChange
	Cap int `arg:"" help:"People inside at once; 0 lets nobody in."`
}

// GateRateCmd is "naru gate rate".
type GateRateCmd struct {
	gateChange
	Rate float64 `arg:"" help:"People a second, above 0."`
}

// GatePauseCmd is "naru gate pause".
type GatePauseCmd struct{ gateChange }

// GateResumeCmd is "naru gate resume".
type GateResumeCmd struct{ gateChange }

// GatePageCmd is "naru gate page".
type GatePageCmd struct {
	gateFlags
	By string `placeholder:"NAME" help:"Who will use the page (default: the account)."`
}

// Run prints how the gates stand.
func (c *GateStatusCmd) Run(env *Env) error {
	path := "/gate"
	if c.Campaign != "" {
		path += "/" + url.PathEscape(c.Campaign)
	}
	var gates []store.GateStatus
	if err := operation(c.Data, http.MethodGet, path, nil, &gates); err != nil {
		return err
	}
	return printGates(env.Stdout, gates, c.JSON)
}

// Run sets the cap.
func (c *GateCapCmd) Run(env *Env) error { return c.change(env, web.Operation{Cap: &c.Cap}) }

// Run sets the rate.
func (c *GateRateCmd) Run(env *Env) error { return c.change(env, web.Operation{Rate: &c.Rate}) }

// Run pauses.
func (c *GatePauseCmd) Run(env *Env) error {
	paused := true
	return c.change(env, web.Operation{Paused: &paused})
}

// Run resumes.
func (c *GateResumeCmd) Run(env *Env) error {
	paused := false
	return c.change(env, web.Operation{Paused: &paused})
}

func (c *gateChange) change(env *Env, o web.Operation) error {
	o.By = byOr(c.By)
	var gates []store.GateStatus
	if err := operation(c.Data, http.MethodPost, "/gate/"+url.PathEscape(c.Campaign), o, &gates); err != nil {
		return err
	}
	return printGates(env.Stdout, gates, c.JSON)
}

// Run prints the code.
func (c *GatePageCmd) Run(env *Env) error {
	var page web.OperatorPage
	if err := operation(c.Data, http.MethodPost, "/page", web.Operation{By: byOr(c.By)}, &page); err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(env.Stdout).Encode(page)
	}
	_, err := fmt.Fprintf(env.Stdout, "Open %s of the service and enter this code within two minutes:\n%s\n", page.Path, page.Code)
	return err
}

// byOr is the name that was given, or the account's.
func byOr(by string) string {
	if by != "" {
		return by
	}
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return fmt.Sprintf("account %d", os.Getuid())
}

func printGates(w io.Writer, gates []store.GateStatus, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(w).Encode(gates)
	}
	var errs []error
	p := func(format string, args ...any) {
		_, err := fmt.Fprintf(w, format+"\n", args...)
		errs = append(errs, err)
	}
	for _, g := range gates {
		state := string(g.Phase)
		if g.Paused {
			state += ", PAUSED"
		}
		p("%s: %s; opens %s; cap %d, rate %g a second at most; %.0f %% of the requests had to wait",
			g.Campaign, state, g.Opens.Format("2006-01-02 15:04:05Z"), g.Cap, g.Rate, g.Pressure*100)
		p("  %-10s %12s %11s %7s %12s %10s", "lane", "inside", "not proven", "turns", "called up to", "waiting")
		for _, l := range g.Lanes {
			p("  %-10s %5d of %4d %11d %7d %12d %10d", l.Lane, l.Live, l.Seats, l.Unproven, l.Turns, l.Serving, l.End-min(l.End, l.Serving))
		}
		for _, a := range g.Lately {
			p("  %s %s: %s %s -> %s", a.At.Format("2006-01-02 15:04:05Z"), a.By, a.What, a.Before, a.After)
		}
	}
	return errors.Join(errs...)
}
