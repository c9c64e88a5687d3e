package commands

import (
	"errors"
	"fmt"

	"github.com/jfrog/jfrog-cli-core/v2/plugins/components"

	"github.com/signed-promote/signed-promote/utils/artifactory"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/selection"
)

// buildOptions are those of jf rt build-promote, with its wording.
type buildOptions struct {
	promotion artifactory.BuildPromotion
	project   string
}

func (*buildOptions) flags() []components.Flag {
	return []components.Flag{
		components.NewStringFlag("status", "Build promotion status."),
		components.NewStringFlag("comment", "Build promotion comment."),
		components.NewStringFlag("source-repo", "Build promotion source repository."),
		components.NewBoolFlag("include-dependencies", "If set to true, the build dependencies are also promoted."),
		components.NewBoolFlag("copy", "If set true, the build artifacts and dependencies are copied to the target repository, otherwise they are moved."),
		components.NewBoolFlag("fail-fast", "If set to true, fail and abort the operation upon receiving an error.",
			components.WithBoolDefaultValueTrue()),
		components.NewStringFlag("props", "List of semicolon-separated (;) properties in the form of \"key1=value1;key2=value2;...\". A list of properties to attach to the build artifacts."),
		components.NewStringFlag("project", "JFrog Artifactory project key."),
	}
}

func (o *buildOptions) parse(c *components.Context) error {
	properties, err := selection.ParseProperties(c.GetStringFlagValue("props"))
	if err != nil {
		return fmt.Errorf("--props: %w", err)
	}
	o.promotion = artifactory.BuildPromotion{
		Status: c.GetStringFlagValue("status"), Comment: c.GetStringFlagValue("comment"), SourceRepo: c.GetStringFlagValue("source-repo"),
		IncludeDependencies: c.GetBoolFlagValue("include-dependencies"), Copy: c.GetBoolFlagValue("copy"), FailFast: c.GetBoolTFlagValue("fail-fast"),
	}
	for _, p := range properties {
		if o.promotion.Properties == nil {
			o.promotion.Properties = map[string][]string{}
		}
		o.promotion.Properties[p.Key] = append(o.promotion.Properties[p.Key], p.Value)
	}
	o.project = c.GetStringFlagValue("project")
	if o.promotion.SourceRepo == "" {
		if c.IsFlagSet("source-repo") {
			return errors.New("--source-repo is given without a value; leave it out if none is meant")
		}
		return nil
	}
	return reference.CheckRepo(o.promotion.SourceRepo)
}

// buildPromoteOptions are the options and arguments of build-promote.
type buildPromoteOptions struct {
	buildOptions
	attachmentOptions
	policyOptions
	prefixOption
	placeOption
	planOption
	dryRunOption
	outputOptions
	transferOptions
	serverOptions
	invocation

	build artifactory.Build
}

func (o *buildPromoteOptions) groups() []optionGroup {
	return []optionGroup{
		&o.buildOptions, &o.attachmentOptions, &o.policyOptions, &o.prefixOption, &o.placeOption, &o.planOption, &o.dryRunOption, &o.outputOptions,
		&o.transferOptions, &o.serverOptions,
	}
}

func (o *buildPromoteOptions) flags() []components.Flag { return flagsOf(o.groups()) }

// parse reads options and arguments: one, or three.
func (o *buildPromoteOptions) parse(c *components.Context) error {
	if err := parseAll(c, o.groups()); err != nil {
		return err
	}
	name, number, project := buildFromEnvironment()
	switch len(c.Arguments) {
	case 1:
		o.promotion.TargetRepo = c.GetArgumentAt(0)
	case 3:
		name, number, o.promotion.TargetRepo = c.GetArgumentAt(0), c.GetArgumentAt(1), c.GetArgumentAt(2)
	default:
		return fmt.Errorf("build-promote takes <build name> <build number> <target repo>, but got %d arguments",
			len(c.Arguments))
	}
	if o.project == "" {
		o.project = project
	}
	o.build = artifactory.Build{Name: name, Number: number, Project: o.project}
	switch {
	case name == "" || number == "":
		return errors.New("build-promote takes <build name> <build number> <target repo>; name or number is missing")
	case o.pin:
		return errors.New("--pin is not possible with a build: the server sets the tags itself")
	}
	return reference.CheckRepo(o.promotion.TargetRepo)
}
