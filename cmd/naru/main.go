// Command naru runs a mass vaccination: booking behind a fair waiting room. It
// wires flags, configuration and signals to the packages that do the work; one
// small file a subcommand. The names of commands, flags and JSON fields are a
// contract: scripts outside the repository call them.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/alecthomas/kong"
)

// cli is every command of the program.
type cli struct {
	Config kong.ConfigFlag `help:"File with flag values (YAML): whoever writes it decides how the service runs." placeholder:"FILE"`

	Demo     DemoCmd        `cmd:"" help:"Show the whole thing on this machine: made-up clinics, one campaign that opens soon."`
	Serve    ServeCmd       `cmd:"" help:"Run the service."`
	Import   ImportCmd      `cmd:"" help:"Import regions or clinics."`
	Campaign CampaignCmd    `cmd:"" help:"Check a campaign file, ask who may book, publish."`
	Gate     GateCmd        `cmd:"" help:"Show and steer the gates of a running server."`
	Draw     DrawCmd        `cmd:"" help:"Verify the draw of a lobby from its public files, or bring the value of its beacon."`
	Verify   VerifyCmd      `cmd:"" help:"Judge a certificate: VALID, NOT VALID or CANNOT TELL, offline. Status 0, 1 or 3."`
	Drill    DrillCmd       `cmd:"" help:"Play an incident of 2021-22 against a real server."`
	Admin    AdminCmd       `cmd:"" help:"Let the first administrator in."`
	Staff    StaffCmd       `cmd:"" help:"Let many people in at once."`
	Keys     KeysCmd        `cmd:"" help:"Make, list, retire, revoke and publish the keys that sign certificates."`
	Certs    CredentialCmd  `cmd:"" name:"credential" help:"Issue certificates."`
	Open     InvestigateCmd `cmd:"" name:"investigate" help:"Find who was at a facility, where both custodians open."`
	Guard    CustodianCmd   `cmd:"" name:"custodian" help:"Keep one custodian's keys of the entry register, and open with them."`
	Numbers  NumbersCmd     `cmd:"" help:"Assign, release and list the telephone numbers of facilities."`
	Audit    AuditCmd       `cmd:"" help:"Verify what is remembered of the acts of staff."`
	DB       DBCmd          `cmd:"" name:"db" help:"Look after the databases."`
	FHIR     FHIRCmd        `cmd:"" name:"fhir" help:"Export clinics, times and taken places as FHIR R4."`
	Bench    BenchCmd       `cmd:"" help:"Measure throughput and latency beside a yardstick, both in one run."`
	Load     LoadCmd        `cmd:"" hidden:"" help:"The client of naru bench gate, in a process of its own."`
	Rules    RulesCmd       `cmd:"" help:"Check and publish entry rules."`
	Bundle   BundleCmd      `cmd:"" help:"Make and verify the file that scanners work from."`
	Incident IncidentCmd    `cmd:"" help:"Say what is broken and what is acceptable meanwhile."`
}

func main() {
	tuneMemory()
	env := &Env{Stdout: os.Stdout, Stderr: os.Stderr, Stdin: os.Stdin, Now: time.Now}
	os.Exit(run(env, os.Args[1:]))
}

// run parses args, runs the command, and returns the exit status.
func run(env *Env, args []string) (status int) {
	var c cli
	exited := -1
	parser, err := kong.New(&c,
		kong.Name("naru"),
		kong.Description("Booking, waiting room and clinics for a whole country."),
		kong.Writers(env.Stdout, env.Stderr),
		kong.Exit(func(code int) { exited = code; panic(parsed{}) }),
		kong.Configuration(yamlConfig),
		kong.PostBuild(dataFolderVariable),
		kong.DefaultEnvars("NARU"),
		kong.UsageOnError(),
	)
	if err != nil {
		panic(err) // the command line's own description is wrong
	}
	defer func() { // --help ends the parsing by a panic of ours
		if p := recover(); p != nil {
			if _, ours := p.(parsed); !ours {
				panic(p)
			}
			status = exited
		}
	}()
	ctx, err := parser.Parse(args)
	if err != nil {
		say(env.Stderr, err)
		return StatusUsage
	}
	err = ctx.Run(env)
	if err != nil && err.Error() != "" {
		say(env.Stderr, err)
	}
	return StatusOf(err)
}

// parsed is the panic with which --help ends the parsing.
type parsed struct{}

func say(w io.Writer, err error) {
	var parse *kong.ParseError
	hint := ""
	if errors.As(err, &parse) {
		hint = "; naru --help lists the commands"
	}
	_, _ = fmt.Fprintf(w, "naru: %v%s\n", err, hint) // nobody is left to tell
}
