package contract

import (
	"context"
	"net/http"
)

func promoteOverStatements() []Statement {
	return []Statement{
		{
			ID: "promote-overwrites", Section: "1.4", Confidence: Documented,
			Text:   "Promoting onto a tag that shows something else replaces it.",
			Relied: "Replacing a tag without --pin. The digest of the tag is read back in any case.", Check: promoteOverwrites,
		},
		{
			ID: "promote-keeps-shared-layers", Section: "1.4", Confidence: Documented, Knob: "PromoteDeletesSharedLayers=false",
			Text:   "Promoting onto a tag keeps layers that other tags of the target image share with what was there (since 7.117.1).",
			Relied: "Below 7.117.1, or where the version is not told, the image goes by way of a staging tag.", Check: keepsSharedLayers,
		},
		{
			ID: "promote-over-index", Section: "1.4, 2.1", Confidence: Undetermined,
			Text:   "Promoting a single image onto a tag that shows an index leaves no list.manifest.json that would be served instead.",
			Relied: "The digest of the tag is read back, and a wrong one fails the run.", Check: promoteOverIndex,
		},
		{
			ID: "promote-same-again", Section: "1.4", Confidence: Inferred,
			Text:   "Promoting the same image onto the tag that has it already answers 200.",
			Relied: "A promotion is sent again when its first answer was lost.", Check: promoteAgain,
		},
	}
}

func promoteOverwrites(ctx context.Context, t *Trial) Verdict {
	img := t.pushed(ctx)
	t.push(ctx, t.target(), t.Image, "1.0", t.image("older"))
	a := t.promote(ctx, t.toTarget("1.0"))
	replaced, b := t.shows(ctx, t.target(), t.Image, "1.0", img)
	return t.verdict(a.Status == http.StatusOK && replaced, "the tag shows the promoted image",
		other{found: "the tag does not show the promoted image"}, a, b)
}

// keepsSharedLayers puts two tags with one layer in common into the target, and promotes over one of them.
func keepsSharedLayers(ctx context.Context, t *Trial) Verdict {
	t.pushed(ctx)
	shared := t.blob("shared")
	t.push(ctx, t.target(), t.Image, "1.0", t.imageOf("older", shared))
	t.push(ctx, t.target(), t.Image, "other", t.imageOf("other", shared))
	t.promoted(ctx)
	there, a := t.exists(ctx, t.target()+"/"+t.Image+"/other/"+blobFile(shared))
	return t.verdict(there, "the other tag still has the layer", other{
		"the layer of another tag is gone",
		"PromoteDeletesSharedLayers=true",
	}, a)
}

func promoteOverIndex(ctx context.Context, t *Trial) Verdict {
	img := t.pushed(ctx)
	t.pushIndex(ctx, t.target(), t.Image, "1.0", t.image("amd64"), t.image("arm64"))
	t.promoted(ctx)
	replaced, a := t.shows(ctx, t.target(), t.Image, "1.0", img)
	return t.verdict(replaced, "the tag shows the promoted image",
		other{found: "the tag does not show the promoted image"}, a)
}

func promoteAgain(ctx context.Context, t *Trial) Verdict {
	t.pushed(ctx)
	t.promoted(ctx)
	a := t.promote(ctx, t.toTarget("1.0"))
	return t.verdict(a.Status == http.StatusOK, "200", other{found: status(a)}, a)
}
