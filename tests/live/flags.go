package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"time"
)

// options are what the command line says.
type options struct {
	packageType    string
	plugin         string
	json, markdown string
	only           *regexp.Regexp
	showServer     bool
	strict         bool
	pause          time.Duration
}

var errUsage = errors.New("usage")

func parse(args []string, stderr io.Writer) (*options, error) {
	o := &options{only: regexp.MustCompile("")}
	flags := flag.NewFlagSet("live", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.packageType, "package-type", "docker", "`docker|oci`: the kind of repositories")
	flags.StringVar(&o.plugin, "plugin", "", "`path` of the built plugin; without it only the statements are checked")
	flags.StringVar(&o.json, "json", "", "`file` for the report as JSON")
	flags.StringVar(&o.markdown, "markdown", "", "`file` for the report as Markdown")
	flags.BoolVar(&o.showServer, "show-server", false, "name the server in the report")
	flags.BoolVar(&o.strict, "strict", false, "fail when a statement that can be asked could not be tested")
	flags.DurationVar(&o.pause, "pause", time.Second, "`time` between two looks, of which there are eight, at something that does not show at once")
	flags.Func("run", "only statements and scenarios whose name matches the `regexp`", func(s string) (err error) {
		o.only, err = regexp.Compile(s)
		return err
	})
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if flags.NArg() > 0 {
		return nil, fmt.Errorf("%w: unexpected argument %q", errUsage, flags.Arg(0))
	}
	if o.packageType != "docker" && o.packageType != "oci" {
		return nil, fmt.Errorf("%w: --package-type is docker or oci", errUsage)
	}
	var err error
	if o.plugin != "" {
		// scenarios run in folders of their own
		o.plugin, err = filepath.Abs(o.plugin)
	}
	return o, err
}

// environment is what the user tells by variables, since command lines are seen by everybody.
type environment struct {
	url, token, limited, user, registry string
	nonce, source, target               string
}

func readEnvironment(get func(string) string) (environment, error) {
	const prefix = "SIGNED_PROMOTE_LIVE_"
	e := environment{
		url: get(prefix + "URL"), token: get(prefix + "TOKEN"), limited: get(prefix + "LIMITED_TOKEN"), user: get(prefix +
			"USER"),
		registry: get(prefix + "REGISTRY"), nonce: get(prefix + "NONCE"), source: get(prefix + "SOURCE"), target: get(prefix +
			"TARGET"),
	}
	switch {
	case e.url == "" || e.token == "":
		return e, fmt.Errorf("%w: set SIGNED_PROMOTE_LIVE_URL to the base URL of an Artifactory, and SIGNED_PROMOTE_LIVE_TOKEN to an access token; see docs/live.md", errUsage)
	case e.nonce == "" && e.source+e.target != "":
		return e, fmt.Errorf("%w: SIGNED_PROMOTE_LIVE_SOURCE and _TARGET need the nonce that is in their descriptions, in SIGNED_PROMOTE_LIVE_NONCE", errUsage)
	}
	return e, nil
}
