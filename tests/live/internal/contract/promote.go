package contract

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/signed-promote/signed-promote/tests/live/internal/client"
)

func promoteStatements() []Statement {
	return []Statement{
		{
			ID: "promote-no-signature-tags", Section: "1.7", Confidence: UserReport,
			Text:   "Promoting a tag leaves the tags sha256-<hex>.sig of the image behind.",
			Relied: "The reason for this plugin. It copies them itself, before the image.", Check: leavesSignatureTags,
		},
		{
			ID: "promote-no-referrers", Section: "3", Confidence: Undetermined, Knob: "PromoteCarriesReferrers=false",
			Text:   "Promoting a tag leaves the manifests behind that refer to it by their subject.",
			Relied: "Nothing: referrers are pushed to the target before the promotion, and those that are there already are left.", Check: leavesReferrers,
		},
		{
			ID: "promote-answer", Section: "1.2, 1.3", Confidence: UserReport, Knob: "PromoteBody=PromoteText, PromoteRefusesOCI=false",
			Text:   "A promotion of one tag answers 200 with one line of text.",
			Relied: "The status alone. A 400 makes the plugin assemble the image by the registry API.", Check: promoteAnswers,
		},
		{
			ID: "promote-children", Section: "1.5", Confidence: Inferred,
			Text:   "Promoting an index takes its children along, into folders sha256:<hex> of the target.",
			Relied: "The image is not copied child by child; every child is read back from the registry.", Check: promotesChildren,
		},
		{
			ID: "promote-listed-is-served", Section: "1.5, 4.3", Confidence: Inferred,
			Text:   "After the promotion of an index its children are in the file list of the target image, and those that it shows are served.",
			Relied: "One file list proves that the children arrived. What it does not show is read one by one.", Check: promoteListedIsServed,
		},
		{
			ID: "promote-no-arch-tags", Section: "1.5", Confidence: Documented, Knob: "PromoteArchTags=false",
			Text:   "Children that are tags at the source get no tags <tag>-<os>-<arch> at the target (since 7.111).",
			Relied: "Nothing: such tags are neither used nor removed.", Check: noArchTags,
		},
		{
			ID: "promote-properties", Section: "1.6", Confidence: Inferred,
			Text:   "After a promotion under another name and tag, docker.manifest and docker.repoName of the target are the new ones.",
			Relied: "The plugin does not set them after a promotion.", Check: promoteRenames,
		},
		{
			ID: "promote-custom-properties", Section: "1.6", Confidence: Inferred,
			Text:   "A promotion carries properties that somebody set on the manifest.",
			Relied: "The way over a staging tag carries them itself; the plain promotion relies on the server.", Check: promoteCarriesProperties,
		},
		{
			ID: "promote-missing-source", Section: "1.3", Confidence: UserReport,
			Text:   "Promoting a tag that is not there is answered 404.",
			Relied: "After a refused promotion the plugin looks at both tags, whatever the status.", Check: promoteMissing,
		},
		{
			ID: "promote-missing-target", Section: "1.3", Confidence: Undetermined,
			Text:   "Promoting into a repository that does not exist is a 4xx.",
			Relied: "Any 4xx fails the image.", Check: promoteNowhere,
		},
	}
}

func leavesSignatureTags(ctx context.Context, t *Trial) Verdict {
	img := t.pushed(ctx)
	tag := "sha256-" + img.hex() + ".sig"
	t.push(ctx, t.source(), t.Image, tag, t.image("signature"))
	t.promoted(ctx)
	there, a := t.exists(ctx, t.target()+"/"+t.Image+"/"+tag)
	return t.verdict(!there, "the .sig tag is not at the target", other{found: "the .sig tag came along"}, a)
}

func leavesReferrers(ctx context.Context, t *Trial) Verdict {
	ref := t.referrer("signature", t.pushed(ctx))
	t.push(ctx, t.source(), t.Image, ref.digest(), ref)
	t.promoted(ctx)
	a := t.manifest(ctx, t.target(), t.Image, ref.digest())
	t.need(a, "looking for the referrer", http.StatusOK, http.StatusNotFound)
	return t.verdict(a.Status == http.StatusNotFound, "the referrer is not at the target",
		other{"the referrer came along", "PromoteCarriesReferrers=true"}, a)
}

