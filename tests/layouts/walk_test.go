package layouts

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/fixture"
)

// sighted is what a client that knows every layout finds in one image.
type sighted struct {
	// links holds "<subject> <- <digest>" of referrers, and "<tag> <- <digest>" of what is behind suffix tags but no
	// list.
	links map[string]bool
	// entries counts the layers of ".sig" and ".att", each as the tag and the whole descriptor.
	entries map[string]int
	// records are the suffix tags with their digests.
	records map[string]digest.Digest
	// types are the media types of all manifests that were reached.
	types map[digest.Digest]string
	// reached are all digests, whether or not their manifests are there.
	reached []digest.Digest
	// wrong are the entries of fallback tags that do not describe their manifests, by "<subject> <- <digest>".
	wrong map[string]string
	// broken are blobs that a manifest needs and a client cannot read.
	broken []string
	// hidden are the referrers that a client which trusts the referrers API, or else the fallback tag, does not see.
	hidden []string
}

// document is what the walker reads of a manifest.
type document struct {
	ArtifactType string                          `json:"artifactType"`
	Blobs        []ocispec.Descriptor            `json:"blobs"`
	Config       *ocispec.Descriptor             `json:"config"`
	Manifests    []ocispec.Descriptor            `json:"manifests"`
	Layers       []json.RawMessage               `json:"layers"`
	Subject      *struct{ Digest digest.Digest } `json:"subject"`

	digest    digest.Digest
	mediaType string
}

// walker goes through one image.
type walker struct {
	*stage
	image   fixture.Image
	names   []string
	visited map[digest.Digest]bool
	sighted
}

// walk finds all that is attached to the given digests in an image. It asks the double beside the wire.
func (s *stage) walk(image fixture.Image, from ...digest.Digest) sighted {
	w := &walker{
		stage: s, image: image, names: slices.Collect(maps.Keys(s.folders(image))), visited: map[digest.Digest]bool{},
		sighted: sighted{
			links: map[string]bool{}, entries: map[string]int{}, records: map[string]digest.Digest{}, types: map[digest.Digest]string{},
			wrong: map[string]string{},
		},
	}
	for _, d := range from {
		w.visit(d)
	}
	return w.sighted
}

// ask asks the registry API of the double.
func (w *walker) ask(method, path string) (status int, header http.Header, body []byte) {
	u, err := url.Parse(w.server.URL() + "api/docker/" + w.image.Repo + "/v2/" + w.image.Name + path)
	require.NoError(w.t, err)
	r, err := http.NewRequestWithContext(context.Background(), method, u.String(), nil)
	require.NoError(w.t, err)
	r.SetBasicAuth("ci", "secret")
	r.Header.Set("Accept", strings.Join([]string{
		ocispec.MediaTypeImageIndex, ocispec.MediaTypeImageManifest, fixture.Docker().Manifest, fixture.Docker().Index,
		"application/vnd.oci.artifact.manifest.v1+json",
	}, ", "))
	answer := serve(w.server, r, nil)
	return answer.status, answer.header, answer.body
}

func (w *walker) manifest(ref string) (d document, ok bool) {
	status, header, raw := w.ask(http.MethodGet, "/manifests/"+ref)
	if status == http.StatusNotFound {
		return d, false
	}
	require.Equal(w.t, http.StatusOK, status, "%s of %s", ref, w.image)
	require.NoError(w.t, json.Unmarshal(raw, &d))
	d.digest, d.mediaType = digest.FromBytes(raw), header.Get("Content-Type")
	if parsed, err := digest.Parse(ref); err == nil {
		require.Equal(w.t, parsed, d.digest, "bytes of %s", w.image)
	}
	return d, true
}

func (w *walker) visit(d digest.Digest) {
	if w.visited[d] {
		return
	}
	w.visited[d] = true
	w.reached = append(w.reached, d)
	m, ok := w.manifest(d.String())
	if ok {
		w.types[d] = m.mediaType
		w.blobs(m)
	}
	listed, api := w.referrers(d)
	w.entriesOf(d, m, listed, api)
	w.suffixTags(d)
	for _, child := range m.Manifests {
		w.visit(child.Digest)
	}
}

// described returns everything that a manifest describes, but for what it lists.
func (d document) described(s *stage) []ocispec.Descriptor {
	all := slices.Clone(d.Blobs)
	if d.Config != nil {
		all = append(all, *d.Config)
	}
	for _, raw := range d.Layers {
		var layer ocispec.Descriptor
		require.NoError(s.t, json.Unmarshal(raw, &layer))
		all = append(all, layer)
	}
	return all
}

