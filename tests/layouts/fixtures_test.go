package layouts

import (
	"fmt"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/tests/fixture"
)

// laid reports what a fixture laid out.
type laid struct {
	root digest.Digest
	// stays are the source's folders that a move leaves besides those of the other image; a nil goes means all others
	// go.
	stays []string
	// goes, if not nil, are the only folders that a move takes away.
	goes []string
	// warns are parts of warnings that must be there.
	warns []string
	// late reports that the promotion itself undoes the listing of a referrer, which is done anew after it: one that is
	// a child too, at a server that lists what is pushed alone.
	late bool
}

// layoutCase is one fixture.
type layoutCase struct {
	name  string
	build func(s *stage) laid
	// few runs it with two kinds of servers only, since it is large.
	few bool
}

func sig(d digest.Digest) string { return fixture.SuffixTag("", d, "sig") }

// single builds a fixture that hangs things on a single-platform image.
func single(hang func(s *stage, root digest.Digest)) func(s *stage) laid {
	return func(s *stage) laid {
		root := s.app.Single(tag, "v1")
		hang(s, root)
		return laid{root: root}
	}
}

// docker builds the same with docker's media types.
func docker(build func(s *stage) laid) func(s *stage) laid {
	return func(s *stage) laid {
		s.app = s.app.Docker()
		return build(s)
	}
}

const (
	simpleSigning = "application/vnd.dev.cosign.simplesigning.v1+json"
	dsse          = "application/vnd.dsse.envelope.v1+json"
	slsa          = "https://slsa.dev/provenance/v1"
	pem           = "-----BEGIN CERTIFICATE-----\nMIIB<&>+/=\n-----END CERTIFICATE-----\n"
)

func suffixCases() []layoutCase {
	return []layoutCase{
		{name: "F1 one signature", build: single(func(s *stage, root digest.Digest) { s.app.Sign(root, "alice") })},
		{name: "F2 equal digests", build: single(func(s *stage, root digest.Digest) {
			s.app.Record(root, "sig", fixture.Entry{
				MediaType: simpleSigning, Content: "payload",
				Annotations: map[string]string{"key": "alice"},
			},
				fixture.Entry{MediaType: simpleSigning, Content: "payload", Annotations: map[string]string{"key": "bob"}},
				fixture.Entry{MediaType: simpleSigning, Content: "another payload", Annotations: map[string]string{"key": "bob"}})
		})},
		{name: "F3 keyless", build: single(func(s *stage, root digest.Digest) {
			s.app.Record(root, "sig", fixture.Entry{MediaType: simpleSigning, Content: "payload", Annotations: map[string]string{
				"dev.cosignproject.cosign/signature": "MEUC", "dev.sigstore.cosign/certificate": pem, "dev.sigstore.cosign/chain": pem + pem,
				"dev.sigstore.cosign/bundle":           `{"SignedEntryTimestamp":"MEQC","Payload":{"body":"e30=","logIndex":7}}`,
				"dev.sigstore.cosign/rfc3161timestamp": `{"SignedRFC3161Timestamp":"MIIC"}`,
			}})
		})},
		{name: "F4 docker types", build: docker(single(func(s *stage, root digest.Digest) {
			s.app.Sign(root, "alice", "bob")
			s.app.Attest(root, slsa)
		}))},
		{name: "F5 attestations", build: single(func(s *stage, root digest.Digest) {
			s.app.Record(root, "att", fixture.Entry{
				MediaType: dsse, Content: "slsa",
				Annotations: map[string]string{"predicateType": slsa},
			},
				fixture.Entry{
					MediaType: dsse, Content: "spdx",
					Annotations: map[string]string{"predicateType": "https://spdx.dev/Document"},
				},
				fixture.Entry{MediaType: dsse, Content: "attached by hand"})
		})},
		{name: "F6 signed SBOM", build: single(func(s *stage, root digest.Digest) {
			s.app.Sign(s.app.SBOM(root, "spdx"),
				"alice")
		})},
		{name: "F6 SBOM with a bundle", build: single(func(s *stage, root digest.Digest) {
			s.bundle(s.app,
				s.app.SBOM(root, "spdx"), "alice")
		})},
		{name: "F7 signature on a signature", build: single(func(s *stage,
			root digest.Digest,
		) {
			s.app.Sign(s.app.Sign(root, "alice"), "bob")
		})},
		{name: "F7 stale signature on a signature", build: stale},
		{name: "F8 prefixes and suffixes", build: single(func(s *stage, root digest.Digest) {
			s.app.Sign(root, "alice")
			s.app.SignPrefixed("pfx-", root, "bob")
			s.app.Suffixed("", root, "cosign", "old")
			s.app.Suffixed("", root, "custom", "new")
			s.app.Suffixed("only-", root, "", "prefix alone")
		})},
		{name: "F9 shared child", build: shared},
		{name: "index behind a suffix tag", build: single(func(s *stage, root digest.Digest) {
			list := s.app.Join(fixture.SuffixTag("", root, "nydus"), s.app.Odd("", "first"), s.app.Single("", "second"))
			s.app.Sign(list.Digest, "alice")
		})},
		{name: "F26 unsigned", build: single(func(*stage, digest.Digest) {})},
		{name: "F26 only children signed", build: func(s *stage) laid {
			index := s.app.Platforms(tag, "v1", "linux/amd64", "linux/arm64")
			s.app.Sign(index.Children[0], "alice")
			return laid{root: index.Digest, warns: []string{index.Children[1].String() + ", a child of", "is not signed"}}
		}},
		{name: "odd layers", build: docker(func(s *stage) laid {
			root := s.app.Odd(tag, "v1")
			s.app.Sign(root, "alice")
			return laid{root: root}
		})},
	}
}

