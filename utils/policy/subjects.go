package policy

import (
	"fmt"
	"slices"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/signed-promote/signed-promote/utils/attachment"
)

// For returns the rules of all policies that are for an image, and an outcome for each strict policy that has none for
// it.
func For(policies []Policy, repo, image string, root digest.Digest) (rules []Rule, uncovered []Outcome) {
	for _, p := range policies {
		applying := p.Applies(repo, image)
		rules = append(rules, applying...)
		if p.Strict && len(applying) == 0 {
			uncovered = append(uncovered, Outcome{
				Rule: p.Origin, Subject: root, Requirement: "a policy for the image",
				Missing: fmt.Sprintf("no policy in %s is for %s/%s", p.Origin, repo, image),
			})
		}
	}
	return rules, uncovered
}

// Subjects returns the manifests whose signatures the rules ask for: the root, and where a rule says so those below it.
func Subjects(rules []Rule, g *attachment.Graph) []digest.Digest {
	subjects := []digest.Digest{g.Root}
	if slices.ContainsFunc(rules, func(r Rule) bool { return r.Children }) {
		subjects = append(subjects, Children(g)...)
	}
	return subjects
}

// Children returns the manifests below the root that are run: of every platform, and nested indexes. BuildKit's
// attestation manifests, which are listed as if they were platforms, are not among them. What an index names counts,
// whether it is there or not.
func Children(g *attachment.Graph) []digest.Digest {
	var children []digest.Digest
	for _, d := range g.ImageDigests() {
		for _, child := range g.Nodes[d].Content.Manifests {
			if !isAttestationManifest(child) && !slices.Contains(children, child.Digest) {
				children = append(children, child.Digest)
			}
		}
	}
	return children
}

func isAttestationManifest(d ocispec.Descriptor) bool {
	return d.Annotations["vnd.docker.reference.type"] == "attestation-manifest"
}
