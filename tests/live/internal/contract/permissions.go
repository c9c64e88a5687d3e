package contract

import (
	"context"
	"net/http"

	"github.com/signed-promote/signed-promote/tests/live/internal/client"
)

func permissionStatements() []Statement {
	return []Statement{
		{
			ID: "rights-read", Section: "4.4", Confidence: ServerSource, Knob: "HideUnauthorized=false",
			Text:   "An item that the user may not read is a 403, not a 404, by the storage API and by the registry API.",
			Relied: "A 403 stops the promotion. Where it is a 404, a lack of rights looks like absence.", Check: readIsForbidden,
		},
		{
			ID: "rights-read-absent", Section: "4.4", Confidence: ServerSource, Knob: "HideUnauthorized=false",
			Text:   "Where the user may not read, what does not exist is a 403, too.",
			Relied: "An absent signature is only believed where the user may read.", Check: readOfAbsent,
		},
		{
			ID: "rights-promote-new", Section: "1.8", Confidence: Undetermined,
			Text:   "Promoting to a new tag takes Read at the source and Deploy at the target.",
			Relied: "The table of permissions in the documentation.", Check: promoteNeedsDeploy,
		},
		{
			ID: "rights-promote-move", Section: "1.8", Confidence: Undetermined,
			Text:   "A moving promotion without Delete at the source is refused with 403.",
			Relied: "The plugin's own deletes fail with a hint at Delete.", Check: moveNeedsDelete,
		},
		{
			ID: "rights-copy-new", Section: "5.4", Confidence: ServerSource,
			Text:   "Copying to a new path takes Read at the source and Deploy at the target.",
			Relied: "The table of permissions in the documentation.", Check: copyNeedsDeploy,
		},
		{
			ID: "rights-annotate", Section: "4.5", Confidence: Documented,
			Text:   "Setting properties without Annotate is a 403.",
			Relied: "It is a warning, and the promotion goes on.", Check: setNeedsAnnotate,
		},
		{
			ID: "rights-delete", Section: "8.4", Confidence: ServerSource, Knob: "HideUnauthorized=false",
			Text:   "Deleting without Delete is a 403.",
			Relied: "The hint that names the right.", Check: deleteNeedsDelete,
		},
		{
			ID: "rights-storageinfo", Section: "8.5", Confidence: Documented,
			Text:   "api/storageinfo is a 403 for one who is no administrator.",
			Relied: "prune takes a 200 as the proof that its searches see everything.", Check: storageInfoNeedsAdmin,
		},
		{
			ID: "rights-configuration", Section: "8.6", Confidence: ClientCode, Knob: "ConfigurationShown=false",
			Text:   "The configuration of a repository has no maxUniqueTags for one who is no administrator.",
			Relied: "The warning that attachments may be evicted says that it cannot be told. Nothing else is read from it.", Check: configurationIsReduced,
		},
	}
}

func storageInfoNeedsAdmin(ctx context.Context, t *Trial) Verdict {
	a := t.as(ctx, t.Limited, client.Request{Method: http.MethodGet, Path: "api/storageinfo"})
	return t.verdict(a.Status == http.StatusForbidden, "403", other{found: status(a)})
}

func configurationIsReduced(ctx context.Context, t *Trial) Verdict {
	a := t.need(t.as(ctx, t.Limited, client.Request{Method: http.MethodGet, Path: "api/repositories/" + t.source()}),
		"reading a configuration", http.StatusOK, http.StatusForbidden)
	var c struct {
		Key           string `json:"key"`
		MaxUniqueTags *int   `json:"maxUniqueTags"`
	}
	_ = a.JSON(&c) // a 403 has none
	if a.Status == http.StatusOK && c.Key != t.source() {
		return t.untestable("the answer is no configuration of " + t.source())
	}
	return t.verdict(c.MaxUniqueTags == nil, "it is not shown", other{"it is shown", "ConfigurationShown=true"}, a)
}

// hidden is the knob for a 404 where a 403 was expected.
func hidden(answers ...*client.Answer) string {
	for _, a := range answers {
		if a.Status == http.StatusNotFound {
			return "HideUnauthorized=true"
		}
	}
	return ""
}

func (t *Trial) closedImage(ctx context.Context) {
	t.push(ctx, t.source(), t.folder("closed"), "1.0", t.image("closed"))
}

// forbidden judges two answers that have to be 403.
func (t *Trial) forbidden(a, b *client.Answer) Verdict {
	return t.verdict(a.Status == http.StatusForbidden && b.Status == http.StatusForbidden, "403 by both APIs",
		other{status(a) + ", and the registry API " + status(b), hidden(a, b)}, a, b)
}

func (t *Trial) infoAs(ctx context.Context, c *client.Client, path string) *client.Answer {
	return t.as(ctx, c, client.Request{Method: http.MethodGet, Path: "api/storage/" + path})
}

func readIsForbidden(ctx context.Context, t *Trial) Verdict {
	t.closedImage(ctx)
	a := t.infoAs(ctx, t.Limited, t.source()+"/"+t.folder("closed")+"/1.0/manifest.json")
	return t.forbidden(a, t.as(ctx, t.Limited, manifestRequest(t.source(), t.folder("closed"), "1.0")))
}

func readOfAbsent(ctx context.Context, t *Trial) Verdict {
	a := t.infoAs(ctx, t.Limited, t.source()+"/"+t.folder("closed")+"/absent/manifest.json")
	return t.forbidden(a, t.as(ctx, t.Limited, manifestRequest(t.source(), t.folder("closed"), "absent")))
}

func promoteNeedsDeploy(ctx context.Context, t *Trial) Verdict {
	t.pushed(ctx)
	a := t.as(ctx, t.Limited, promoteRequest(t.source(), t.toTarget("1.0")))
	return t.verdict(a.Status == http.StatusOK, "200", other{found: status(a)}, a)
}

func moveNeedsDelete(ctx context.Context, t *Trial) Verdict {
	t.pushed(ctx)
	p := t.toTarget("1.0")
	p["copy"] = false
	a := t.as(ctx, t.Limited, promoteRequest(t.source(), p))
	there, b := t.exists(ctx, t.source()+"/"+t.Image+"/1.0/manifest.json")
	return t.verdict(a.Status == http.StatusForbidden && there, "403, and the source is left", other{status(a), hidden(a)},
		a, b)
}

func copyNeedsDeploy(ctx context.Context, t *Trial) Verdict {
	t.pushed(ctx)
	folder := "/" + t.Image + "/1.0"
	a := t.as(ctx, t.Limited, copyRequest(t.source()+folder, t.target()+folder))
	return t.verdict(a.Status == http.StatusOK && !hasLevel(a, "ERROR"), "200", other{found: status(a)}, a)
}

func setNeedsAnnotate(ctx context.Context, t *Trial) Verdict {
	file := t.target() + "/" + t.Image + "/file"
	t.deploy(ctx, file, t.blob("file"))
	a := t.as(ctx, t.Limited, setRequest(file, "made.by=somebody"))
	return t.verdict(a.Status == http.StatusForbidden, "403", other{status(a), hidden(a)}, a)
}

func deleteNeedsDelete(ctx context.Context, t *Trial) Verdict {
	file := t.target() + "/" + t.Image + "/file"
	t.deploy(ctx, file, t.blob("file"))
	a := t.as(ctx, t.Limited, client.Request{Method: http.MethodDelete, Path: file})
	there, b := t.exists(ctx, file)
	return t.verdict(a.Status == http.StatusForbidden && there, "403, and the file is left", other{status(a), hidden(a)},
		a, b)
}
