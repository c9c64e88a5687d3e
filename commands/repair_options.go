package commands

import (
	"errors"
	"fmt"

	"github.com/jfrog/jfrog-cli-core/v2/plugins/components"
	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/plan"
)

// conflictOption says what may be replaced.
type conflictOption struct {
	onConflict plan.Conflict
}

func (*conflictOption) flags() []components.Flag {
	return []components.Flag{
		components.NewStringFlag("on-conflict", "What to do where the repository has other content under the same tag: "+
			"merge both, keep its own, replace it, or fail; or by kind, such as 'att=replace;merge'. SBOMs cannot be merged.", components.WithStrDefaultValue(string(plan.OnConflictMerge))),
	}
}

func (o *conflictOption) parse(c *components.Context) (err error) {
	o.onConflict, err = conflictIn(c)
	return err
}

// bringOptions say what may be brought.
type bringOptions struct {
	kinds []attachment.Kind
	not   []digest.Digest
}

func (*bringOptions) flags() []components.Flag {
	return []components.Flag{
		components.NewStringFlag("kinds", "Kinds of attachments to bring: signature, attestation, sbom, bundle, notation, other; separated by ';'. By default signatures, or with a policy whatever verifies by it."),
		components.NewStringFlag("not", "Digests of attachments, or of single entries of them, that must not come back; separated by ';'."),
	}
}

func (o *bringOptions) parse(c *components.Context) error {
	known := []string{"signature", "attestation", "sbom", "bundle", "notation", "other"}
	for _, value := range listed(c.GetStringFlagValue("kinds")) {
		kind, err := oneOf("kinds", value, known)
		if err != nil {
			return err
		}
		o.kinds = append(o.kinds, attachment.Kind(kind))
	}
	for _, value := range listed(c.GetStringFlagValue("not")) {
		d, err := digest.Parse(value)
		if err != nil {
			return fmt.Errorf("--not must be digests such as sha256:<hex>, not %q", value)
		}
		o.not = append(o.not, d)
	}
	return nil
}

// repairOptions are the options and the argument of repair.
type repairOptions struct {
	sourceOptions
	bringOptions
	pathOptions
	sinceOption
	shardOption
	conflictOption
	policyOptions
	prefixOption
	dryRunOption
	outputOptions
	failNoOpOption
	transferOptions
	serverOptions
	invocation

	repo string
}

func (o *repairOptions) groups() []optionGroup {
	return []optionGroup{
		&o.sourceOptions, &o.bringOptions, &o.pathOptions, &o.sinceOption, &o.shardOption, &o.conflictOption, &o.policyOptions, &o.prefixOption, &o.dryRunOption,
		&o.outputOptions, &o.failNoOpOption, &o.transferOptions, &o.serverOptions,
	}
}

func (o *repairOptions) flags() []components.Flag { return flagsOf(o.groups()) }

func (o *repairOptions) parse(c *components.Context) error {
	o.repo = c.GetArgumentAt(0)
	if err := parseAll(c, o.groups()); err != nil {
		return err
	}
	if o.searchAll && len(o.policies) == 0 {
		return errors.New("--search-all finds what anybody who may push anywhere attached: say whose may come with --key, an identity or --policy, or name repositories with --source-repos")
	}
	return nil
}
