package commands

import (
	"fmt"

	"github.com/jfrog/jfrog-cli-core/v2/plugins/components"

	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/selection"
)

// transferCommandOptions are the options and arguments of copy and move.
type transferCommandOptions struct {
	transfer
	selectionOptions
	specOptions
	attachmentOptions
	policyOptions
	prefixOption
	placeOption
	planOption
	dryRunOption
	outputOptions
	failNoOpOption
	transferOptions
	serverOptions
	invocation

	// pattern and destination are not used with a file spec.
	pattern     selection.Pattern
	source      string
	destination selection.Destination
}

func (o *transferCommandOptions) allGroups() []optionGroup {
	return []optionGroup{
		&o.selectionOptions, &o.specOptions, &o.attachmentOptions, &o.policyOptions, &o.prefixOption, &o.placeOption, &o.planOption,
		&o.dryRunOption, &o.outputOptions, &o.failNoOpOption, &o.transferOptions, &o.serverOptions,
	}
}

func (o *transferCommandOptions) flags() []components.Flag { return flagsOf(o.allGroups()) }

// parse reads options and arguments, of which there are at most two.
func (o *transferCommandOptions) parse(c *components.Context) error {
	if err := parseAll(c, o.allGroups()); err != nil {
		return err
	}
	given := len(c.Arguments)
	switch {
	case o.groups != nil && given > 0:
		return fmt.Errorf("--spec stands in place of the arguments: leave out one or the other")
	case o.groups != nil && o.filter.Narrows():
		return fmt.Errorf("with --spec, exclusions, properties, limit and sort order are written in the file")
	case o.groups != nil:
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
		AllowUnsigned: o.allowUnsigned, NoOverwrite: o.noOverwrite, Pin: o.pin, OnConflict: o.onConflict, Prefix: o.tagPrefix, Places: o.places,
	}
}
