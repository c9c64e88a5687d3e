package commands

import (
	"errors"

	"github.com/jfrog/jfrog-cli-core/v2/plugins/components"

	"github.com/signed-promote/signed-promote/utils/attachment"
)

const (
	formatJUnit outputFormat = "junit"
	formatHTML  outputFormat = "html"
)

// auditFileOptions name results of earlier audits.
type auditFileOptions struct {
	baseline string
	merge    bool
}

func (*auditFileOptions) flags() []components.Flag {
	return []components.Flag{
		components.NewStringFlag("baseline", "An earlier result (--format json) to compare with: what is new, fixed and still open."),
		components.NewBoolFlag("merge", "Set to true to join the results (--format json) of shards that are named as arguments. Nothing is sent to the server."),
	}
}

func (o *auditFileOptions) parse(c *components.Context) error {
	o.baseline, o.merge = c.GetStringFlagValue("baseline"), c.GetBoolFlagValue("merge")
	return nil
}

// requireOption names kinds of attachments that every image has to have.
type requireOption struct {
	required []attachment.Kind
}

func (*requireOption) flags() []components.Flag {
	return []components.Flag{
		components.NewStringFlag("require", "Kinds of attachments that every image must have beside its signature: attestation, sbom, bundle or notation. Separate several by ';'."),
	}
}

func (o *requireOption) parse(c *components.Context) error {
	known := []string{
		string(attachment.KindAttestation), string(attachment.KindSBOM), string(attachment.KindBundle),
		string(attachment.KindNotation),
	}
	for _, value := range listed(c.GetStringFlagValue("require")) {
		kind, err := oneOf("require", value, known)
		if err != nil {
			return err
		}
		o.required = append(o.required, attachment.Kind(kind))
	}
	return nil
}

// everyFileOption asks for the files of every image.
type everyFileOption struct {
	everyFile bool
}

func (*everyFileOption) flags() []components.Flag {
	return []components.Flag{
		components.NewBoolFlag("every-file", "Set to true to hold the files of every image and platform against its manifest, so that a single missing layer is found. Two requests more for each."),
	}
}

func (o *everyFileOption) parse(c *components.Context) error {
	o.everyFile = c.GetBoolFlagValue("every-file")
	return nil
}

// auditOptions are the options and the arguments of audit.
type auditOptions struct {
	auditFileOptions
	requireOption
	everyFileOption
	sourceOptions
	pathOptions
	sinceOption
	shardOption
	policyOptions
	prefixOption
	placeOption
	outputOptions
	transferOptions
	serverOptions
	invocation

	// arguments are the repository, or with --merge the files.
	arguments []string
}

func newAuditOptions() *auditOptions {
	return &auditOptions{outputOptions: outputOptions{more: []outputFormat{formatJUnit, formatHTML}}}
}

func (o *auditOptions) groups() []optionGroup {
	return []optionGroup{
		&o.sourceOptions, &o.pathOptions, &o.sinceOption, &o.requireOption, &o.everyFileOption, &o.auditFileOptions, &o.shardOption,
		&o.policyOptions, &o.prefixOption, &o.placeOption, &o.outputOptions, &o.transferOptions, &o.serverOptions,
	}
}

func (o *auditOptions) flags() []components.Flag { return flagsOf(o.groups()) }

func (o *auditOptions) parse(c *components.Context) error {
	o.arguments = c.Arguments
	if err := parseAll(c, o.groups()); err != nil {
		return err
	}
	if !o.merge && len(o.arguments) != 1 {
		return errors.New("audit takes one repository; several files are for --merge")
	}
	return nil
}