func stale(s *stage) laid {
	root := s.app.Single(tag, "v1")
	first := s.app.Sign(root, "alice")
	s.app.Sign(first, "bob")
	s.app.Sign(root, "alice", "carol")
	return laid{root: root, stays: []string{sig(first)}}
}

func shared(s *stage) laid {
	index := s.app.Platforms(tag, "v1", "linux/amd64", "linux/arm64")
	second := s.app.Join("2.0", index.Children[0])
	for _, d := range append([]digest.Digest{index.Digest, second.Digest}, index.Children...) {
		s.app.Sign(d, "alice")
	}
	return laid{root: index.Digest, stays: []string{
		"2.0", sig(second.Digest), index.Children[0].String(),
		sig(index.Children[0]),
	}}
}

func referrerCases() []layoutCase {
	return []layoutCase{
		{name: "F10 bundles", build: single(bundles)},
		{name: "F11 bundles on bundles", build: single(func(s *stage, root digest.Digest) {
			first := s.bundle(s.app, root, "alice")
			second := s.bundle(s.app, first, "bob")
			about := s.app.Bundle(first, slsa, "bob")
			s.attached(s.app, first, about)
			s.app.Sign(second, "carol")
		})},
		{name: "F17 cosign's first referrers", build: single(func(s *stage, root digest.Digest) {
			for _, key := range []string{"alice", "bob"} {
				s.attached(s.app, root, s.app.Attach(root, fixture.Artifact{
					Type: "application/vnd.dev.cosign.artifact.sig.v1+json", ConfigType: "application/vnd.dev.cosign.artifact.sig.v1+json",
					LayerType: simpleSigning, Contents: []string{key},
				}))
			}
			s.attached(s.app, root, s.app.Attach(root, fixture.Artifact{
				ConfigType: "application/vnd.dev.cosign.artifact.sbom.v1+json", LayerType: "text/spdx+json", Contents: []string{"sbom"},
			}))
		})},
		{name: "F18 oras, regctl, index, artifact manifest", build: single(func(s *stage, root digest.Digest) {
			s.attached(s.app, root, s.app.Attach(root, fixture.Artifact{
				Type: "application/vnd.example.scan", Inline: true, LayerType: "text/plain", Contents: []string{
					"same",
					"same",
				}, Platform: "linux/amd64",
			}), s.app.Attach(root, fixture.Artifact{Type: "application/vnd.example.regctl", LayerType: "text/plain", Contents: []string{"regctl"}}),
				s.app.IndexReferrer(root, "application/vnd.example.soci", s.app.Odd("", "soci"), s.app.Single("", "nydus")),
				s.app.OCIArtifact(root, "application/vnd.example.old", "first", "second"))
		})},
		{name: "F19 BuildKit", build: func(s *stage) laid { return buildkit(s, false) }},
		{name: "F19 BuildKit with subjects", build: func(s *stage) laid { return buildkit(s, true) }},
		{name: "F23 masked", build: func(s *stage) laid {
			root := s.app.Single(tag, "v1")
			s.app.Sign(root, "alice")
			s.attached(s.app, root, s.app.Bundle(root, slsa, "bob"))
			return laid{root: root, warns: []string{"has a .sig and a sigstore bundle"}}
		}},
		{name: "F24 many", few: true, build: single(func(s *stage, root digest.Digest) {
			var all []digest.Digest
			for n := range 250 {
				all = append(all, s.app.Bundle(root, slsa, fmt.Sprint("key ", n)))
			}
			s.attached(s.app, root, all...)
			for n := range 120 {
				s.app.Suffixed("", root, fmt.Sprint("s", n), fmt.Sprint(n))
			}
			s.app.Sign(root, "alice")
		})},
	}
}

