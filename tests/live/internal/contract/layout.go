package contract

import (
	"context"
	"net/http"
)

func layoutStatements() []Statement {
	return []Statement{
		{
			ID: "layout-image", Section: "2.1", Confidence: ClientCode, Knob: "PutLeavesBlobs=false",
			Text:   "A pushed tag is the folder <image>/<tag>/ with manifest.json and a file sha256__<hex> for config and each layer.",
			Relied: "Copies by path, sizes, and the check that every blob is there.", Check: layoutOfImage,
		},
		{
			ID: "layout-index", Section: "2.1", Confidence: ClientCode,
			Text:   "A pushed index is the file list.manifest.json of its tag folder, and its children are in folders sha256:<hex>.",
			Relied: "Finding what is an index by file names in an audit.", Check: layoutOfIndex,
		},
		{
			ID: "layout-fallback-tag", Section: "2.5", Confidence: Inferred,
			Text:   "An index pushed as sha256-<hex> is the folder of that name with a list.manifest.json.",
			Relied: "Fallback tags are seen in the folders of the image.", Check: layoutOfFallback,
		},
		{
			ID: "layout-both-files", Section: "2.1", Confidence: Documented, Knob: "StrictTagOverwrite=false",
			Text:   "A single image pushed over an index leaves list.manifest.json in the folder, and the index is served.",
			Relied: "After its own push the plugin reads the tag back, and deletes the other file where it is served still.", Check: layoutOfBoth,
		},
	}
}

// files checks that all these files are there, and gives the verdict.
func (t *Trial) files(ctx context.Context, paths ...string) Verdict {
	for _, path := range paths {
		if there, a := t.exists(ctx, path); !there {
			return t.verdict(false, "", other{found: "a file is not there"}, a)
		}
	}
	return t.verdict(true, "all files are there", other{})
}

func layoutOfImage(ctx context.Context, t *Trial) Verdict {
	img := t.pushed(ctx)
	folder := t.source() + "/" + t.Image + "/1.0/"
	v := t.files(ctx, folder+"manifest.json", folder+blobFile(img.blobs[0]), folder+blobFile(img.blobs[1]))
	if v.Outcome == Refuted {
		v.Knob = "PutLeavesBlobs=true"
	}
	return v
}

func layoutOfIndex(ctx context.Context, t *Trial) Verdict {
	first, second := t.image("amd64"), t.image("arm64")
	t.pushIndex(ctx, t.source(), t.Image, "1.0", first, second)
	image := t.source() + "/" + t.Image + "/"
	return t.files(ctx, image+"1.0/list.manifest.json", image+first.digest()+"/manifest.json",
		image+second.digest()+"/"+blobFile(second.blobs[1]))
}

func layoutOfFallback(ctx context.Context, t *Trial) Verdict {
	img := t.pushed(ctx)
	t.pushIndex(ctx, t.source(), t.Image, "sha256-"+img.hex(), t.image("listed"))
	return t.files(ctx, t.source()+"/"+t.Image+"/sha256-"+img.hex()+"/list.manifest.json")
}

func layoutOfBoth(ctx context.Context, t *Trial) Verdict {
	list := t.pushIndex(ctx, t.source(), t.Image, "1.0", t.image("amd64"), t.image("arm64"))
	t.push(ctx, t.source(), t.Image, "1.0", t.image("single"))
	served, a := t.shows(ctx, t.source(), t.Image, "1.0", list)
	t.need(a, "asking for the tag", http.StatusOK)
	there, b := t.exists(ctx, t.source()+"/"+t.Image+"/1.0/list.manifest.json")
	return t.verdict(there && served, "both files are there, and the index is served",
		other{"the single image is served, or the other file is gone", "StrictTagOverwrite=true"}, a, b)
}