func promoteAnswers(ctx context.Context, t *Trial) Verdict {
	t.pushed(ctx)
	a := t.promote(ctx, t.toTarget("1.0"))
	text := strings.TrimSpace(string(a.Body))
	switch {
	case a.Status == http.StatusBadRequest:
		return t.verdict(false, "", other{
			"a promotion of one tag is refused with 400 in this type of repository",
			"PromoteRefusesOCI=true",
		}, a)
	case a.Status != http.StatusOK:
		return t.verdict(false, "", other{found: status(a)}, a)
	case text == "":
		return t.verdict(false, "", other{"200 without a body", "PromoteBody=PromoteEmpty"}, a)
	case strings.HasPrefix(text, "{"):
		return t.verdict(false, "", other{"200 with a JSON body", "PromoteBody=PromoteJSON"}, a)
	}
	return t.verdict(!strings.Contains(text, "\n"), "200 with one line", other{found: "200 with several lines"}, a)
}

func promotesChildren(ctx context.Context, t *Trial) Verdict {
	first, second := t.image("amd64"), t.image("arm64")
	t.pushIndex(ctx, t.source(), t.Image, "1.0", first, second)
	t.promoted(ctx)
	for _, child := range []content{first, second} {
		if there, a := t.exists(ctx, t.target()+"/"+t.Image+"/"+child.digest()+"/manifest.json"); !there {
			served, b := t.shows(ctx, t.target(), t.Image, child.digest(), child)
			found := "no child is in a folder sha256:<hex>, and the registry does not serve it"
			if served {
				found = "a child is not in a folder sha256:<hex>, but the registry serves it"
			}
			return t.verdict(false, "", other{found: found}, a, b)
		}
	}
	return t.verdict(true, "both children are in folders sha256:<hex>", other{})
}

func promoteListedIsServed(ctx context.Context, t *Trial) Verdict {
	child := t.image("amd64")
	t.pushIndex(ctx, t.source(), t.Image, "1.0", child, t.image("arm64"))
	t.promoted(ctx)
	sums, a := t.list(ctx, t.target())
	served, b := t.shows(ctx, t.target(), t.Image, child.digest(), child)
	listed := sums["/"+child.digest()+"/manifest.json"] == child.hex()
	return t.verdict(listed && served, "the child is listed and served",
		other{found: fmt.Sprintf("listed: %t, served: %t", listed, served)}, a, b)
}

func noArchTags(ctx context.Context, t *Trial) Verdict {
	first, second := t.image("amd64"), t.image("arm64")
	t.push(ctx, t.source(), t.Image, "build-amd64", first)
	t.push(ctx, t.source(), t.Image, "build-arm64", second)
	t.push(ctx, t.source(), t.Image, "1.0", index(first, second))
	t.promoted(ctx)
	there, a := t.exists(ctx, t.target()+"/"+t.Image+"/1.0-linux-amd64")
	return t.verdict(!there, "no tag for a platform appears", other{
		"a tag <tag>-<os>-<arch> appears",
		"PromoteArchTags=true",
	}, a)
}

func promoteRenames(ctx context.Context, t *Trial) Verdict {
	t.pushed(ctx)
	p := t.toTarget("1.0")
	p["targetDockerRepository"], p["targetTag"] = t.Image+"/renamed", "2.0"
	t.need(t.promote(ctx, p), "promoting under another name", http.StatusOK)
	set, a := t.properties(ctx, t.target()+"/"+t.Image+"/renamed/2.0/manifest.json")
	return t.verdict(set.has("docker.manifest", "2.0") && set.has("docker.repoName", t.Image+"/renamed"),
		"both properties have the new values", other{found: "a property has another value"}, a)
}

func promoteCarriesProperties(ctx context.Context, t *Trial) Verdict {
	t.pushed(ctx)
	t.setProperties(ctx, t.source()+"/"+t.Image+"/1.0/manifest.json", "made.by=somebody")
	t.promoted(ctx)
	set, a := t.properties(ctx, t.target()+"/"+t.Image+"/1.0/manifest.json")
	return t.verdict(set.has("made.by", "somebody"), "the property is at the target",
		other{found: "the property is not at the target"}, a)
}

func promoteMissing(ctx context.Context, t *Trial) Verdict {
	t.pushed(ctx)
	a := t.promote(ctx, t.toTarget("absent"))
	return t.verdict(a.Status == http.StatusNotFound, "404", other{found: status(a)}, a)
}

func promoteNowhere(ctx context.Context, t *Trial) Verdict {
	t.pushed(ctx)
	p := t.toTarget("1.0")
	p["targetRepo"] = t.target() + "-absent"
	a := t.promote(ctx, p)
	return t.verdict(isClientError(a), status(a), other{found: status(a)}, a)
}

func isClientError(a *client.Answer) bool { return a.Status >= 400 && a.Status < 500 }

func sameBytes(a *client.Answer, c content) bool { return bytes.Equal(a.Body, c.raw) }
