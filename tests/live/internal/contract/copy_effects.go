package contract

import (
	"context"
	"fmt"
	"net/http"

	"github.com/signed-promote/signed-promote/tests/live/internal/client"
)

func copyEffectStatements() []Statement {
	return []Statement{
		{
			ID: "copy-is-pullable", Section: "5.7", Confidence: UserReport,
			Text:   "A tag folder copied by its path is served by the registry API at once, with the same digest.",
			Relied: "Suffix tags (.sig, .att, .sbom) travel this way; each is read back from the registry.", Check: copyIsPullable,
		},
		{
			ID: "copy-listed-is-served", Section: "4.3, 5.7", Confidence: Inferred,
			Text:   "Tags that came by path are in the file list of the image at once, and those that it shows are served by the registry API.",
			Relied: "One file list proves several records that were copied. What it does not show is read one by one.", Check: copyListedIsServed,
		},
		{
			ID: "copy-stale-properties", Section: "2.7, 5.7", Confidence: ClientCode,
			Text:   "A copy under another image name keeps docker.repoName as it was.",
			Relied: "The plugin sets it after copying to another image.", Check: copyKeepsRepoName,
		},
		{
			ID: "copy-carries-properties", Section: "5.6", Confidence: ServerSource,
			Text:   "A copy carries the properties of the file.",
			Relied: "Properties of suffix tags are not copied one by one.", Check: copyCarriesProperties,
		},
		{
			ID: "copy-carries-dates", Section: "5.6", Confidence: ServerSource,
			Text:   "A copy keeps the date of creation.",
			Relied: "The documentation warns of clean-up by age at the target.", Check: copyCarriesDates,
		},
		{
			ID: "copy-links-blobs", Section: "7.3", Confidence: Inferred,
			Text:   "A blob copied by its path beside a manifest to come is found when that manifest is pushed.",
			Relied: "Where a checksum deploy is refused, an image that is assembled gets its blobs this way.", Check: copyLinksBlobs,
		},
		{
			ID: "copy-shows-in-tags", Section: "5.7, 7.5", Confidence: Inferred,
			Text:   "A tag that came by path is in tags/list.",
			Relied: "Nothing: tags are read from folders, and confirmed one by one.", Check: copyShowsInTags,
		},
	}
}

// copied copies the check's tag into the same image of the target.
func (t *Trial) copied(ctx context.Context) content {
	img := t.pushed(ctx)
	t.need(t.copy(ctx, t.source()+"/"+t.Image+"/1.0", t.target()+"/"+t.Image+"/1.0"), "copying a tag", http.StatusOK)
	return img
}

func copyIsPullable(ctx context.Context, t *Trial) Verdict {
	img := t.copied(ctx)
	there, a := t.shows(ctx, t.target(), t.Image, "1.0", img)
	return t.verdict(there, "the tag has the digest", other{found: "the tag is not served with this digest"}, a)
}

func copyListedIsServed(ctx context.Context, t *Trial) Verdict {
	img := t.copied(ctx)
	sums, a := t.list(ctx, t.target())
	served, b := t.shows(ctx, t.target(), t.Image, "1.0", img)
	listed := sums["/1.0/manifest.json"] == img.hex()
	return t.verdict(listed && served, "the tag is listed and served",
		other{found: fmt.Sprintf("listed: %t, served: %t", listed, served)}, a, b)
}

func copyKeepsRepoName(ctx context.Context, t *Trial) Verdict {
	t.pushed(ctx)
	to := t.target() + "/" + t.Image + "/other/1.0"
	t.need(t.copy(ctx, t.source()+"/"+t.Image+"/1.0", to), "copying a tag", http.StatusOK)
	set, a := t.properties(ctx, to+"/manifest.json")
	return t.verdict(set.has("docker.repoName", t.Image), "the property has the old name",
		other{found: "the property does not have the old name"}, a)
}

func copyCarriesProperties(ctx context.Context, t *Trial) Verdict {
	from, to := t.source()+"/"+t.Image+"/file", t.target()+"/"+t.Image+"/file"
	t.deploy(ctx, from, t.blob("file"))
	t.setProperties(ctx, from, "made.by=somebody")
	t.need(t.copy(ctx, from, to), "copying a file", http.StatusOK)
	set, a := t.properties(ctx, to)
	return t.verdict(set.has("made.by", "somebody"), "the property is at the target",
		other{found: "the property is not at the target"}, a)
}

func copyCarriesDates(ctx context.Context, t *Trial) Verdict {
	t.copied(ctx)
	file := "/" + t.Image + "/1.0/manifest.json"
	var before, after struct {
		Created string `json:"created"`
	}
	a := t.need(t.info(ctx, t.source()+file), "File Info", http.StatusOK)
	b := t.need(t.info(ctx, t.target()+file), "File Info", http.StatusOK)
	read := a.JSON(&before) && b.JSON(&after) && before.Created != ""
	return t.verdict(read && before.Created == after.Created, "both dates are the same",
		other{found: "the dates differ, or cannot be read"}, a, b)
}

// copyLinksBlobs puts blobs into the folder of the digest that is pushed then.
func copyLinksBlobs(ctx context.Context, t *Trial) Verdict {
	img := t.pushed(ctx)
	ref := t.referrer("signature", img)
	t.push(ctx, t.source(), t.Image, ref.digest(), ref)
	for _, blob := range ref.blobs {
		file := "/" + t.Image + "/" + ref.digest() + "/" + blobFile(blob)
		t.need(t.copy(ctx, t.source()+file, t.target()+file), "copying a blob", http.StatusOK)
	}
	a := t.put(ctx, t.target(), t.Image, ref.digest(), ref)
	return t.verdict(a.Status == http.StatusCreated, "the manifest is accepted", other{found: status(a)}, a)
}

func copyShowsInTags(ctx context.Context, t *Trial) Verdict {
	t.copied(ctx)
	return t.listed(ctx, t.target(), "1.0")
}

// deploy writes a file by its path.
func (t *Trial) deploy(ctx context.Context, path string, body []byte) {
	t.need(t.do(ctx, client.Request{Method: http.MethodPut, Path: path, Body: body}), "deploying a file",
		http.StatusCreated, http.StatusOK)
}
