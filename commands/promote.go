package commands

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jfrog/jfrog-cli-core/v2/plugins/components"

	"github.com/signed-promote/signed-promote/commands/internal/option"
	"github.com/signed-promote/signed-promote/utils/jfrog"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// promoteUsage is the usage line, followed by what the framework's help has no place for.
const promoteUsage = `promote [command options] <image>[:tag] <source repo> <target repo>

Description:
	Does what 'jf rt docker-promote' does and takes along what is attached to the image: cosign's signatures,
	attestations and SBOMs. They are at the target before the image's tag is.
	The image is moved unless --copy is given. Without a tag every tag of the image is promoted.
	An image that is not signed is refused unless --allow-unsigned is given.
	With --key, an identity, --notation-config or --policy it also has to be signed by whom they say: at the source
	before anything changes, and at the target before its tag appears.
	Options may stand before, between or after the arguments.

Examples:
	# Copy one tag and its signatures
	jf signed-promote promote team/app:1.2.3 docker-dev-local docker-prod-local --copy

	# See what would be done, as JSON
	jf signed-promote promote team/app:1.2.3 docker-dev-local docker-prod-local --copy --dry-run --format json

	# Move a release candidate and give it its final tag
	jf signed-promote promote team/app docker-dev-local docker-prod-local --source-tag 1.2.3-rc1 --target-tag 1.2.3

	# Only what the release key signed
	jf signed-promote promote team/app:1.2.3 docker-dev-local docker-prod-local --copy --key release.pub --insecure-ignore-tlog

	# Write the plan for somebody to agree to, and carry out just that
	jf signed-promote promote team/app:1.2.3 docker-dev-local docker-prod-local --copy --plan-file plan.json
	jf signed-promote apply plan.json

	# In place of 'jf rt docker-promote': the same arguments and options
	jf signed-promote docker-promote team/app docker-dev-local docker-prod-local --server-id prod --copy

Exit codes:
	0  done, or already so
	1  failed, or only a part was done
	2  nothing was to be done, with --fail-no-op
	4  refused, nothing was changed`

// promoteCommand declares promote.
func promoteCommand() command {
	return command{Command: components.Command{
		Name:        "promote",
		Aliases:     []string{"docker-promote", "dpr"},
		Description: "Promote an image together with its signatures, attestations and SBOMs.",
		Arguments: []components.Argument{
			{Name: "<image>[:tag]", Description: "Path of the image in the source repository. Without a tag here and in --source-tag every tag is promoted."},
			{Name: "<source repo>", Description: "Key of the local repository that holds the image."},
			{Name: "<target repo>", Description: "Key of the local repository to promote to."},
		},
		EnvVars: append(option.Environment(), option.FailNoOpVariable(), option.SummaryEnvironment()),
	}, usage: promoteUsage, options: func() options { return new(promoteOptions) }}
}

// promoteOptions are the options and arguments of promote.
type promoteOptions struct {
	Promotion promotionOptions
	option.Attachment
	option.Policy
	option.Prefix
	option.AttachmentRepo
	option.Plan
	option.Preview
	option.Output
	option.NoOp
	option.Requests
	option.Server
	invocation

	// image is the path of the image in its repository, without a tag.
	image string
	// tag is what is promoted, from the argument or --source-tag; empty for every tag that is an image.
	tag        string
	sourceRepo string
	targetRepo string
}

func (o *promoteOptions) dryRun() bool { return o.DryRun || o.Planning() }

// parseArguments reads them. How many arguments there are has been checked by package arguments.
func (o *promoteOptions) parseArguments(c *components.Context) error {
	o.sourceRepo, o.targetRepo = c.GetArgumentAt(1), c.GetArgumentAt(2)
	return o.parseImage(c.GetArgumentAt(0))
}

// parseImage reads <image>[:tag] and settles which tag is meant.
func (o *promoteOptions) parseImage(argument string) error {
	if strings.Contains(argument, "@") {
		return fmt.Errorf("%q names a digest, but only tags can be promoted", argument)
	}
	image, tag := splitTag(argument)
	switch {
	case image == "" || (tag == "" && image != argument):
		return fmt.Errorf("%q is not <image>[:tag]", argument)
	case tag != "" && o.Promotion.sourceTag != "" && tag != o.Promotion.sourceTag:
		return fmt.Errorf("the argument names the tag %q, but --source-tag %q; give one of them", tag, o.Promotion.sourceTag)
	case tag == "":
		tag = o.Promotion.sourceTag
	}
	if tag == "" && o.Promotion.targetTag != "" {
		return errors.New("--target-tag needs to know which tag to promote: add --source-tag, or write <image>:<tag>")
	}
	o.image, o.tag = image, tag
	return nil
}

