package inventory

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/tests/fixture"
)

const (
	signing    = "https://sigstore.dev/cosign/sign/v1"
	provenance = "https://slsa.dev/provenance/v1"
)

// world fills the double with random images: every layout of images and attachments, in production, at the source, in
// both, or damaged.
type world struct {
	*rand.Rand
	server *artifactory.Server
	images *fixture.Fixture
	// whole leaves damage out.
	whole bool
	// alone keeps everything in production.
	alone bool
	// mirrored has images under tags that look like attachments, as mirrors and imgpkg name them.
	mirrored bool
	// misplaced has something else under the tags of signatures.
	misplaced bool
	count     int
}

func newWorld(s *artifactory.Server, seed uint64) *world {
	return &world{Rand: rand.New(rand.NewPCG(seed, 1)), server: s, images: fixture.New(s)}
}

// fill stores so many tags, about 8 on an image path.
func (w *world) fill(tags int) {
	for path := 0; w.count < tags; path++ {
		name := fmt.Sprintf("team-%d/app-%d", path%7, path)
		if path%11 == 0 {
			name = fmt.Sprintf("team-%d", path%7) // other images are nested below it
		}
		for range 1 + w.IntN(15) {
			w.count++
			w.tag(name, fmt.Sprintf("v%d", w.count))
		}
	}
}

// tag stores an image in production, and what is attached to it there or elsewhere.
func (w *world) tag(name, tag string) {
	here := w.images.Image(prod, name)
	if w.IntN(5) == 0 {
		here = here.Docker()
	}
	digests := w.image(here, tag)
	there := w.source(here, tag, digests)
	for _, d := range digests {
		if d == digests[0] || w.IntN(4) == 0 {
			w.attach(here, there, d)
		}
	}
	if w.IntN(25) == 0 {
		here.Again("also-"+tag, digests[0])
	}
	if w.mirrored && w.IntN(4) == 0 {
		upstream := digest.FromString("upstream of " + tag).Encoded()
		names := []string{"sha256-" + upstream, "sha256-" + upstream + ".amd64", "mirror-sha256-" + upstream, "sha256-" +
			digests[0].Encoded() + ".imgpkg"}
		here.Again(names[w.IntN(len(names))], digests[0])
	}
	w.damage(here, tag, digests)
}

// image stores one in a random layout, and gives its digests, the root first.
func (w *world) image(i fixture.Image, tag string) []digest.Digest {
	content := i.Name + tag
	switch w.IntN(8) {
	case 0, 1, 2:
		return []digest.Digest{i.Single(tag, content)}
	case 3:
		return []digest.Digest{i.Odd(tag, content)}
	case 4:
		b := i.BuildKit(tag, content, w.IntN(2) == 0, "linux/amd64", "linux/arm64")
		return append([]digest.Digest{b.Digest}, b.Children...)
	case 5:
		inner := i.Platforms("", content, "linux/amd64", "linux/arm/v7")
		outer := i.Join(tag, inner.Digest, i.Single("", content+"single"))
		return append(append([]digest.Digest{outer.Digest}, outer.Children...), inner.Children...)
	default:
		p := i.Platforms(tag, content, "linux/amd64", "linux/arm64")
		return append([]digest.Digest{p.Digest}, p.Children...)
	}
}

// source names where copies of attachments are: the same path in one of two repositories, or another path. The image is
// there too, or was moved away.
func (w *world) source(here fixture.Image, tag string, digests []digest.Digest) fixture.Image {
	if w.alone {
		return here
	}
	there := w.images.Image([]string{dev, old}[w.IntN(2)], here.Name)
	there.Types = here.Types
	if w.IntN(4) == 0 {
		there.Name = "builds/" + here.Name
	}
	if w.IntN(2) == 0 {
		for _, d := range digests[1:] {
			there.Again(d.String(), d)
		}
		there.Again(tag, digests[0])
	}
	return there
}

// attach hangs something random on a digest, here, there, or on both sides, and sometimes something on that.
func (w *world) attach(here, there fixture.Image, d digest.Digest) {
	for range []int{0, 1, 1, 1, 1, 2, 3}[w.IntN(7)] {
		kind, key := w.IntN(16), fmt.Sprint("key-", w.IntN(3))
		where := w.IntN(10)
		if where < 7 {
			on := w.hang(here, d, kind, key)
			if on != "" && w.IntN(4) == 0 {
				w.hang(here, on, w.IntN(3), "second")
			}
		}
		if where > 5 {
			w.hang(there, d, kind, key)
		}
	}
}

