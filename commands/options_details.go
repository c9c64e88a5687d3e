package commands

import (
	"context"
	"errors"

	"github.com/jfrog/jfrog-cli-core/v2/plugins/components"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/report"
)

// detailsOption asks for what the server keeps of the root manifest's file.
type detailsOption struct {
	details bool
}

func (*detailsOption) flags() []components.Flag {
	return []components.Flag{
		components.NewBoolFlag("details", "Set to true to show who stored the image's manifest and when, and its checksums, as JFrog's File Info has them. One more request for each image."),
	}
}

func (o *detailsOption) parse(c *components.Context) error {
	o.details = c.GetBoolFlagValue("details")
	return nil
}

// of reads the details of an image, or nothing if they are not wanted. One that was named by its digest has to have a
// folder of its own.
func (o *detailsOption) of(ctx context.Context, s *session, side failure.Side, ref reference.Reference,
	g *attachment.Graph,
) (*report.Details, error) {
	if !o.details || g == nil {
		return nil, nil
	}
	folder := ref.Tag
	if folder == "" {
		folder = reference.DigestFolder(g.Root)
	}
	path := g.Image.Folder(folder) + "/" + g.Nodes[g.Root].FileName()
	info, err := s.rest.FileInfo(ctx, path)
	if errors.Is(err, failure.ErrNotFound) && ref.Tag == "" {
		return nil, failure.At(side, err, "there is no file "+path,
			"The image has a folder under its tag only. Name it by its tag, or leave --details out.")
	}
	if err != nil {
		return nil, failure.At(side, err, "the file info of "+path+" cannot be read",
			"You need Read on it; --details is the option that asks for it.")
	}
	return report.DetailsOf(info), nil
}
