package option

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/jfrog/jfrog-cli-core/v2/plugins/components"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/plan"
)

// maxPrefix leaves room in a tag's 128 characters for "sha256-<64 digits>" and a suffix.
const maxPrefix = 48

// Prefix is cosign's prefix for the tags of what is attached.
type Prefix struct {
	// TagPrefix is empty or the beginning of a valid tag.
	TagPrefix string
}

// Flags declares the options.
func (*Prefix) Flags() []components.Flag {
	return []components.Flag{
		components.NewStringFlag("attachment-tag-prefix",
			"The prefix that cosign's option of the same name put before the tags of signatures. "+
				"Attachments with any prefix are promoted; a signature counts as one only with this prefix or none."),
	}
}

// Parse reads and checks the values.
func (o *Prefix) Parse(c *components.Context) error {
	o.TagPrefix = c.GetStringFlagValue("attachment-tag-prefix")
	valid := regexp.MustCompile(`^([A-Za-z0-9_][A-Za-z0-9._-]*)?$`)
	if !valid.MatchString(o.TagPrefix) || len(o.TagPrefix) > maxPrefix {
		return fmt.Errorf("--attachment-tag-prefix must be the beginning of a tag of at most %d characters, not %q",
			maxPrefix, o.TagPrefix)
	}
	return nil
}

// Attachment says what is promoted and what it may replace.
type Attachment struct {
	AllowUnsigned bool
	NoOverwrite   bool
	Pin           bool
	OnConflict    plan.Conflict
}

// Flags declares the options.
func (*Attachment) Flags() []components.Flag {
	return []components.Flag{
		components.NewBoolFlag("allow-unsigned", "Set to true to promote images that are not signed. Otherwise they are refused before anything changes."),
		components.NewBoolFlag("no-overwrite", "Set to true to refuse a target tag that holds another image. Otherwise the tag is replaced, as jf rt docker-promote does it."),
		components.NewBoolFlag("pin", "Set to true to let the target tag show nothing but the image that was looked at, even if the source tag is pushed again meanwhile: "+
			"the image is put under a staging tag, checked, and then tagged. It needs Delete at the target."),
		components.NewStringFlag("on-conflict", "What to do where the target has other signatures, attestations or SBOMs under the same tag: "+
			"merge both, keep the target's, replace them, or fail; or by kind, such as 'att=replace;merge'. SBOMs cannot be merged.", components.WithStrDefaultValue(string(plan.OnConflictMerge))),
	}
}

// Parse reads and checks the values.
func (o *Attachment) Parse(c *components.Context) (err error) {
	o.AllowUnsigned = c.GetBoolFlagValue("allow-unsigned")
	o.NoOverwrite = c.GetBoolFlagValue("no-overwrite")
	o.Pin = c.GetBoolFlagValue("pin")
	o.OnConflict, err = parseConflict(c)
	return err
}

// parseConflict reads --on-conflict.
func parseConflict(c *components.Context) (plan.Conflict, error) {
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
	value, err := OneOf("on-conflict", value, plan.ConflictWays())
	return plan.Conflict(value), err
}

// Kinds names kinds of attachments that every image has to have.
type Kinds struct {
	Required []attachment.Kind
}

// Flags declares the options.
func (*Kinds) Flags() []components.Flag {
	return []components.Flag{
		components.NewStringFlag("require", "Kinds of attachments that every image must have beside its signature: attestation, sbom, bundle or notation. Separate several by ';'."),
	}
}

// Parse reads and checks the values.
func (o *Kinds) Parse(c *components.Context) error {
	known := []string{
		string(attachment.KindAttestation), string(attachment.KindSBOM), string(attachment.KindBundle),
		string(attachment.KindNotation),
	}
	for _, value := range List(c.GetStringFlagValue("require")) {
		kind, err := OneOf("require", value, known)
		if err != nil {
			return err
		}
		o.Required = append(o.Required, attachment.Kind(kind))
	}
	return nil
}

// Conflict says what may be replaced.
type Conflict struct {
	OnConflict plan.Conflict
}

// Flags declares the options.
func (*Conflict) Flags() []components.Flag {
	return []components.Flag{
		components.NewStringFlag("on-conflict", "What to do where the repository has other content under the same tag: "+
			"merge both, keep its own, replace it, or fail; or by kind, such as 'att=replace;merge'. SBOMs cannot be merged.", components.WithStrDefaultValue(string(plan.OnConflictMerge))),
	}
}

// Parse reads and checks the values.
func (o *Conflict) Parse(c *components.Context) (err error) {
	o.OnConflict, err = parseConflict(c)
	return err
}
