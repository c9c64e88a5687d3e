package layout

import (
	"strings"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// ImageLayers returns the digests of layers if d, in a folder of that name, is an image: an attachment
// (suffix tag, subject, no image config, layers of signing tools) has none. It decides what the
// statistics call layer bytes.
func (d *Document) ImageLayers(folder string) []string {
	if IsAttachmentTag(folder) || d.Subject != nil || d.Config == nil || !isImageConfig(d.Config.MediaType) {
		return nil
	}
	var out []string
	for _, l := range d.Layers {
		if !isAttachmentLayer(l.MediaType) {
			out = append(out, l.Digest.String())
		}
	}
	return out
}

func isImageConfig(mediaType string) bool {
	return mediaType == ocispec.MediaTypeImageConfig || mediaType == "application/vnd.docker.container.image.v1+json"
}

func isAttachmentLayer(mediaType string) bool {
	for _, prefix := range []string{
		"application/vnd.dev.", "application/vnd.dsse.", "application/vnd.in-toto", "text/", "application/jose", "application/cose",
	} {
		if strings.HasPrefix(mediaType, prefix) {
			return true
		}
	}
	return false
}
