package commands

import (
	"errors"
	"fmt"
	"strings"

	"github.com/jfrog/jfrog-cli-core/v2/plugins/components"
)

// promoteOptions are the options and arguments of promote.
type promoteOptions struct {
	promotionOptions
	attachmentOptions
	prefixOption
	placeOption
	planOption
	dryRunOption
	outputOptions
	failNoOpOption
	transferOptions
	serverOptions
	invocation

	// image is the path of the image in its repository, without a tag.
	image string
	// tag is what is promoted, from the argument or --source-tag; empty for every tag that is an image.
	tag        string
	sourceRepo string
	targetRepo string
}

func (o *promoteOptions) groups() []optionGroup {
	return []optionGroup{
		&o.promotionOptions, &o.attachmentOptions, &o.prefixOption, &o.placeOption, &o.planOption, &o.dryRunOption, &o.outputOptions, &o.failNoOpOption,
		&o.transferOptions, &o.serverOptions,
	}
}

func (o *promoteOptions) flags() []components.Flag {
	return flagsOf(o.groups())
}

// parse reads options and arguments. How many arguments there are has been checked by package arguments.
func (o *promoteOptions) parse(c *components.Context) error {
	if err := parseAll(c, o.groups()); err != nil {
		return err
	}
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
	case tag != "" && o.sourceTag != "" && tag != o.sourceTag:
		return fmt.Errorf("the argument names the tag %q, but --source-tag %q; give one of them", tag, o.sourceTag)
	case tag == "":
		tag = o.sourceTag
	}
	if tag == "" && o.targetTag != "" {
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
