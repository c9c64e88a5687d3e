package commands

import (
	"cmp"
	"context"
	"errors"

	"github.com/jfrog/jfrog-cli-core/v2/plugins/components"
	"golang.org/x/sync/errgroup"

	"github.com/signed-promote/signed-promote/commands/internal/option"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/jfrog"
	"github.com/signed-promote/signed-promote/utils/outlook"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/remote"
	"github.com/signed-promote/signed-promote/utils/report"
	"github.com/signed-promote/signed-promote/utils/verification"
)

// verifyUsage is the usage line, followed by what the framework's help has no place for.
const verifyUsage = `verify [command options] <repo>/<image>[:tag|@digest]...

Description:
	Checks the signatures and attestations on images with cosign's and notation's own code, and tells who signed
	what, in which layout, and what is missing. Nothing is changed.
	'*' in the image or the tag stands for any characters, '/' too. Without a tag every tag is verified.
	With --outlook it also predicts what other verifiers will say, and why.

Examples:
	# Did the release key sign it?
	jf signed-promote verify docker-prod-local/team/app:1.2.3 --key release.pub --insecure-ignore-tlog

	# Did a GitHub workflow sign it, by a private sigstore instance?
	jf signed-promote verify docker-prod-local/team/app:1.2.3 --trusted-root root.json \
	  --certificate-identity-regexp '^https://github.com/acme/' --certificate-oidc-issuer https://token.actions.githubusercontent.com

	# Would it be let into production?
	jf signed-promote verify docker-dev-local/team/app:1.2.3 --policy policy.yaml --target-repo docker-prod-local

	# Everything of a team, by the rules of a policy file, for a script
	jf signed-promote verify 'docker-prod-local/team/*' --policy policy.yaml --format json

Exit codes:
	0  every image satisfies what was asked
	1  failed, or some image could not be read
	5  some image does not satisfy it`

// verifyCommand declares verify.
func verifyCommand() command {
	return command{Command: components.Command{
		Name:        "verify",
		Description: "Verify who signed images, with keys, identities, notation's trust policy or a policy file.",
		Arguments: []components.Argument{
			{
				Name:        "<repo>/<image>[:tag|@digest]" + repeated,
				Description: "Images, by tag, digest or pattern. Without a tag every tag is verified.",
			},
		},
		EnvVars: append(option.Environment(), option.SummaryEnvironment()),
	}, usage: verifyUsage, options: func() options { return new(verifyOptions) }}
}

// outlookOption asks what other verifiers will say.
type outlookOption struct {
	wanted bool
}

// Flags declares the options.
func (*outlookOption) Flags() []components.Flag {
	return []components.Flag{
		components.NewBoolFlag("outlook", "Set to true to predict what cosign, notation, podman, Kyverno and policy-controller will say of the image, and why."),
	}
}

// Parse reads and checks the values.
func (o *outlookOption) Parse(c *components.Context) error {
	o.wanted = c.GetBoolFlagValue("outlook")
	return nil
}

// destinationOption asks what the policies for another repository say.
type destinationOption struct {
	// repo is empty for the image's own repository.
	repo string
}

// Flags declares the options.
func (*destinationOption) Flags() []components.Flag {
	return []components.Flag{
		components.NewStringFlag("target-repo", "Repository that the images are to be promoted to: the policies for it are asked, not those for where they are."),
	}
}

// Parse reads and checks the values.
func (o *destinationOption) Parse(c *components.Context) error {
	o.repo = c.GetStringFlagValue("target-repo")
	if o.repo == "" && !c.IsFlagSet("target-repo") {
		return nil
	}
	return reference.CheckRepo(o.repo)
}

// at returns the place that the policies are asked about.
func (o *destinationOption) at(ref reference.Reference) reference.Reference {
	ref.Repo = cmp.Or(o.repo, ref.Repo)
	return ref
}

// verifyOptions are the options and arguments of verify.
type verifyOptions struct {
	option.Policy
	Destination destinationOption
	Outlook     outlookOption
	option.FileInfo
	option.Prefix
	option.AttachmentRepo
	option.Output
	option.Requests
	option.Server
	invocation

	images []imagePattern
}

