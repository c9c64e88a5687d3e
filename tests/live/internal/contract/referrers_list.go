package contract

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/signed-promote/signed-promote/tests/live/internal/client"
)

func referrersListStatements() []Statement {
	return []Statement{
		{
			ID: "referrers-everywhere", Section: "3", Confidence: Undetermined, Knob: "ReferrersOffIn=none",
			Text:   "A second repository of the same type has a referrers API, too.",
			Relied: "Nothing: each side is asked, and the fallback tag serves the one that has none.", Check: referrersEverywhere,
		},
		{
			ID: "referrers-listed", Section: "3", Confidence: Documented, Knob: "ReferrersAPI=ReferrersOnPush",
			Text:   "There is a referrers API (since 7.90.1), and it lists a manifest that was pushed with a subject.",
			Relied: "Finding bundles, notation signatures and artifacts. A 404 means that only fallback tags count.", Check: referrersListed,
		},
		{
			ID: "referrers-of-nothing", Section: "3", Confidence: Inferred, Knob: "ReferrersStatus=0",
			Text:   "The referrers of a digest that has none are an empty list, answered 200.",
			Relied: "A 404 counts as a missing API, anything else stops the promotion.", Check: referrersOfNothing,
		},
		{
			ID: "referrers-artifact-type", Section: "3", Confidence: Inferred, Knob: "ReferrersConfigType=false",
			Text:   "An entry has the artifactType and the annotations of its manifest.",
			Relied: "Nothing: the manifests themselves are read.", Check: entryDescribes,
		},
		{
			ID: "referrers-media-type", Section: "3", Confidence: Inferred, Knob: "ReferrersCharset=false",
			Text:   "The list has the media type of an OCI index, without a parameter.",
			Relied: "Parameters are ignored; some other clients fail on them.", Check: listMediaType,
		},
		{
			ID: "referrers-filter", Section: "3", Confidence: Inferred, Knob: "ReferrersNoFilter=false",
			Text:   "artifactType in the query filters the list, and the answer says so by OCI-Filters-Applied.",
			Relied: "Nothing: the plugin asks for everything.", Check: listFilters,
		},
		{
			ID: "referrers-one-page", Section: "3", Confidence: Inferred, Knob: "ReferrersPageSize=0",
			Text:   "Three referrers are on one page, without Link.",
			Relied: "Links are followed.", Check: listOnePage,
		},
	}
}

func referrersListed(ctx context.Context, t *Trial) Verdict {
	img, ref, _ := t.attached(ctx)
	list, a := t.referrersOf(ctx, t.source(), img)
	if a.Status == http.StatusNotFound {
		return t.verdict(false, "", other{"there is no referrers API in this repository", "ReferrersAPI=ReferrersOff"}, a)
	}
	late := ""
	if !lists(list, ref) {
		if again, _ := t.eventually(ctx, t.source(), img, with(ref)); lists(again, ref) {
			late = " at once, but later"
		}
	}
	return t.verdict(lists(list, ref), "the referrer is listed", other{found: status(a) +
		", and the referrer is not listed" + late}, a)
}

func referrersOfNothing(ctx context.Context, t *Trial) Verdict {
	img, ref, _ := t.attached(ctx)
	list, a := t.referrersOf(ctx, t.source(), ref)
	_, some := t.referrersOf(ctx, t.source(), img)
	switch {
	case a.Status == http.StatusNotFound && some.Status == http.StatusNotFound:
		return t.noAPI("")
	case a.Status == http.StatusNotFound:
		return t.verdict(false, "", other{found: "404, although there is a referrers API"}, a, some)
	}
	return t.verdict(a.Status == http.StatusOK && len(list) == 0, "200 with an empty list",
		other{status(a), fmt.Sprintf("ReferrersStatus=%d", a.Status)}, a)
}

func entryDescribes(ctx context.Context, t *Trial) Verdict {
	img, ref, _ := t.attached(ctx)
	list, a := t.eventually(ctx, t.source(), img, with(ref))
	if !lists(list, ref) {
		return t.noList(a)
	}
	entry := list[0]
	switch {
	case entry.ArtifactType == configType:
		return t.verdict(false, "", other{"artifactType is the media type of the config", "ReferrersConfigType=true"}, a)
	case entry.ArtifactType != artifactType:
		return t.verdict(false, "", other{found: fmt.Sprintf("artifactType is %q", entry.ArtifactType)}, a)
	}
	return t.verdict(entry.Annotations["example.name"] == "signature",
		"artifactType and annotations are those of the manifest",
		other{found: "the annotations are missing"}, a)
}

// noList is the verdict where no list has the referrer.
func (t *Trial) noList(a *client.Answer) Verdict {
	if a.Status == http.StatusNotFound {
		return t.noAPI("")
	}
	if t.err != nil {
		return t.untestable(t.err.Error())
	}
	return t.untestable("the referrer is not listed")
}

func listMediaType(ctx context.Context, t *Trial) Verdict {
	img, _, _ := t.attached(ctx)
	_, a := t.referrersOf(ctx, t.source(), img)
	if a.Status == http.StatusNotFound {
		return t.noAPI("")
	}
	got := a.Header.Get("Content-Type")
	instead := other{found: fmt.Sprintf("the media type is %q", got)}
	if strings.HasPrefix(got, ocispec.MediaTypeImageIndex+";") {
		instead.knob = "ReferrersCharset=true"
	}
	return t.verdict(got == ocispec.MediaTypeImageIndex, "it is the media type of an OCI index", instead, a)
}

func listFilters(ctx context.Context, t *Trial) Verdict {
	img, ref, _ := t.attached(ctx)
	t.eventually(ctx, t.source(), img, with(ref))
	all, a := t.referrersOf(ctx, t.source(), img, artifactType)
	none, b := t.referrersOf(ctx, t.source(), img, "application/vnd.example.other")
	if !lists(all, ref) {
		return t.noList(a)
	}
	return t.verdict(len(none) == 0 && strings.Contains(b.Header.Get("OCI-Filters-Applied"), "artifactType"),
		"the list is filtered, and says so",
		other{"the list is not filtered, or does not say so", "ReferrersNoFilter=true"}, a, b)
}

func listOnePage(ctx context.Context, t *Trial) Verdict {
	img := t.pushed(ctx)
	for _, name := range []string{"first", "second", "third"} {
		ref := t.referrer(name, img)
		t.push(ctx, t.source(), t.Image, ref.digest(), ref)
	}
	list, a := t.eventually(ctx, t.source(), img, func(list []ocispec.Descriptor) bool { return len(list) == 3 })
	paged := a.Header.Get("Link") != ""
	if a.Status == http.StatusNotFound {
		return t.noAPI("")
	}
	if len(list) < 3 && !paged {
		return t.untestable(fmt.Sprintf("%d of 3 referrers are listed", len(list)))
	}
	return t.verdict(!paged && len(list) == 3, "all are on one page",
		other{fmt.Sprintf("%d are on the first page", len(list)), fmt.Sprintf("ReferrersPageSize=%d", len(list))}, a)
}

func referrersEverywhere(ctx context.Context, t *Trial) Verdict {
	img := t.image("image")
	t.push(ctx, t.target(), t.Image, "1.0", img)
	_, a := t.referrersOf(ctx, t.source(), img)
	_, b := t.referrersOf(ctx, t.target(), img)
	if a.Status == http.StatusNotFound {
		return t.noAPI("")
	}
	instead := other{found: status(b)}
	if b.Status == http.StatusNotFound {
		instead.knob = "ReferrersOffIn=the second repository"
	}
	return t.verdict(b.Status == http.StatusOK, "200", instead, a, b)
}
