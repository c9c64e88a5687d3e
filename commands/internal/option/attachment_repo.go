package option

import (
	"fmt"
	"strings"

	"github.com/jfrog/jfrog-cli-core/v2/plugins/components"

	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// AttachmentRepo names another image in which attachments are kept, as cosign's COSIGN_REPOSITORY does.
type AttachmentRepo struct {
	Places []plan.Mapping
}

// Flags declares the options.
func (*AttachmentRepo) Flags() []components.Flag {
	return []components.Flag{
		components.NewStringFlag("attachment-repo",
			"Where attachments are kept beside the image, as <repo>/<path> (cosign's COSIGN_REPOSITORY). "+
				"With =<repo>/<path> behind it they are promoted to there, otherwise they stay. Separate several by ';'."),
	}
}

// Parse reads and checks the values.
func (o *AttachmentRepo) Parse(c *components.Context) error {
	value := c.GetStringFlagValue("attachment-repo")
	if value == "" {
		return nil
	}
	for _, one := range strings.Split(value, ";") {
		from, to, mapped := strings.Cut(one, "=")
		m := plan.Mapping{}
		var err error
		if m.From, err = place(from); err == nil && mapped {
			m.To, err = place(to)
		}
		if err != nil {
			return fmt.Errorf("--attachment-repo: %w", err)
		}
		if err := o.add(m); err != nil {
			return err
		}
	}
	return nil
}

// add takes a place once; what is kept in one place cannot go to two.
func (o *AttachmentRepo) add(m plan.Mapping) error {
	for _, known := range o.Places {
		if known == m {
			return nil
		}
		if known.From == m.From {
			return fmt.Errorf("--attachment-repo names %s twice, with different targets", m.From)
		}
	}
	o.Places = append(o.Places, m)
	return nil
}

func place(text string) (reference.Image, error) {
	ref, err := reference.Parse(text)
	if err == nil && ref.Name() != "" {
		err = fmt.Errorf("%q names a tag or digest; write <repo>/<path>", text)
	}
	return ref.Image, err
}

// From returns the places at the source.
func (o *AttachmentRepo) From() []reference.Image {
	images := make([]reference.Image, 0, len(o.Places))
	for _, m := range o.Places {
		images = append(images, m.From)
	}
	return images
}

// To returns the places at the target: where attachments go to, or where they stay.
func (o *AttachmentRepo) To() []reference.Image {
	images := o.From()
	for i, m := range o.Places {
		if m.To != (reference.Image{}) {
			images[i] = m.To
		}
	}
	return images
}
