package attachment_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// bottomless answers every question with something new: it stands for a registry that means ill.
type bottomless struct {
	// children and referrers are how many each manifest has.
	children, referrers int
	// raw is what each manifest holds.
	raw []byte
}

func (b bottomless) Manifest(_ context.Context, _ reference.Image, ref string) (manifest.Manifest, error) {
	d, isDigest := reference.ParseDigestFolder(ref)
	if !isDigest {
		d = digest.FromString(ref)
	}
	m := manifest.Manifest{MediaType: ocispec.MediaTypeImageIndex, Digest: d, Raw: b.raw}
	for n := range b.children {
		m.Content.Manifests = append(m.Content.Manifests, ocispec.Descriptor{Digest: digest.FromString(fmt.Sprint(ref, n))})
	}
	return m, nil
}

func (b bottomless) Referrers(_ context.Context, _ reference.Image,
	subject digest.Digest,
) (all []ocispec.Descriptor, supported bool, err error) {
	for n := range b.referrers {
		all = append(all, ocispec.Descriptor{Digest: digest.FromString(fmt.Sprint("referrer", subject, n))})
	}
	return all, true, nil
}

func TestAGraphHasAnEnd(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		registry bottomless
		says     string
	}{
		"an index in an index, and so on": {bottomless{children: 1}, "nested more than 100 deep"},
		"twice as many in each round":     {bottomless{children: 2}, "more than 10000 manifests"},
		"an index of very many":           {bottomless{children: 80_000}, "more than 10000 manifests"},
		"a list of very many":             {bottomless{referrers: 80_000}, "more than 10000 manifests"},
		"manifests that fill the memory":  {bottomless{children: 40, raw: make([]byte, 8<<20)}, "more than 256 MiB"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root, err := tt.registry.Manifest(t.Context(), app(), digest.FromString("root").String())
			require.NoError(t, err)
			_, err = attachment.Discover(t.Context(), tt.registry, app(), root, attachment.NewListing(nil))
			assert.ErrorContains(t, err, tt.says)
		})
	}
}

func TestAFolderOfVeryManySuffixTags(t *testing.T) {
	t.Parallel()
	root := digest.FromString("root")
	m, err := bottomless{}.Manifest(t.Context(), app(), root.String())
	require.NoError(t, err)
	var tags []string
	for n := range 10_001 {
		tags = append(tags, reference.SuffixTag{Subject: root, Suffix: fmt.Sprint("s", n)}.String())
	}
	_, err = attachment.Discover(t.Context(), bottomless{}, app(), m, attachment.NewListing(tags))
	assert.ErrorContains(t, err, "more than 10000 manifests")
}

// Names that are no tags lead to no request, whatever is in them.
func TestNamesThatLeadElsewhere(t *testing.T) {
	t.Parallel()
	r := newRegistry(t, true)
	root := r.image("1.0", "app")
	tag := reference.SuffixTag{Subject: root.Digest, Suffix: "sig"}.String()
	names := []string{"..", ".", "../../docker-prod/app/" + tag, "a/" + tag, "%2e%2e%2f" + tag, tag + "/../x", "x\x1b[2J" +
		tag, tag + "?x=y", tag + "#", "a\\" + tag}
	listing := attachment.NewListing(names)
	g, err := attachment.Discover(t.Context(), r, app(), root, listing)
	require.NoError(t, err)
	assert.Empty(t, g.Attachments)
	assert.Empty(t, listing.Manifests())
	assert.Empty(t, listing.ImageTags())
	assert.ElementsMatch(t, []string{"referrers " + root.Digest.String(), "manifest " + tag}, r.sorted(),
		"only the tag that is asked for in any case")
}
