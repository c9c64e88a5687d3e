package outlook

import (
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/policy"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// view is what is attached to the image itself, sorted by where verifiers look. What is kept in other places they find
// only when they are told of them, which is not assumed.
type view struct {
	Input
	own []policy.Evidence
}

func newView(in Input) *view {
	v := &view{Input: in}
	for _, e := range in.Verdict.Evidence {
		if e.Subject == in.Graph.Root && e.Attachment.Home == in.Graph.Image {
			v.own = append(v.own, e)
		}
	}
	return v
}

// tagged returns the entries behind cosign's .sig or .att tag, the one with the prefix if verifiers have one.
func (v *view) tagged(suffix string) []policy.Evidence {
	return v.where(func(e policy.Evidence) bool {
		t, ok := reference.ParseSuffixTag(e.Attachment.Tag)
		return ok && e.Attachment.Storage == attachment.SuffixTag && t.Suffix == suffix && t.Prefix == v.Prefix
	})
}

// listed returns the referrers that clients see: those that the referrers API lists where there is one, else those of
// the fallback tag.
func (v *view) listed(format policy.Format) []policy.Evidence {
	return v.where(func(e policy.Evidence) bool {
		if e.Format != format || e.Attachment.Storage == attachment.SuffixTag {
			return false
		}
		return !v.Graph.API || e.Attachment.Storage == attachment.Referrer
	})
}

// bundles returns the bundles that cosign takes for such.
func (v *view) bundles() []policy.Evidence {
	return slices.DeleteFunc(v.listed(policy.FormatBundle), func(e policy.Evidence) bool { return e.Problem != "" })
}

func (v *view) where(keep func(policy.Evidence) bool) []policy.Evidence {
	return slices.DeleteFunc(slices.Clone(v.own), func(e policy.Evidence) bool { return !keep(e) })
}

// typed leaves out what clients do not see that filter a list by the type in its entries. A referrers API computes the
// type from the manifest; in a fallback tag it is what the tool wrote that keeps it, and cosign 2.6 writes a wrong one
// for bundles.
func (v *view) typed(found []policy.Evidence, wanted func(artifactType string) bool) []policy.Evidence {
	return slices.DeleteFunc(slices.Clone(found), func(e policy.Evidence) bool {
		if v.Graph.API {
			return !wanted(e.Attachment.Manifest.ArtifactType())
		}
		return !wanted(v.entryType(e.Attachment.Manifest.Digest))
	})
}

func (v *view) entryType(d digest.Digest) string {
	for _, entry := range v.Graph.Fallback(v.Graph.Image, v.Graph.Root).Content.Manifests {
		if entry.Digest == d {
			return entry.ArtifactType
		}
	}
	return ""
}

// by returns those that are somebody's.
func by(found []policy.Evidence, q question) []policy.Evidence {
	return slices.DeleteFunc(slices.Clone(found), func(e policy.Evidence) bool {
		return !slices.ContainsFunc(e.Checks, func(c policy.Check) bool { return c.Question == q.asked && c.Verified })
	})
}

// ofType returns the attestations of a type; signatures for "".
func ofType(found []policy.Evidence, predicateType string) []policy.Evidence {
	return slices.DeleteFunc(slices.Clone(found), func(e policy.Evidence) bool { return e.PredicateType != predicateType })
}

// references returns the names that images had when they were signed, each once.
func references(found []policy.Evidence) string {
	var names []string
	for _, e := range found {
		if e.Reference != "" && !slices.Contains(names, e.Reference) {
			names = append(names, e.Reference)
		}
	}
	return strings.Join(names, ", ")
}
