package commands

import (
	"context"
	"fmt"

	"github.com/jfrog/jfrog-cli-core/v2/plugins/components"
	"github.com/jfrog/jfrog-client-go/utils/log"

	"github.com/signed-promote/signed-promote/commands/internal/option"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/jfrog"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/promotion"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/selection"
)

// transfer is what copy and move do not have in common.
type transfer struct {
	name, alias, description, doing string
	move                            bool
}

func copying() transfer {
	return transfer{
		name: "copy", alias: "cp", doing: "Copies",
		description: "Copy images by pattern, together with their signatures, attestations and SBOMs.",
	}
}

func moving() transfer {
	return transfer{
		name: "move", alias: "mv", doing: "Moves", move: true,
		description: "Move images by pattern, together with their signatures, attestations and SBOMs.",
	}
}

// usage is the usage line, followed by what the framework's help has no place for.
func (t transfer) usage() string {
	return t.name + ` [command options] <repo>/<image pattern>[:<tag pattern>] <target repo>[/<image>][:<tag>]
	` + Program + ` ` + t.name + ` [command options] --spec <file>

Description:
	` + t.doing + ` every image that the patterns match, each with what is attached to it, and each by itself:
	one that fails keeps no other back, unless --fail-fast is given.
	* stands for any characters, '/' too, and ? for one. Without a tag pattern every tag that is an image is meant.
	Signatures and other attachments are never taken for images: they go with theirs.
	An image that is not signed is refused unless --allow-unsigned is given.

What goes where:
	docker-prod-local              the same image and tag
	docker-prod-local/app          that image, the same tag
	docker-prod-local/app:stable   that image and tag
	docker-prod-local:stable       the same image, that tag
	docker-prod-local/released/    the same image below that path, the same tag
	{1}, {2}, ...                  stand for what the parentheses in the source pattern matched
	Two images that would go to one place are refused, all of them. With --spec files go where 'jf rt ` + t.name + `' puts them.

Examples:
	# All release candidates of a team
	jf signed-promote ` + t.name + ` "docker-dev-local/team/*:*-rc*" docker-prod-local

	# The ten newest builds that passed their tests
	jf signed-promote ` + t.name + ` "docker-dev-local/team/app" docker-prod-local --props "tested=yes" --sort-by created --sort-order desc --limit 10

	# Strip -rc1 from the tags
	jf signed-promote ` + t.name + ` "docker-dev-local/team/app:(*)-rc1" "docker-prod-local:{1}"

Exit codes:
	0  done, or already so
	1  failed, or only a part was done
	2  nothing was to be done, with --fail-no-op
	4  refused, nothing was changed`
}

// transferCommand declares copy or move.
func transferCommand(t transfer) command {
	return command{Command: components.Command{
		Name:        t.name,
		Aliases:     []string{t.alias},
		Description: t.description,
		Arguments: []components.Argument{
			{Name: "<repo>/<image pattern>[:<tag pattern>]", Optional: true, Description: "Which images. Left out with --spec."},
			{Name: "<target repo>[/<image>][:<tag>]", Optional: true, Description: "Where they go to. Left out with --spec."},
		},
		EnvVars: append(option.Environment(), option.FailNoOpVariable(), option.SummaryEnvironment()),
	}, usage: t.usage(), options: func() options { return &transferCommandOptions{transfer: t} }}
}

// transferCommandOptions are the options and arguments of copy and move.
type transferCommandOptions struct {
	transfer
	option.Selection
	option.Spec
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

	// pattern and destination are not used with a file spec.
	pattern     selection.Pattern
	source      string
	destination selection.Destination
}

func (o *transferCommandOptions) dryRun() bool { return o.DryRun || o.Planning() }

