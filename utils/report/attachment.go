package report

import "github.com/signed-promote/signed-promote/utils/attachment"

// attached describes an attachment as it was found, without any action.
func attached(a attachment.Attachment) Attachment {
	return Attachment{
		Subject:      a.Subject.String(),
		Digest:       a.Manifest.Digest.String(),
		Kind:         string(a.Kind),
		Storage:      string(a.Storage),
		Tag:          a.Tag,
		ArtifactType: a.Manifest.ArtifactType(),
		Size:         a.Manifest.Size(),
	}
}