func bundles(s *stage, root digest.Digest) {
	s.bundle(s.app, root, "alice")
	s.bundle(s.app, root, "bob")
	s.attached(s.app, root, s.app.Bundle(root, slsa, "alice"), s.app.Bundle(root, "https://spdx.dev/Document", "alice"))
	const bundle = "application/vnd.dev.sigstore.bundle.v0.3+json"
	for _, second := range []string{"01", "02"} {
		s.attached(s.app, root, s.app.Attach(root, fixture.Artifact{
			Type: bundle, LayerType: bundle, Contents: []string{"signed twice"},
			Annotations: map[string]string{"org.opencontainers.image.created": "2026-11-23T10:00:" + second + "Z"},
		}))
	}
}

func buildkit(s *stage, asArtifact bool) laid {
	b := s.app.BuildKit(tag, "v1", asArtifact, "linux/amd64", "linux/arm64")
	for n, d := range b.Attestations {
		if asArtifact {
			s.attached(s.app, b.Children[2*n], d)
		}
		s.app.Sign(d, "alice")
		s.bundle(s.app, d, "alice")
	}
	s.app.Sign(b.Digest, "alice")
	return laid{root: b.Digest, late: asArtifact}
}

func fallbackCases() []layoutCase {
	all := make([]layoutCase, 0, 9)
	for by, writer := range map[string]fixture.Writer{
		"cosign 2.6": fixture.ByCosign26, "cosign 3.1": fixture.ByCosign31,
		"oras": fixture.ByOras,
	} {
		all = append(all, layoutCase{name: "F12 fallback tag by " + by, build: single(func(s *stage, root digest.Digest) {
			s.writer = writer
			s.fallback(s.app, root, s.app.Bundle(root, slsa, "alice"), s.app.NotationSignature(root, "alice", fixture.JWS),
				s.app.Attach(root, fixture.Artifact{
					Type: "application/vnd.example.scan", LayerType: "text/plain",
					Contents: []string{"scan"}, Inline: true,
				}))
		})})
	}
	return append(all,
		layoutCase{name: "F13 notation, lists differ", build: single(func(s *stage, root digest.Digest) {
			jws := s.app.NotationSignature(root, "alice", fixture.JWS)
			s.attached(s.app, root, jws)
			cose := s.app.NotationSignature(root, "alice", fixture.COSE)
			s.fallback(s.app, root, cose)
			s.unlist(s.app, cose)
		})},
		layoutCase{name: "F14 cosign copy of an image", build: func(s *stage) laid {
			root := s.app.Single(tag, "v1")
			s.app.Sign(root, "alice")
			s.app.Again(fixture.FallbackTag(root), root)
			return laid{root: root, goes: []string{tag}}
		}},
		layoutCase{name: "F14 cosign copy of an index", build: func(s *stage) laid {
			index := s.app.Platforms(tag, "v1", "linux/amd64", "linux/arm64")
			for _, d := range append(index.Children, index.Digest) {
				s.app.Sign(d, "alice")
				s.app.Again(fixture.FallbackTag(d), d)
			}
			return laid{root: index.Digest, goes: []string{tag}}
		}},
		layoutCase{name: "F14 platforms and a bundle in a fallback tag", build: func(s *stage) laid {
			index := s.app.Platforms(tag, "v1", "linux/amd64", "linux/arm64")
			s.fallback(s.app, index.Digest, append(index.Children, s.app.Bundle(index.Digest, slsa, "alice"))...)
			return laid{root: index.Digest, warns: []string{"does not name it as its subject"}}
		}},
		layoutCase{name: "F15 entry without subject", build: func(s *stage) laid {
			root := s.app.Single(tag, "v1")
			s.fallback(s.app, root, s.app.SubjectlessBundle("alice"), s.app.Bundle(root, slsa, "bob"))
			return laid{root: root}
		}},
		layoutCase{name: "F16 missing entry and foreign subject", build: func(s *stage) laid {
			root := s.app.Single(tag, "v1")
			foreign := s.app.Bundle(s.app.Single("other", "other"), slsa, "alice")
			s.fallback(s.app, root, digest.FromString("gone"), foreign, s.app.Bundle(root, slsa, "bob"))
			return laid{root: root, stays: []string{foreign.String()}, warns: []string{
				"is not there",
				"does not name it as its subject",
			}}
		}},
	)
}

// unlist takes a manifest out of the referrers index of an image, as a copy of its files does.
func (s *stage) unlist(image fixture.Image, d digest.Digest) {
	folder := image.Name + "/" + d.String()
	files := map[string][]byte{}
	for file := range s.folders(image)[d.String()] {
		files[file] = s.content(image.Repo + "/" + folder + "/" + file)
	}
	s.server.DeletePath(image.Repo, folder)
	for file, content := range files {
		s.server.PutFile(image.Repo, folder+"/"+file, content, nil)
	}
}
