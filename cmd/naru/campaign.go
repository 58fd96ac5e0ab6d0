package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"naru/examples"
	"naru/internal/agency"
	"naru/internal/campaign"
	"naru/internal/rulefile"
)

// CampaignCmd is "naru campaign check|publish|postpone|amend|who".
type CampaignCmd struct {
	Check    CampaignCheckCmd    `cmd:"" help:"Check a campaign file: every fault with line and column, then what the campaign will ask of the house."`
	Publish  CampaignPublishCmd  `cmd:"" help:"Put a campaign in force in a data folder."`
	Postpone CampaignPostponeCmd `cmd:"" help:"Move the opening of a campaign in force later; every place is kept."`
	Amend    CampaignAmendCmd    `cmd:"" help:"Put another file in the place of a campaign in force: more vaccine, time or windows."`
	Who      CampaignWhoCmd      `cmd:"" help:"Say who may book at a time and, with --born, whether one person may, by which rule and from when."`
}

// CampaignFlags are what both commands share.
type CampaignFlags struct {
	File   string `arg:"" help:"Campaign file (YAML)."`
	Agency string `name:"agency" placeholder:"FILE" help:"Agency file (default: Korea, examples/agency.yaml)."`
	JSON   bool   `name:"json" help:"Print one JSON object."`
}

// CampaignCheckCmd is "naru campaign check".
type CampaignCheckCmd struct {
	CampaignFlags
	Population         string `name:"population" placeholder:"FILE" help:"Residents by year of birth (CSV), for cohorts without people; Korea 2020 is built in."`
	DosesPerDay        int    `name:"doses-per-day" placeholder:"N" help:"Doses that all clinics together can give in a day."`
	MeasuredLimit      int    `name:"measured-limit" placeholder:"N" help:"Requests a second that this installation was measured to answer."`
	RequestsPerBooking int    `name:"requests-per-booking" default:"20" placeholder:"N" help:"Requests that one booking costs (assumed until measured)."`
}

// Run prints every fault and fails, or prints the windows and the forecast. A
// forecast over the limit is said, and is no failure of the file.
func (cmd *CampaignCheckCmd) Run(env *Env) error {
	if cmd.DosesPerDay < 0 || cmd.MeasuredLimit < 0 || cmd.RequestsPerBooking < 0 {
		return usage(errors.New("--doses-per-day, --measured-limit and --requests-per-booking take numbers from 0"))
	}
	loaded, err := cmd.load()
	if err != nil {
		return err
	}
	if loaded.campaign == nil {
		return loaded.refuse(env, cmd.JSON)
	}
	assumed, err := cmd.assumptions(loaded.agency)
	if err != nil {
		return err
	}
	report := newCheckReport(cmd.File, loaded, assumed)
	if cmd.JSON {
		return printJSON(env.Stdout, report)
	}
	report.print(env.Stdout, loaded.agency, assumed)
	return nil
}

func (cmd *CampaignCheckCmd) assumptions(a *agency.Agency) (campaign.Assumptions, error) {
	assumed := campaign.DefaultAssumptions()
	assumed.DosesPerDay, assumed.MeasuredLimit = cmd.DosesPerDay, cmd.MeasuredLimit
	if cmd.RequestsPerBooking > 0 {
		assumed.RequestsPerBooking = cmd.RequestsPerBooking
	}
	var table []byte
	switch {
	case cmd.Population != "":
		data, err := readRuleFile(cmd.Population)
		if err != nil {
			return assumed, err
		}
		table = data
	case a.Country == "KR":
		table = examples.BirthYearsCSV
	default:
		return assumed, nil
	}
	population, err := campaign.ParsePopulation(bytes.NewReader(table))
	assumed.Population = population
	return assumed, err
}

// loadedCampaign is a campaign and its agency, or the faults of one of the two.
type loadedCampaign struct {
	agency   *agency.Agency
	campaign *campaign.Campaign // nil: faults
	assumed  bool               // no agency file was named
	file     string             // the file that has the faults
	checked  string             // the campaign file
	faults   rulefile.Faults
}

// load reads both files. Its error is about reading, not about faults.
func (f CampaignFlags) load() (*loadedCampaign, error) {
	l := &loadedCampaign{file: f.File, checked: f.File, assumed: f.Agency == ""}
	agencyData := examples.AgencyYAML
	if f.Agency != "" {
		data, err := readRuleFile(f.Agency)
		if err != nil {
			return nil, err
		}
		agencyData = data
	}
	data, err := readRuleFile(f.File)
	if err != nil {
		return nil, err
	}
	if l.agency, err = agency.Load(agencyData); err != nil {
		l.file = f.Agency
		return l, l.faulty(err)
	}
	l.campaign, err = campaign.Parse(data, l.agency)
	return l, l.faulty(err)
}

// faulty keeps faults of the file and passes on any other error.
func (l *loadedCampaign) faulty(err error) error {
	if err == nil || errors.As(err, &l.faults) {
		return nil
	}
	return err
}

// refuse prints the faults and fails without a further word.
func (l *loadedCampaign) refuse(env *Env, asJSON bool) error {
	if asJSON {
		report := checkReport{File: l.checked, FaultFile: l.file, Faults: l.faults, Windows: []windowReport{}}
		if err := printJSON(env.Stdout, report); err != nil {
			return err
		}
		return said()
	}
	for _, f := range l.faults {
		fmt.Fprintf(env.Stdout, "%s:%s\n", l.file, f)
	}
	fmt.Fprintf(env.Stderr, "naru: %s is refused: %d fault(s)%s\n", l.file, len(l.faults), l.hint())
	return said()
}

// hint is for a file that was held against the wrong agency: its zone or its
// vaccine is unknown to the one assumed.
func (l *loadedCampaign) hint() string {
	elsewhere := func(f rulefile.Fault) bool { return f.Path == "zone" || f.Path == "vaccine" }
	if !l.assumed || !slices.ContainsFunc(l.faults, elsewhere) {
		return ""
	}
	return "; --agency FILE names the agency file of another country"
}

// readRuleFile reads at most one byte more than a rule file may have, so that
// the reader can say that it is too large.
func readRuleFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, usage(err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, rulefile.MaxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return data, nil
}
