package inventory

import (
	"context"
	"errors"
	"sync"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/sync/singleflight"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// card is what is kept of a manifest that was read. It holds for every place with that digest.
type card struct {
	mediaType string
	children  []child
	// subject is empty if the manifest names none.
	subject digest.Digest
	kind    attachment.Kind
	// signature reports whether it signs its subject, as a referrer.
	signature bool
	// signs reports whether it holds a signature, as a record behind a ".sig" tag.
	signs bool
	// attests reports whether it has the types of an attachment, whatever its name.
	attests bool
	blobs   []ocispec.Descriptor
	// config is that of the blobs which is no entry. record tells that the others are entries of a record of cosign's.
	config digest.Digest
	record bool
	shape  attachment.Shape
}

// child is a manifest that an index lists.
type child struct {
	digest digest.Digest
	// attests marks BuildKit's attestation manifests, which nobody has to sign.
	attests bool
}

func cardOf(m manifest.Manifest) card {
	c := card{
		mediaType: m.MediaType, kind: attachment.KindOf(m), signs: attachment.HoldsSignature(m), attests: attachment.HasAttachmentTypes(m),
		blobs: m.BlobDescriptors(), shape: attachment.ShapeOf(m),
	}
	for i := range c.blobs {
		c.blobs[i] = ocispec.Descriptor{MediaType: c.blobs[i].MediaType, Digest: c.blobs[i].Digest, Size: c.blobs[i].Size}
	}
	if m.Content.Config != nil {
		c.config = m.Content.Config.Digest
	}
	c.record = attachment.IsRecord(attachment.KindSignature, m) || attachment.IsRecord(attachment.KindAttestation, m)
	if m.Content.Subject != nil {
		c.subject = m.Content.Subject.Digest
	}
	c.signature = attachment.Attachment{Storage: attachment.Referrer, Kind: c.kind, Manifest: m}.IsSignature("")
	for _, d := range m.Content.Manifests {
		c.children = append(c.children, child{digest: d.Digest, attests: attachment.IsAttestationEntry(d)})
	}
	return c
}

// lists reports whether an index names a digest.
func (c card) lists(d digest.Digest) bool {
	for _, one := range c.children {
		if one.digest == d {
			return true
		}
	}
	return false
}

// library reads each digest once, whatever image it is in.
type library struct {
	reader attachment.Reader
	mu     sync.Mutex
	cards  map[digest.Digest]card
	flight singleflight.Group
}

func newLibrary(reader attachment.Reader) *library {
	return &library{reader: reader, cards: map[digest.Digest]card{}}
}

// known returns the card of a digest that was read before.
func (l *library) known(d digest.Digest) (card, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c, ok := l.cards[d]
	return c, ok
}

// read returns the card of a digest; found is false when this image does not hold it. An error says nothing of its
// existence.
func (l *library) read(ctx context.Context, image reference.Image, d digest.Digest) (c card, found bool, err error) {
	if c, ok := l.known(d); ok {
		return c, true, nil
	}
	got, err, _ := l.flight.Do(image.String()+"@"+d.String(), func() (any, error) {
		m, err := l.reader.Manifest(ctx, image, d.String())
		if err != nil {
			return card{}, err
		}
		return l.keep(d, cardOf(m)), nil
	})
	if errors.Is(err, failure.ErrNotFound) {
		return card{}, false, nil
	}
	if err != nil {
		return card{}, false, err
	}
	return got.(card), true, nil
}

func (l *library) keep(d digest.Digest, c card) card {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cards[d] = c
	return c
}
