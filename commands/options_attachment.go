package commands

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/jfrog/jfrog-cli-core/v2/plugins/components"

	"github.com/signed-promote/signed-promote/utils/plan"
)

// maxPrefix leaves room in a tag's 128 characters for "sha256-<64 digits>" and a suffix.
const maxPrefix = 48

// prefixOption is cosign's prefix for the tags of what is attached.
type prefixOption struct {
	// tagPrefix is empty or the beginning of a valid tag.
	tagPrefix string
}

func (*prefixOption) flags() []components.Flag {
	return []components.Flag{
		components.NewStringFlag("attachment-tag-prefix",
			"The prefix that cosign's option of the same name put before the tags of signatures. "+
				"Attachments with any prefix are promoted; a signature counts as one only with this prefix or none."),
	}
}

func (o *prefixOption) parse(c *components.Context) error {
	o.tagPrefix = c.GetStringFlagValue("attachment-tag-prefix")
	valid := regexp.MustCompile(`^([A-Za-z0-9_][A-Za-z0-9._-]*)?$`)
	if !valid.MatchString(o.tagPrefix) || len(o.tagPrefix) > maxPrefix {
		return fmt.Errorf("--attachment-tag-prefix must be the beginning of a tag of at most %d characters, not %q",
			maxPrefix, o.tagPrefix)
	}
	return nil
}

// attachmentOptions say what is promoted and what it may replace.
type attachmentOptions struct {
	allowUnsigned bool
	noOverwrite   bool
	pin           bool
	onConflict    plan.Conflict
}

func (*attachmentOptions) flags() []components.Flag {
	return []components.Flag{
		components.NewBoolFlag("allow-unsigned", "Set to true to promote images that are not signed. Otherwise they are refused before anything changes."),
		components.NewBoolFlag("no-overwrite", "Set to true to refuse a target tag that holds another image. Otherwise the tag is replaced, as jf rt docker-promote does it."),
		components.NewBoolFlag("pin", "Set to true to let the target tag show nothing but the image that was looked at, even if the source tag is pushed again meanwhile: "+
			"the image is put under a staging tag, checked, and then tagged. It needs Delete at the target."),
		components.NewStringFlag("on-conflict", "What to do where the target has other signatures, attestations or SBOMs under the same tag: "+
			"merge both, keep the target's, replace them, or fail; or by kind, such as 'att=replace;merge'. SBOMs cannot be merged.", components.WithStrDefaultValue(string(plan.OnConflictMerge))),
	}
}

func (o *attachmentOptions) parse(c *components.Context) (err error) {
	o.allowUnsigned = c.GetBoolFlagValue("allow-unsigned")
	o.noOverwrite = c.GetBoolFlagValue("no-overwrite")
	o.pin = c.GetBoolFlagValue("pin")
	o.onConflict, err = conflictIn(c)
	return err
}

// conflictIn reads --on-conflict.
func conflictIn(c *components.Context) (plan.Conflict, error) {
	value := c.GetStringFlagValue("on-conflict")
	if value == "" {
		value = string(plan.OnConflictMerge)
	}
	if strings.ContainsAny(value, "=;") {
		on, err := plan.ParseConflict(strings.ToLower(value))
		if err != nil {
			return "", fmt.Errorf("--on-conflict: %w", err)
		}
		return on, nil
	}
	value, err := oneOf("on-conflict", value, plan.ConflictWays())
	return plan.Conflict(value), err
}
