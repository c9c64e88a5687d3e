package commands

import (
	"context"
	"errors"
	"fmt"

	"github.com/jfrog/jfrog-cli-core/v2/plugins/components"
	"github.com/jfrog/jfrog-client-go/utils/log"
	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/commands/internal/option"
	"github.com/signed-promote/signed-promote/utils/artifactory"
	"github.com/signed-promote/signed-promote/utils/build"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/jfrog"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/promotion"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/report"
	"github.com/signed-promote/signed-promote/utils/selection"
)

// buildPromoteUsage is the usage line, followed by what the framework's help has no place for.
const buildPromoteUsage = `build-promote [command options] <build name> <build number> <target repo>

Description:
	Does what 'jf rt build-promote' does and takes along what is attached to the images of the build: cosign's
	signatures, attestations and SBOMs. They are at the target before Artifactory promotes the build, and the images
	are read back afterwards. Builds without images are promoted as always.
	A build is promoted as a whole: if one of its images is not signed, it is refused unless --allow-unsigned is given.
	The artifacts are moved unless --copy is given. Image names and tags stay, as Artifactory knows no other way.

Examples:
	# Copy a build and the signatures of its images
	jf signed-promote build-promote my-build 17 docker-prod-local --source-repo docker-dev-local --copy --status Released

	# See what would be done with its images
	jf signed-promote build-promote my-build 17 docker-prod-local --copy --dry-run

Exit codes:
	0  done
	1  failed, or only a part was done
	4  refused, nothing was changed`

// buildPromoteCommand declares build-promote.
func buildPromoteCommand() command {
	return command{Command: components.Command{
		Name:        "build-promote",
		Aliases:     []string{"bpr"},
		Description: "Promote a build together with the signatures, attestations and SBOMs of its images.",
		Arguments: []components.Argument{
			{Name: "<build name>", Optional: true, Description: "Build name. Left out together with the number, both are taken from the environment."},
			{Name: "<build number>", Optional: true, Description: "Build number."},
			{Name: "<target repo>", Description: "Build promotion target repository."},
		},
		EnvVars: append(append(option.Environment(), option.SummaryEnvironment()), option.BuildVariables()...),
	}, usage: buildPromoteUsage, options: func() options { return new(buildPromoteOptions) }}
}

// buildOptions are those of jf rt build-promote, with its wording.
type buildOptions struct {
	promotion artifactory.BuildPromotion
	project   string
}

// Flags declares the options.
func (*buildOptions) Flags() []components.Flag {
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

// Parse reads and checks the values.
func (o *buildOptions) Parse(c *components.Context) error {
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
	Build buildOptions
	option.Attachment
	option.Policy
	option.Prefix
	option.AttachmentRepo
	option.Plan
	option.Preview
	option.Output
	option.Requests
	option.Server
	invocation

	name artifactory.Build
}

func (o *buildPromoteOptions) dryRun() bool { return o.DryRun || o.Planning() }

// parseArguments reads them: one, or three.
func (o *buildPromoteOptions) parseArguments(c *components.Context) error {
	name, number, project := option.BuildFromEnvironment()
	switch len(c.Arguments) {
	case 1:
		o.Build.promotion.TargetRepo = c.GetArgumentAt(0)
	case 3:
		name, number, o.Build.promotion.TargetRepo = c.GetArgumentAt(0), c.GetArgumentAt(1), c.GetArgumentAt(2)
	default:
		return fmt.Errorf("build-promote takes <build name> <build number> <target repo>, but got %d arguments",
			len(c.Arguments))
	}
	if o.Build.project == "" {
		o.Build.project = project
	}
	o.name = artifactory.Build{Name: name, Number: number, Project: o.Build.project}
	switch {
	case name == "" || number == "":
		return errors.New("build-promote takes <build name> <build number> <target repo>; name or number is missing")
	case o.Pin:
		return errors.New("--pin is not possible with a build: the server sets the tags itself")
	}
	return reference.CheckRepo(o.Build.promotion.TargetRepo)
}

// run promotes a build with what is attached to its images.
func (o *buildPromoteOptions) run(ctx context.Context, server *jfrog.Server) error {
	how := opening{Requests: o.Requests, Policy: o.Policy, prefix: o.TagPrefix, readOnly: o.dryRun()}
	return o.withSession(ctx, server, how, func(s *session) error {
		e := ending{
			command: "build-promote", session: s, invocation: o.invocation, Output: o.Output,
			Plan: o.Plan,
		}
		found, err := s.findBuild(ctx, o.name, o.Build.promotion)
		if err != nil {
			e.build = buildResult(o.name, o.Build.promotion, outcomeOfBuild(s.engine.DryRun, false))
			return e.conclude(nil, err)
		}
		work := o.work(found)
		work.Send = func(ctx context.Context) error { return s.rest.PromoteBuild(ctx, o.name, o.Build.promotion) }
		summary, promoted, err := s.engine.PromoteBuild(ctx, work)
		e.build, e.planned = buildResult(o.name, o.Build.promotion, outcomeOfBuild(s.engine.DryRun,
			promoted)), found.planned(o.name, o.Build.promotion)
		found.warn(summary)
		return e.conclude(summary, err)
	})
}

// work says what is to become of the images.
func (o *buildPromoteOptions) work(found *builtImages) promotion.Build {
	work := promotion.Build{Recorded: found.recorded, Threads: o.Threads}
	for _, i := range found.images {
		work.Images = append(work.Images, plan.Request{
			Source: i.Source, Target: i.Target, Move: !o.Build.promotion.Copy,
			AllowUnsigned: o.AllowUnsigned, NoOverwrite: o.NoOverwrite, OnConflict: o.OnConflict, Prefix: o.TagPrefix, Places: o.Places,
		})
		work.Expected = append(work.Expected, i.Digest)
	}
	return work
}

// builtImages is what was found of a build.
type builtImages struct {
	images   []build.Image
	found    []build.Found
	recorded map[digest.Digest]bool
	// modules is the checksum of the build-info's modules.
	modules string
}

// warn tells of manifests that the server takes and that no image leads to, so that nothing is known of what is
// attached to them.
func (b *builtImages) warn(summary *promotion.Summary) {
	if summary == nil {
		return
	}
	reached := map[digest.Digest]bool{}
	for _, r := range summary.Results {
		if r.Plan == nil {
			return
		}
		for d := range r.Plan.Graph.Nodes {
			reached[d] = true
		}
	}
	for _, f := range b.found {
		if !f.IsImage() && !reached[f.Digest] {
			log.Warn(fmt.Sprintf("%s of %s is part of the build and of none of its images: what is attached to it stays",
				f.Digest, f.Place.Image))
		}
	}
}

// noBuild explains a build that is not there.
func noBuild(err error, name string) error {
	if errors.Is(err, failure.ErrNotFound) {
		return &failure.Failure{
			Side: failure.Source, Message: "there is no build " + name, Absent: true,
			Hint: "Check name and number, --project, and that you may read it: a server can hide what you may not.",
		}
	}
	return failure.At(failure.Source, err, "reading the build "+name, "")
}

func outcomeOfBuild(dryRun, promoted bool) string {
	switch {
	case promoted:
		return string(promotion.Promoted)
	case dryRun:
		return string(promotion.Planned)
	default:
		return string(promotion.Failed)
	}
}

func buildResult(b buildName, p buildPromotion, outcome string) *report.Build {
	return &report.Build{Name: b.Name, Number: b.Number, Project: b.Project, Status: p.Status, Outcome: outcome}
}
