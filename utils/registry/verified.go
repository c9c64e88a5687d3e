package registry

import (
	"errors"
	"fmt"
	"io"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// verifiedReader passes a blob on and holds it against its descriptor at the end, so that constant memory does for any
// size.
type verifiedReader struct {
	io.ReadCloser
	want     ocispec.Descriptor
	verifier digest.Verifier
	read     int64
}

func verified(body io.ReadCloser, d ocispec.Descriptor) io.ReadCloser {
	return &verifiedReader{ReadCloser: body, want: d, verifier: d.Digest.Verifier()}
}

// Read reads on; in place of io.EOF it fails when the content is not what the descriptor says, and as soon as there is
// more of it.
func (v *verifiedReader) Read(p []byte) (int, error) {
	n, err := v.ReadCloser.Read(p)
	v.read += int64(n)
	_, _ = v.verifier.Write(p[:n])
	ended := errors.Is(err, io.EOF)
	switch {
	case v.read > v.want.Size, ended && v.read < v.want.Size:
		return n, fmt.Errorf("blob %s: %d of %d bytes arrived", v.want.Digest, v.read, v.want.Size)
	case ended && !v.verifier.Verified():
		return n, fmt.Errorf("blob %s: its bytes arrived with another digest", v.want.Digest)
	default:
		return n, err
	}
}
