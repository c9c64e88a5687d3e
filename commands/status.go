package commands

import (
	"context"
	"errors"

	"github.com/jfrog/jfrog-cli-core/v2/plugins/components"

	"github.com/signed-promote/signed-promote/commands/internal/option"
	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/inspect"
	"github.com/signed-promote/signed-promote/utils/jfrog"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/report"
)

// statusUsage is the usage line, followed by what the framework's help has no place for.
const statusUsage = `status [command options] <repo>/<image>[:tag|@digest]

Description:
	Shows the image and everything that is attached to it, attachments of attachments included, as a tree.
	With --target-repo it also shows what is missing or differs at the target. Nothing is changed.
	Options may stand before or after the argument.

Examples:
	# What is attached to a tag
	jf signed-promote status docker-dev-local/team/app:1.2.3

	# Did everything arrive?
	jf signed-promote status docker-dev-local/team/app:1.2.3 --target-repo docker-prod-local

	# The same for a script
	jf signed-promote status docker-dev-local/team/app:1.2.3 --target-repo docker-prod-local --format json

Exit codes:
	0  everything is there
	1  failed
	5  something is missing, dangling or differs`

// statusCommand declares status.
func statusCommand() command {
	return command{Command: components.Command{
		Name:        "status",
		Aliases:     []string{"tree"},
		Description: "Show what is attached to an image, at one side or compared with a target.",
		Arguments: []components.Argument{
			{Name: "<repo>/<image>[:tag|@digest]", Description: "The image, by tag or digest. Without either every tag is shown."},
		},
		EnvVars: option.Environment(),
	}, usage: statusUsage, options: func() options { return new(statusOptions) }}
}

// targetOption names the repository to compare with.
type targetOption struct {
	// repo is empty if nothing is compared.
	repo string
}

// Flags declares the options.
func (*targetOption) Flags() []components.Flag {
	return []components.Flag{
		components.NewStringFlag("target-repo", "Repository to compare with: shows what is missing or differs there."),
	}
}

// Parse reads and checks the values.
func (o *targetOption) Parse(c *components.Context) error {
	o.repo = c.GetStringFlagValue("target-repo")
	if o.repo == "" && c.IsFlagSet("target-repo") {
		return errors.New("--target-repo is given without a value; leave it out if none is meant")
	}
	return nil
}

// statusOptions are the options and the argument of status.
type statusOptions struct {
	Target targetOption
	option.FileInfo
	option.Prefix
	option.AttachmentRepo
	option.Output
	option.Requests
	option.Server
	invocation

	// image is <repo>/<image>[:tag|@digest] as it was typed.
	image string
}

func (*statusOptions) dryRun() bool { return false }

// parseArguments reads it. That there is just one has been checked by package arguments.
func (o *statusOptions) parseArguments(c *components.Context) error {
	o.image = c.GetArgumentAt(0)
	return nil
}

// run shows the graph of one image, or of every tag of it. It never writes: the transport would refuse.
func (o *statusOptions) run(ctx context.Context, server *jfrog.Server) error {
	ref, err := reference.Parse(o.image)
	if err != nil {
		return err
	}
	if o.Target.repo != "" {
		if err := reference.CheckRepo(o.Target.repo); err != nil {
			return err
		}
	}
	return o.withSession(ctx, server, opening{Requests: o.Requests, readOnly: true}, func(s *session) error {
		result, err := o.inspect(ctx, s, ref)
		result.Traffic = s.traffic()
		if err := o.print(o.Format, result); err != nil {
			return err
		}
		return endOfStatus(result, err)
	})
}

// inspect reads what was asked for, tag by tag.
func (o *statusOptions) inspect(ctx context.Context, s *session,
	ref reference.Reference,
) (*report.StatusResult, error) {
	result := report.NewStatus()
	refs := []reference.Reference{ref}
	if ref.Name() == "" {
		tags, err := s.inspect().Tags(ctx, failure.Source, ref.Image)
		if err != nil {
			return result.Fail(err), err
		}
		if len(tags) == 0 {
			if err := s.inspect().Nothing(ctx, ref.Image, nil); err != nil {
				return result.Fail(err), err
			}
		}
		refs = refs[:0]
		for _, tag := range tags {
			refs = append(refs, reference.Reference{Image: ref.Image, Tag: tag})
		}
	}
	for _, one := range refs {
		image, err := o.inspectOne(ctx, s, one)
		if err != nil {
			return result.Fail(err), err
		}
		result.Add(image)
	}
	return result, nil
}

func (o *statusOptions) inspectOne(ctx context.Context, s *session,
	ref reference.Reference,
) (report.StatusImage, error) {
	graph, err := s.inspect().Inspect(ctx, failure.Source, ref, o.From()...)
	if err != nil {
		return report.StatusImage{}, err
	}
	details, err := s.details(ctx, &o.FileInfo, failure.Source, ref, graph)
	if err != nil {
		return report.StatusImage{}, err
	}
	if o.Target.repo == "" {
		image := report.Graph(ref, graph, o.TagPrefix)
		image.Details = details
		image.Lack(s.inspect().Incomplete(ctx, failure.Source, ref, graph))
		return image, ctx.Err()
	}
	image, err := o.compare(ctx, s, ref, graph)
	image.Details = details
	return image, err
}

// compare holds an image against the target's.
func (o *statusOptions) compare(ctx context.Context, s *session, ref reference.Reference,
	graph *attachment.Graph,
) (report.StatusImage, error) {
	at := ref
	at.Repo = o.Target.repo
	target, err := o.targetGraph(ctx, s.inspect(), at)
	if err != nil {
		return report.StatusImage{}, err
	}
	image := report.Compared(ref, at, graph, target, o.TagPrefix)
	image.Lack(s.inspect().Incomplete(ctx, failure.Source, ref, graph))
	if target != nil {
		image.Lack(s.inspect().Incomplete(ctx, failure.Target, at, target))
	}
	if image.TargetDetails, err = s.details(ctx, &o.FileInfo, failure.Target, at, target); err != nil {
		return report.StatusImage{}, err
	}
	return image, ctx.Err()
}

// targetGraph is nil when the target does not have the image.
func (o *statusOptions) targetGraph(ctx context.Context, images inspect.Reader,
	at reference.Reference,
) (*attachment.Graph, error) {
	graph, err := images.Inspect(ctx, failure.Target, at, o.To()...)
	if errors.Is(err, failure.ErrNotFound) {
		// Only a repository that is there can lack an image.
		return nil, images.CheckRepository(ctx, failure.Target, at.Repo)
	}
	return graph, err
}

func endOfStatus(r *report.StatusResult, err error) error {
	switch {
	case err != nil:
		return ended(outcomeFailed, errors.New(withHint(r.Error)))
	case r.Status != report.Success:
		return ended(outcomeFindings, nil)
	default:
		return nil
	}
}
