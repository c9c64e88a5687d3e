package option

import (
	"errors"
	"fmt"

	"github.com/jfrog/jfrog-cli-core/v2/common/spec"
	"github.com/jfrog/jfrog-cli-core/v2/plugins/components"
	"github.com/jfrog/jfrog-cli-core/v2/utils/coreutils"

	"github.com/signed-promote/signed-promote/utils/selection"
)

// Spec names a file spec in place of the arguments.
type Spec struct {
	// Groups is nil unless a file spec was given.
	Groups []selection.Group
}

// Flags declares the options.
func (*Spec) Flags() []components.Flag {
	return []components.Flag{
		components.NewStringFlag("spec", "Path to a file spec, in place of the arguments. The images that own the files which its patterns match are affected."),
		components.NewStringFlag("spec-vars", "List of semicolon-separated variables in the form of \"key1=value1;key2=value2;...\" to be replaced in the file spec, where they are ${key1}."),
	}
}

// Parse reads the file. What stands in it means what it means to jf.
func (o *Spec) Parse(c *components.Context) error {
	path := c.GetStringFlagValue("spec")
	if path == "" {
		if c.IsFlagSet("spec") {
			return errors.New("--spec is given without a value; leave it out if none is meant")
		}
		return nil
	}
	files, err := spec.CreateSpecFromFile(path, coreutils.SpecVarsStringToMap(c.GetStringFlagValue("spec-vars")))
	if err == nil {
		err = spec.ValidateSpec(files.Files, true, true)
	}
	if err != nil {
		return fmt.Errorf("--spec: %w", err)
	}
	for i := range files.Files {
		group, err := groupOf(files.Get(i))
		if err != nil {
			return fmt.Errorf("--spec: %w", err)
		}
		o.Groups = append(o.Groups, group)
	}
	return nil
}

func groupOf(file *spec.File) (selection.Group, error) {
	params, err := file.ToCommonParams()
	if err != nil {
		return selection.Group{}, err
	}
	if params.Recursive, err = file.IsRecursive(true); err != nil {
		return selection.Group{}, err
	}
	flat, err := file.IsFlat(false)
	return selection.Group{CommonParams: params, Flat: flat}, err
}