// needs returns the blobs that have to lie beside a manifest: all but those with addresses of their own.
func (d document) needs(s *stage) []digest.Digest {
	var all []digest.Digest
	for _, b := range d.described(s) {
		if len(b.URLs) == 0 {
			all = append(all, b.Digest)
		}
	}
	return all
}

// blobs looks at everything that a manifest needs.
func (w *walker) blobs(m document) {
	for _, b := range m.described(w.stage) {
		if status, _, _ := w.ask(http.MethodHead, "/blobs/"+b.Digest.String()); len(b.URLs) == 0 && status != http.StatusOK {
			w.broken = append(w.broken, fmt.Sprintf("%s of %s: %d", b.Digest, m.digest, status))
		}
	}
}

// referrers asks the referrers API, page by page.
func (w *walker) referrers(d digest.Digest) (listed []digest.Digest, api bool) {
	for next := "/referrers/" + d.String(); next != ""; {
		status, header, raw := w.ask(http.MethodGet, next)
		if status != http.StatusOK {
			require.Contains(w.t, []int{http.StatusNotFound, http.StatusMethodNotAllowed}, status)
			return nil, false
		}
		var page document
		require.NoError(w.t, json.Unmarshal(raw, &page))
		for _, entry := range page.Manifests {
			listed = append(listed, entry.Digest)
		}
		next = nextPage(header.Get("Link"))
	}
	return listed, true
}

var linkNext = regexp.MustCompile(`/referrers/[^>]*`)

func nextPage(link string) string { return linkNext.FindString(link) }

// entriesOf joins both lists and takes what truly is attached to d.
func (w *walker) entriesOf(d digest.Digest, m document, listed []digest.Digest, api bool) {
	var fallback []digest.Digest
	index, ok := w.manifest(fixture.FallbackTag(d))
	if ok && index.digest != d && index.mediaType == ocispec.MediaTypeImageIndex {
		for _, entry := range index.Manifests {
			fallback = append(fallback, entry.Digest)
			w.describes(d, entry)
		}
	}
	isChild := func(x digest.Digest) bool {
		return slices.ContainsFunc(m.Manifests, func(c ocispec.Descriptor) bool { return c.Digest == x })
	}
	for _, x := range append(slices.Clone(listed), fallback...) {
		r, ok := w.manifest(x.String())
		named := ok && r.Subject != nil && r.Subject.Digest == d
		only := ok && r.Subject == nil && slices.Contains(fallback, x) && !isChild(x)
		if !named && !only {
			continue
		}
		w.links[fmt.Sprintf("%s <- %s", d, x)] = true
		if named && api && !slices.Contains(listed, x) || (only || !api) && !slices.Contains(fallback, x) {
			w.hidden = append(w.hidden, fmt.Sprintf("%s <- %s", d, x))
		}
		w.visit(x)
	}
}

// describes holds an entry of a fallback tag against its manifest.
func (w *walker) describes(subject digest.Digest, entry ocispec.Descriptor) {
	m, ok := w.manifest(entry.Digest.String())
	artifactType := m.ArtifactType
	if artifactType == "" && m.Config != nil {
		artifactType = m.Config.MediaType
	}
	if ok && (entry.MediaType != m.mediaType || entry.ArtifactType != artifactType) {
		w.wrong[fmt.Sprintf("%s <- %s", subject, entry.Digest)] = entry.ArtifactType
	}
}

// suffixTags takes what is attached to d by the name of a tag.
func (w *walker) suffixTags(d digest.Digest) {
	for _, folder := range w.names {
		prefix, rest, ok := strings.Cut(folder, fixture.FallbackTag(d))
		if !ok || prefix+rest == "" {
			continue
		}
		m, ok := w.manifest(folder)
		if !ok {
			continue
		}
		w.records[folder], w.types[m.digest] = m.digest, m.mediaType
		if !isList(folder, m) {
			w.links[folder+" <- "+m.digest.String()] = true
		}
		for _, layer := range m.Layers {
			if isList(folder, m) {
				w.entries[folder+" "+string(layer)]++
			}
		}
		w.visit(m.digest)
	}
}

// isList reports the records that grow entry by entry.
func isList(folder string, m document) bool {
	return (strings.HasSuffix(folder, ".sig") || strings.HasSuffix(folder, ".att")) && len(m.Manifests) == 0
}
