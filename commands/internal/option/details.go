package option

import (
	"github.com/jfrog/jfrog-cli-core/v2/plugins/components"
)

// FileInfo asks for what the server keeps of the root manifest's file.
type FileInfo struct {
	Details bool
}

// Flags declares the options.
func (*FileInfo) Flags() []components.Flag {
	return []components.Flag{
		components.NewBoolFlag("details", "Set to true to show who stored the image's manifest and when, and its checksums, as JFrog's File Info has them. One more request for each image."),
	}
}

// Parse reads and checks the values.
func (o *FileInfo) Parse(c *components.Context) error {
	o.Details = c.GetBoolFlagValue("details")
	return nil
}
