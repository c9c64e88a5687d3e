package contract

import (
	"context"
	"net/http"
	"strings"

	"github.com/signed-promote/signed-promote/tests/live/internal/client"
)

func overwriteStatements() []Statement {
	return []Statement{
		{
			ID: "overwrite-promote", Section: "1.4, 1.8", Confidence: Inferred, Knob: "HideUnauthorized=false",
			Text:   "Promoting onto a tag that shows something else, without Delete at the target, is refused with 403, and the tag stays.",
			Relied: "The hint that names Delete, and the table of permissions in the documentation.", Check: overwriteByPromotion,
		},
		{
			ID: "overwrite-copy", Section: "5.4, 5.5", Confidence: Inferred, Knob: "CopyErrorStatus=409",
			Text:   "Copying onto a file without Delete at the target is a 409 with a message of level ERROR, and the file stays.",
			Relied: "The hint that names Delete. The message counts, whatever the status is.", Check: overwriteByCopy,
		},
		{
			ID: "overwrite-dry-run", Section: "5.4", Confidence: ServerSource,
			Text:   "A dry run of a file's copy onto a file, without Delete at the target, fails as the copy would.",
			Relied: "A missing permission is told before the first write.", Check: overwriteForeseen,
		},
		{
			ID: "overwrite-push", Section: "7.3", Confidence: UserReport,
			Text:   "Pushing to a tag that shows something else, without Delete, is refused with MANIFEST_INVALID, and the tag stays.",
			Relied: "The hint that names Delete.", Check: overwriteByPush,
		},
		{
			ID: "overwrite-deploy", Section: "8.2", Confidence: ServerSource, Knob: "HideUnauthorized=false",
			Text:   "Writing a file that exists, without Delete, is refused with 403.",
			Relied: "Linking by checksum: the hint that names Delete.", Check: overwriteByDeploy,
		},
	}
}

// occupied puts an image into the source, and another one behind the same tag of the target.
func (t *Trial) occupied(ctx context.Context) (old content) {
	t.pushed(ctx)
	old = t.image("old")
	t.push(ctx, t.target(), t.Image, "1.0", old)
	return old
}

func overwriteByPromotion(ctx context.Context, t *Trial) Verdict {
	old := t.occupied(ctx)
	a := t.as(ctx, t.Limited, promoteRequest(t.source(), t.toTarget("1.0")))
	stays, b := t.shows(ctx, t.target(), t.Image, "1.0", old)
	return t.verdict(a.Status == http.StatusForbidden && stays, "403, and the tag stays",
		other{status(a) + stayed(stays), hidden(a)}, a, b)
}

func stayed(stays bool) string {
	if stays {
		return ", and what was there stays"
	}
	return ", and what was there is replaced"
}

func overwriteByCopy(ctx context.Context, t *Trial) Verdict {
	t.occupied(ctx)
	file := "/" + t.Image + "/file"
	t.deploy(ctx, t.source()+file, t.blob("new"))
	t.deploy(ctx, t.target()+file, t.blob("old"))
	a := t.as(ctx, t.Limited, copyRequest(t.source()+file, t.target()+file))
	b := t.file(ctx, t.target()+file)
	if t.err == nil && string(b.Body) != string(t.blob("old")) {
		return t.verdict(false, "", other{found: status(a) + stayed(false)}, a, b)
	}
	return errorStatus(t, a)
}

func overwriteForeseen(ctx context.Context, t *Trial) Verdict {
	file := "/" + t.Image + "/file"
	t.deploy(ctx, t.source()+file, t.blob("new"))
	t.deploy(ctx, t.target()+file, t.blob("old"))
	r := copyRequest(t.source()+file, t.target()+file)
	r.Query.Set("dry", "1")
	a := t.as(ctx, t.Limited, r)
	b := t.do(ctx, r)
	foreseen := isClientError(a) || a.Status == http.StatusOK && hasLevel(a, "ERROR")
	return t.verdict(foreseen && b.Status == http.StatusOK && !hasLevel(b, "ERROR"),
		status(a)+", and 200 where it is allowed",
		other{found: status(a) + ", and where it is allowed " + status(b)}, a, b)
}

func overwriteByPush(ctx context.Context, t *Trial) Verdict {
	old, newer := t.occupied(ctx), t.image("newer")
	for _, blob := range newer.blobs {
		t.putBlob(ctx, t.target(), t.Image, blob)
	}
	a := t.as(ctx, t.Limited, putRequest(t.target(), t.Image, "1.0", newer))
	stays, b := t.shows(ctx, t.target(), t.Image, "1.0", old)
	return t.verdict(isClientError(a) && strings.Contains(string(a.Body), "MANIFEST_INVALID") && stays,
		status(a)+" with MANIFEST_INVALID, and the tag stays",
		other{found: status(a) + stayed(stays)}, a, b)
}

func overwriteByDeploy(ctx context.Context, t *Trial) Verdict {
	file := t.target() + "/" + t.Image + "/file"
	t.deploy(ctx, file, t.blob("old"))
	a := t.as(ctx, t.Limited, client.Request{Method: http.MethodPut, Path: file, Body: t.blob("new")})
	return t.verdict(a.Status == http.StatusForbidden, "403", other{status(a), hidden(a)}, a)
}
