package commands

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/jfrog/jfrog-cli-core/v2/plugins/components"
)

// planOption writes the plan down instead of carrying it out.
type planOption struct {
	// planFile is empty if the plan is to be carried out.
	planFile string
}

func (*planOption) flags() []components.Flag {
	return []components.Flag{
		components.NewStringFlag("plan-file", "Write the plan to this file, for 'apply', and change nothing at the server."),
	}
}

func (o *planOption) parse(c *components.Context) error {
	o.planFile = c.GetStringFlagValue("plan-file")
	if o.planFile == "" && c.IsFlagSet("plan-file") {
		return errors.New("--plan-file is given without a value; leave it out if none is meant")
	}
	return nil
}

func (o *planOption) planning() bool { return o.planFile != "" }

// inOrder returns the number of threads for planning: what images share goes to the plan of the first, which must not
// depend on timing.
func (o *planOption) inOrder(threads int) int {
	if o.planning() {
		return 1
	}
	return threads
}

// sumOption pins a plan.
type sumOption struct {
	// planSHA256 is hex, or empty.
	planSHA256 string
}

func (*sumOption) flags() []components.Flag {
	return []components.Flag{
		components.NewStringFlag("plan-sha256", "Checksum of the plan that was agreed to: refuse a file that has another one."),
	}
}

func (o *sumOption) parse(c *components.Context) error {
	o.planSHA256 = c.GetStringFlagValue("plan-sha256")
	if o.planSHA256 == "" && !c.IsFlagSet("plan-sha256") {
		return nil
	}
	if !regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString(o.planSHA256) {
		return fmt.Errorf("--plan-sha256 must be 64 hexadecimal digits in small letters, not %q", o.planSHA256)
	}
	return nil
}
