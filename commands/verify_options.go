package commands

import (
	"cmp"
	"errors"
	"strings"

	"github.com/jfrog/jfrog-cli-core/v2/plugins/components"

	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/selection"
)

// outlookOption asks what other verifiers will say.
type outlookOption struct {
	outlook bool
}

func (*outlookOption) flags() []components.Flag {
	return []components.Flag{
		components.NewBoolFlag("outlook", "Set to true to predict what cosign, notation, podman, Kyverno and policy-controller will say of the image, and why."),
	}
}

func (o *outlookOption) parse(c *components.Context) error {
	o.outlook = c.GetBoolFlagValue("outlook")
	return nil
}

// destinationOption asks what the policies for another repository say.
type destinationOption struct {
	// destination is empty for the image's own repository.
	destination string
}

func (*destinationOption) flags() []components.Flag {
	return []components.Flag{
		components.NewStringFlag("target-repo", "Repository that the images are to be promoted to: the policies for it are asked, not those for where they are."),
	}
}

func (o *destinationOption) parse(c *components.Context) error {
	o.destination = c.GetStringFlagValue("target-repo")
	if o.destination == "" && !c.IsFlagSet("target-repo") {
		return nil
	}
	return reference.CheckRepo(o.destination)
}

// at returns the place that the policies are asked about.
func (o *destinationOption) at(ref reference.Reference) reference.Reference {
	ref.Repo = cmp.Or(o.destination, ref.Repo)
	return ref
}

// verifyOptions are the options and arguments of verify.
type verifyOptions struct {
	policyOptions
	destinationOption
	outlookOption
	detailsOption
	prefixOption
	placeOption
	outputOptions
	transferOptions
	serverOptions
	invocation

	images []imagePattern
}

func (o *verifyOptions) groups() []optionGroup {
	return []optionGroup{
		&o.policyOptions, &o.destinationOption, &o.outlookOption, &o.detailsOption, &o.prefixOption,
		&o.placeOption, &o.outputOptions, &o.transferOptions, &o.serverOptions,
	}
}

func (o *verifyOptions) flags() []components.Flag { return flagsOf(o.groups()) }

// parse reads options and arguments.
func (o *verifyOptions) parse(c *components.Context) error {
	if err := parseAll(c, o.groups()); err != nil {
		return err
	}
	if len(o.policies) == 0 && !o.outlook {
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

// imagePattern names images: by tag, digest or pattern, as in copy and move.
type imagePattern struct {
	// byDigest is set for an image that is named so, and pattern for all else.
	byDigest reference.Reference
	pattern  selection.Pattern
	// typed is the argument.
	typed string
}

func parseImagePattern(argument string) (p imagePattern, err error) {
	p.typed = argument
	if strings.Contains(argument, "@") {
		p.byDigest, err = reference.Parse(argument)
		return p, err
	}
	p.pattern, err = selection.ParsePattern(argument)
	return p, err
}