// splitTag cuts <image>[:tag]; a colon before the last slash belongs to no tag.
func splitTag(argument string) (image, tag string) {
	colon := strings.LastIndex(argument, ":")
	if colon < strings.LastIndex(argument, "/") || colon < 0 {
		return argument, ""
	}
	return argument[:colon], argument[colon+1:]
}

// promotionOptions are those of jf rt docker-promote, with its wording.
type promotionOptions struct {
	sourceTag   string
	targetTag   string
	targetImage string
	copyImage   bool
}

// Flags declares the options.
func (*promotionOptions) Flags() []components.Flag {
	return []components.Flag{
		components.NewStringFlag("source-tag", "The tag name to promote."),
		components.NewStringFlag("target-tag", "The target tag to assign the image after promotion."),
		components.NewStringFlag("target-docker-image", "Docker target image name."),
		components.NewBoolFlag("copy", "If set true, the Docker image is copied to the target repository, otherwise it is moved."),
	}
}

// Parse refuses an empty value: --source-tag "$TAG" with a forgotten variable would promote every tag.
func (o *promotionOptions) Parse(c *components.Context) error {
	for _, one := range []struct {
		name  string
		value *string
	}{
		{"source-tag", &o.sourceTag}, {"target-tag", &o.targetTag}, {"target-docker-image", &o.targetImage},
	} {
		*one.value = c.GetStringFlagValue(one.name)
		if *one.value == "" && c.IsFlagSet(one.name) {
			return fmt.Errorf("--%s is given without a value; leave it out if none is meant", one.name)
		}
	}
	o.copyImage = c.GetBoolFlagValue("copy")
	return nil
}

// run promotes the tag that was named, or every tag of the image.
func (o *promoteOptions) run(ctx context.Context, server *jfrog.Server) error {
	request, err := o.request()
	if err != nil {
		return err
	}
	how := opening{Requests: o.Requests, Policy: o.Policy, prefix: o.TagPrefix, readOnly: o.dryRun()}
	return o.withSession(ctx, server, how, func(s *session) error {
		summary, err := s.engine.Run(ctx, request, o.InOrder(o.Threads))
		return ending{
			command: "promote", session: s, invocation: o.invocation, Output: o.Output, Plan: o.Plan, NoOp: o.NoOp,
		}.conclude(summary, err)
	})
}

// request checks the names and says what is to be promoted where to.
func (o *promoteOptions) request() (plan.Request, error) {
	targetImage := o.Promotion.targetImage
	if targetImage == "" {
		targetImage = o.image
	}
	targetTag := o.Promotion.targetTag
	if targetTag == "" {
		targetTag = o.tag
	}
	r := plan.Request{
		Source:        reference.Reference{Image: reference.Image{Repo: o.sourceRepo, Path: o.image}, Tag: o.tag},
		Target:        reference.Reference{Image: reference.Image{Repo: o.targetRepo, Path: targetImage}, Tag: targetTag},
		Move:          !o.Promotion.copyImage,
		AllowUnsigned: o.AllowUnsigned,
		NoOverwrite:   o.NoOverwrite,
		Pin:           o.Pin,
		OnConflict:    o.OnConflict,
		Prefix:        o.TagPrefix,
		Places:        o.Places,
	}
	return r, errors.Join(named("source", r.Source), named("target", r.Target), distinct(r))
}

// named checks the spelling of one side.
func named(side string, r reference.Reference) error {
	checks := []error{reference.CheckRepo(r.Repo), reference.CheckPath(r.Path)}
	if r.Tag != "" {
		checks = append(checks, reference.CheckTag(r.Tag))
	}
	for _, err := range checks {
		if err != nil {
			return fmt.Errorf("%s: %w", side, err)
		}
	}
	return nil
}

func distinct(r plan.Request) error {
	if r.Source == r.Target {
		return fmt.Errorf("source and target are both %s: name another repository, --target-docker-image or --target-tag",
			r.Source)
	}
	return nil
}
