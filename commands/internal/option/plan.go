package option

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/jfrog/jfrog-cli-core/v2/plugins/components"
)

// Plan writes the plan down instead of carrying it out.
type Plan struct {
	// PlanFile is empty if the plan is to be carried out.
	PlanFile string
}

// Flags declares the options.
func (*Plan) Flags() []components.Flag {
	return []components.Flag{
		components.NewStringFlag("plan-file", "Write the plan to this file, for 'apply', and change nothing at the server."),
	}
}

// Parse reads and checks the values.
func (o *Plan) Parse(c *components.Context) error {
	o.PlanFile = c.GetStringFlagValue("plan-file")
	if o.PlanFile == "" && c.IsFlagSet("plan-file") {
		return errors.New("--plan-file is given without a value; leave it out if none is meant")
	}
	return nil
}

// Planning reports whether a plan is written.
func (o *Plan) Planning() bool { return o.PlanFile != "" }

// InOrder returns the number of threads for planning: what images share goes to the plan of the first, which must not
// depend on timing.
func (o *Plan) InOrder(threads int) int {
	if o.Planning() {
		return 1
	}
	return threads
}

// PlanSum pins a plan.
type PlanSum struct {
	// PlanSHA256 is hex, or empty.
	PlanSHA256 string
}

// Flags declares the options.
func (*PlanSum) Flags() []components.Flag {
	return []components.Flag{
		components.NewStringFlag("plan-sha256", "Checksum of the plan that was agreed to: refuse a file that has another one."),
	}
}

// Parse reads and checks the values.
func (o *PlanSum) Parse(c *components.Context) error {
	o.PlanSHA256 = c.GetStringFlagValue("plan-sha256")
	if o.PlanSHA256 == "" && !c.IsFlagSet("plan-sha256") {
		return nil
	}
	if !regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString(o.PlanSHA256) {
		return fmt.Errorf("--plan-sha256 must be 64 hexadecimal digits in small letters, not %q", o.PlanSHA256)
	}
	return nil
}