// hang returns the digest of what it hung up.
func (w *world) hang(i fixture.Image, d digest.Digest, kind int, key string) digest.Digest {
	switch kind {
	case 0, 1:
		return i.Sign(d, key)
	case 2, 3:
		return i.Bundle(d, signing, key)
	case 4:
		return i.Bundle(d, provenance, key)
	case 5:
		return i.Attest(d, provenance)
	case 6:
		return i.SBOM(d, "spdx "+key)
	case 7:
		return i.Notation(d, key)
	case 8:
		return i.Subjectless(d, key)
	case 9:
		b := i.Bundle(d, signing, key)
		i.FallbackBy([]fixture.Writer{fixture.ByOras, fixture.ByCosign26, fixture.ByCosign31}[w.IntN(3)], d, b)
		return b
	case 10:
		return i.Attach(d, fixture.Artifact{
			Type: "application/vnd.dev.cosign.artifact.sig.v1+json", ConfigType: "application/vnd.dev.cosign.artifact.sig.v1+json",
			LayerType: "application/vnd.dev.cosign.simplesigning.v1+json", Contents: []string{key},
		})
	case 11:
		return i.Attach(d, fixture.Artifact{
			Type: "application/spdx+json", Inline: true, LayerType: "application/spdx+json",
			Contents: []string{key},
		})
	case 12:
		return i.OCIArtifact(d, "application/vnd.cncf.notary.signature", key)
	case 13:
		return i.IndexReferrer(d, "application/vnd.example.index", i.Single("", "part of "+d.String()))
	case 14:
		i.SignPrefixed("qa-", d, key)
		return ""
	default:
		w.noSignature(i, d)
		return ""
	}
}

// noSignature puts something else under the tag of a signature.
func (w *world) noSignature(i fixture.Image, d digest.Digest) {
	const payload = "application/vnd.dev.cosign.simplesigning.v1+json"
	switch what := w.IntN(4); {
	case what == 0, !w.misplaced:
		i.Record(d, "sig") // without a single entry
	case what == 1:
		i.Record(d, "sig", fixture.Entry{MediaType: payload, Content: "a payload without a signature"})
	case what == 2:
		i.Record(d, "sig", fixture.Entry{MediaType: "text/spdx+json", Content: "an SBOM"})
	default:
		i.Again(fixture.SuffixTag("", d, "sig"), i.Single("", "an image where a signature belongs, "+d.String()))
	}
}

// damage breaks something now and then.
func (w *world) damage(i fixture.Image, tag string, digests []digest.Digest) {
	if w.whole || w.IntN(8) > 0 {
		return
	}
	root := digests[0]
	switch w.IntN(6) {
	case 0: // a signature that lost its payloads
		i.Sign(root, "lost")
		w.withoutBlobs(i, fixture.SuffixTag("", root, "sig"))
	case 1: // a fallback tag that lists what is not there
		b := i.Bundle(root, signing, "gone "+tag)
		i.Fallback(root, b)
		w.server.DeleteTag(i.Repo, i.Name, b.String())
	case 2: // a referrer that came by a copy, so that no list knows it
		Unlisted(w.server, w.images, i, root, tag)
	case 3: // a platform that is gone
		if len(digests) > 1 {
			w.server.DeleteTag(i.Repo, i.Name, digests[1].String())
		}
	case 4: // what `cosign copy` leaves
		i.Again(fixture.FallbackTag(root), root)
	default: // the folder of a signature without its manifest
		i.Sign(root, "cut off")
		w.server.DeletePath(i.Repo, i.Name+"/"+fixture.SuffixTag("", root, "sig")+"/manifest.json")
	}
}

// unlisted stores a referrer as a copy by path leaves it: no list of the registry knows it.
func Unlisted(s *artifactory.Server, f *fixture.Fixture, i fixture.Image, subject digest.Digest,
	key string,
) digest.Digest {
	other := f.Image(old, "copied/"+i.Name)
	b := other.Bundle(subject, signing, "unlisted "+key)
	m, _ := f.Manifest(b)
	s.PutFile(i.Repo, i.Name+"/"+b.String()+"/manifest.json", m.Raw, nil)
	for _, blob := range append(m.Layers, *m.Config) {
		content, _ := s.Content(blob.Digest.Encoded())
		s.PutFile(i.Repo, i.Name+"/"+b.String()+"/sha256__"+blob.Digest.Encoded(), content, nil)
	}
	s.DeletePath(old, "copied/"+i.Name)
	return b
}

func (w *world) withoutBlobs(i fixture.Image, folder string) {
	for file := range w.server.Snapshot() {
		if strings.HasPrefix(file, i.String()+"/"+folder+"/sha256__") {
			w.server.DeletePath(i.Repo, strings.TrimPrefix(file, i.Repo+"/"))
		}
	}
}
