package contract

import (
	"context"
	"net/http"
)

func promoteMoveStatements() []Statement {
	return []Statement{
		{
			ID: "promote-moves-by-default", Section: "1.1", Confidence: Documented,
			Text:   "A promotion without the field copy is a move.",
			Relied: "The plugin always sends copy=true, and deletes at the source itself, last.", Check: movesByDefault,
		},
		{
			ID: "promote-move-keeps-shared-children", Section: "1.5", Confidence: Undetermined, Knob: "PromoteMovesSharedChildren=false",
			Text:   "A moving promotion leaves children that another index of the source image lists.",
			Relied: "Nothing: the plugin's own moves never let the server move.", Check: keepsSharedChildren,
		},
		{
			ID: "promote-leaves-images-below", Section: "0, 2.1", Confidence: Undetermined, Knob: "PromoteTakesSubfolders=false",
			Text:   "Promoting a tag leaves an image behind whose path leads through the tag's folder.",
			Relied: "Nothing: whatever a promotion brings along, no delete takes what is in a folder below that of a tag.", Check: leavesImagesBelow,
		},
		{
			ID: "promote-copy-as-text", Section: "1.1", Confidence: UserReport,
			Text:   `A promotion with "copy":"true", a text, is a copy.`,
			Relied: "Nothing: the plugin sends a boolean.", Check: copyAsText,
		},
		{
			ID: "promote-empty-fields", Section: "1.1", Confidence: Inferred,
			Text:   "An empty targetTag or targetDockerRepository is as good as none.",
			Relied: "jf's client always sends them; promotions through it have to keep working.", Check: emptyFields,
		},
	}
}

func movesByDefault(ctx context.Context, t *Trial) Verdict {
	t.pushed(ctx)
	p := t.toTarget("1.0")
	delete(p, "copy")
	t.need(t.promote(ctx, p), "promoting without copy", http.StatusOK)
	there, a := t.exists(ctx, t.source()+"/"+t.Image+"/1.0/manifest.json")
	return t.verdict(!there, "the tag is gone from the source", other{found: "the tag is still at the source"}, a)
}

func keepsSharedChildren(ctx context.Context, t *Trial) Verdict {
	shared, own := t.image("shared"), t.image("own")
	t.pushIndex(ctx, t.source(), t.Image, "1.0", shared, own)
	t.pushIndex(ctx, t.source(), t.Image, "other", shared)
	p := t.toTarget("1.0")
	p["copy"] = false
	t.need(t.promote(ctx, p), "moving", http.StatusOK)
	a := t.manifest(ctx, t.source(), t.Image, shared.digest())
	t.need(a, "looking for the shared child", http.StatusOK, http.StatusNotFound)
	return t.verdict(a.Status == http.StatusOK, "the shared child is still at the source",
		other{"the shared child is gone from the source", "PromoteMovesSharedChildren=true"}, a)
}

func leavesImagesBelow(ctx context.Context, t *Trial) Verdict {
	t.pushed(ctx)
	t.push(ctx, t.source(), t.Image+"/1.0", "below", t.image("below"))
	t.promoted(ctx)
	there, a := t.exists(ctx, t.target()+"/"+t.Image+"/1.0/below/manifest.json")
	return t.verdict(!there, "the image below the tag is not at the target",
		other{"the image below the tag is at the target, too", "PromoteTakesSubfolders=true"}, a)
}

func copyAsText(ctx context.Context, t *Trial) Verdict {
	t.pushed(ctx)
	p := t.toTarget("1.0")
	p["copy"] = "true"
	a := t.promote(ctx, p)
	there, b := t.exists(ctx, t.source()+"/"+t.Image+"/1.0/manifest.json")
	return t.verdict(a.Status == http.StatusOK && there, "200, and the source is left",
		other{found: status(a) + ", or the source is gone"}, a, b)
}

func emptyFields(ctx context.Context, t *Trial) Verdict {
	img := t.pushed(ctx)
	p := t.toTarget("1.0")
	p["targetTag"], p["targetDockerRepository"] = "", ""
	a := t.promote(ctx, p)
	there, b := t.shows(ctx, t.target(), t.Image, "1.0", img)
	return t.verdict(a.Status == http.StatusOK && there, "the image has its own name and tag at the target",
		other{found: status(a)}, a, b)
}