func (*verifyOptions) dryRun() bool { return false }

// parseArguments reads them.
func (o *verifyOptions) parseArguments(c *components.Context) error {
	if len(o.Policies) == 0 && !o.Outlook.wanted {
		return errors.New("verify needs to know who must have signed: give --key, --certificate-identity, --notation-config or --policy; --outlook needs none of them")
	}
	for _, argument := range c.Arguments {
		image, err := parseImagePattern(argument)
		if err != nil {
			return err
		}
		o.images = append(o.images, image)
	}
	return nil
}

// run verifies every image that was named. It never writes: the transport would refuse.
func (o *verifyOptions) run(ctx context.Context, server *jfrog.Server) error {
	return o.withSession(ctx, server, opening{Requests: o.Requests, readOnly: true}, func(s *session) error {
		s.engine.Registry = remote.CacheReads(s.engine.Registry)
		settings := s.verification(&o.Policy, o.TagPrefix)
		settings.Report, settings.Everything = true, o.Outlook.wanted
		verifier, err := verification.New(ctx, settings)
		if err != nil {
			return err
		}
		result, err := o.verifyAll(ctx, s, verifier)
		result.Traffic = s.traffic()
		if err := o.show(o.Format, result); err != nil {
			return err
		}
		return endOfVerify(result, err)
	})
}

// verifyAll finds the images and verifies so many at once as --threads says.
func (o *verifyOptions) verifyAll(ctx context.Context, s *session,
	verifier *verification.Verifier,
) (*report.VerifyResult, error) {
	result := report.NewVerify()
	var refs []reference.Reference
	for _, p := range o.images {
		found, err := p.find(ctx, s)
		if err != nil {
			return result.Fail(err), err
		}
		refs = append(refs, found...)
	}
	images := make([]report.VerifyImage, len(refs))
	group := errgroup.Group{}
	group.SetLimit(o.Threads)
	for i, ref := range refs {
		group.Go(func() error {
			images[i] = o.verifyOne(ctx, s, verifier, ref)
			return nil
		})
	}
	_ = group.Wait() // Errors are in the images.
	result.Add(images...)
	return result, ctx.Err()
}

// verifyOne verifies an image. That it cannot be read says nothing about its signatures.
func (o *verifyOptions) verifyOne(ctx context.Context, s *session, verifier *verification.Verifier,
	ref reference.Reference,
) report.VerifyImage {
	graph, err := s.inspect().Read(ctx, failure.Source, ref, o.From()...)
	if err != nil {
		return report.Unread(ref, err)
	}
	verdict, err := verifier.Verify(ctx, o.Destination.at(ref), graph)
	if err != nil {
		return report.Unread(ref, err)
	}
	image := report.Verdict(ref, graph, verdict)
	if image.Details, err = s.details(ctx, &o.FileInfo, failure.Source, ref, graph); err != nil {
		return report.Unread(ref, err)
	}
	if o.Outlook.wanted {
		image.Foresee(outlook.Of(outlook.Input{Graph: graph, Verdict: verdict, Prefix: o.TagPrefix}))
	}
	return image
}

func endOfVerify(r *report.VerifyResult, err error) error {
	switch {
	case err != nil && r.Error != nil:
		return ended(outcomeFailed, errors.New(withHint(r.Error)))
	case err != nil:
		return ended(outcomeFailed, err)
	case r.Count(report.StateUnread) > 0:
		return ended(outcomeFailed, unread(r))
	case r.Status != report.Success:
		return ended(outcomeFindings, nil)
	default:
		return nil
	}
}

// unread joins the errors of the images that could not be read, each with its hint.
func unread(r *report.VerifyResult) error {
	var all []error
	for _, i := range r.Images {
		if i.Error != nil {
			all = append(all, errors.New(withHint(&report.Error{
				Message: i.Image.String() + ": " + i.Error.Message,
				Hint:    i.Error.Hint,
			})))
		}
	}
	return errors.Join(all...)
}