// parseArguments reads them, of which there are at most two.
func (o *transferCommandOptions) parseArguments(c *components.Context) error {
	given := len(c.Arguments)
	switch {
	case o.Groups != nil && given > 0:
		return fmt.Errorf("--spec stands in place of the arguments: leave out one or the other")
	case o.Groups != nil && o.Filter.Narrows():
		return fmt.Errorf("with --spec, exclusions, properties, limit and sort order are written in the file")
	case o.Groups != nil:
		return nil
	case given != 2:
		return fmt.Errorf("%s takes 2 arguments, or --spec, but got %d", o.name, given)
	}
	var err error
	o.source = c.GetArgumentAt(0)
	if o.pattern, err = selection.ParsePattern(c.GetArgumentAt(0)); err != nil {
		return fmt.Errorf("source: %w", err)
	}
	if o.destination, err = selection.ParseDestination(c.GetArgumentAt(1)); err != nil {
		return fmt.Errorf("target: %w", err)
	}
	return nil
}

// request says what is to become of one image.
func (o *transferCommandOptions) request(s selection.Selected) plan.Request {
	_, exact := o.pattern.Reference()
	return plan.Request{
		Source: s.Source, Target: s.Target, Move: o.move, ImagesOnly: !exact,
		AllowUnsigned: o.AllowUnsigned, NoOverwrite: o.NoOverwrite, Pin: o.Pin, OnConflict: o.OnConflict, Prefix: o.TagPrefix, Places: o.Places,
	}
}

// run copies or moves every image that was meant.
func (o *transferCommandOptions) run(ctx context.Context, server *jfrog.Server) error {
	how := opening{Requests: o.Requests, Policy: o.Policy, prefix: o.TagPrefix, readOnly: o.dryRun()}
	return o.withSession(ctx, server, how, func(s *session) error {
		summary, err := o.transferAll(ctx, s)
		return ending{
			command: o.name, session: s, invocation: o.invocation, Output: o.Output, Plan: o.Plan, NoOp: o.NoOp,
		}.conclude(summary, err)
	})
}

func (o *transferCommandOptions) transferAll(ctx context.Context, s *session) (*promotion.Summary, error) {
	selected, images, err := o.selected(ctx, s)
	if err != nil {
		return nil, err
	}
	distinct, err := selection.Distinct(selected)
	if err != nil {
		return nil, err
	}
	requests := make([]plan.Request, 0, len(distinct))
	for _, one := range distinct {
		requests = append(requests, o.request(one))
	}
	batch := promotion.BatchOptions{
		Threads: o.Threads, FailFast: o.FailFast, InOrder: o.Planning(),
		Outlined: !o.Planning(), Done: o.progress(len(requests)),
	}
	if o.move {
		u, err := o.unfinished(ctx, s, images)
		if err != nil {
			return nil, err
		}
		batch.Begun, batch.Origin = u.requests, u.origin
	}
	if len(distinct)+len(batch.Begun) == 0 {
		log.Warn(o.noMatch())
	}
	if err := o.checkTarget(ctx, s, len(requests)); err != nil {
		return nil, err
	}
	return s.engine.Batch(ctx, requests, batch), nil
}

// noMatch says what nothing was found for.
func (o *transferCommandOptions) noMatch() string {
	switch {
	case o.Groups != nil:
		return "No image matches the file spec."
	case o.Filter.Narrows():
		return "No image matches " + o.source + " with the exclusions, properties or limit that were given."
	default:
		return "No image matches " + o.source + "."
	}
}

// checkTarget tells once, and not for each of many images, that the repository is not one to promote to.
func (o *transferCommandOptions) checkTarget(ctx context.Context, s *session, images int) error {
	if images < 2 || o.Groups != nil {
		return nil
	}
	return s.inspect().CheckRepository(ctx, failure.Target, o.destination.Repo)
}

// meant reports whether the pattern means a tag.
func (o *transferCommandOptions) meant(r reference.Reference) bool {
	_, meant := o.pattern.Match(r)
	return meant && !o.Filter.Excludes(r)
}
