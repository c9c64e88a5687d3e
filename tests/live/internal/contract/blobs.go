package contract

import (
	"context"
	"net/http"
	"net/url"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/tests/live/internal/client"
)

func blobStatements() []Statement {
	return []Statement{
		{
			ID: "blobs-own-image", Section: "7.3", Confidence: Undetermined, Knob: "BlobScope=OwnImage",
			Text:   "A manifest may only use blobs of its own image, not those of another image of the repository.",
			Relied: "Nothing: blobs are linked, mounted or uploaded into the image before each push.", Check: blobsOfOwnImage,
		},
		{
			ID: "blobs-before-manifest", Section: "7.3", Confidence: Inferred, Knob: "BlobsBeforeManifest=true",
			Text:   "A manifest whose blob is nowhere is refused.",
			Relied: "Nothing: blobs always go first.", Check: blobsFirst,
		},
		{
			ID: "blobs-mount-across", Section: "7.3", Confidence: Undetermined, Knob: "CrossRepoMount=false",
			Text:   "A mount of another repository's blob (from=<repository>/<image>) opens an upload, 202, instead.",
			Relied: "The bytes of attachments are uploaded in the session that was opened. A 201 saves that.", Check: mountAcross,
		},
		{
			ID: "blobs-mount-within", Section: "7.3", Confidence: Inferred,
			Text:   "A mount of a blob of another image of the same repository is done, 201.",
			Relied: "Promotions within a repository: otherwise the bytes of attachments are uploaded.", Check: mountWithin,
		},
		{
			ID: "blobs-head", Section: "7.3", Confidence: ClientCode,
			Text:   "HEAD of a blob of the image is 200, and of one that is nowhere 404.",
			Relied: "Skipping blobs that are there.", Check: blobHead,
		},
		{
			ID: "blobs-head-own-image", Section: "7.3", Confidence: Undetermined, Knob: "HeadFindsBlobsElsewhere=false",
			Text:   "HEAD of a blob that only another image of the repository has is a 404.",
			Relied: "Nothing: that a blob is there is read from folders, not from HEAD.", Check: blobHeadOfOwnImage,
		},
		{
			ID: "blobs-no-redirect", Section: "7.3, 8.1", Confidence: UserReport, Knob: "RedirectDownloads=false",
			Text:   "A blob is served by the server itself, not by a redirect to a storage.",
			Relied: "Redirects are followed, without the credentials.", Check: blobServed,
		},
	}
}

func blobsOfOwnImage(ctx context.Context, t *Trial) Verdict {
	img := t.pushed(ctx)
	a := t.put(ctx, t.source(), t.Image+"/other", "1.0", img)
	if a.Status == http.StatusCreated {
		return t.verdict(false, "", other{
			"blobs of another image of the repository are found",
			"BlobScope=SameRepository or AllReadable",
		}, a)
	}
	return t.verdict(isClientError(a), status(a), other{found: status(a)}, a)
}

func blobsFirst(ctx context.Context, t *Trial) Verdict {
	a := t.put(ctx, t.source(), t.Image, "1.0", t.image("nowhere"))
	return t.verdict(isClientError(a), status(a), other{status(a), "BlobsBeforeManifest=false"}, a)
}

// mount asks for a blob of another image.
func (t *Trial) mount(ctx context.Context, repo, image, from string, blob []byte) *client.Answer {
	query := url.Values{"mount": {digest.FromBytes(blob).String()}, "from": {from}}
	return t.do(ctx, client.Request{
		Method: http.MethodPost, Path: registry(repo, image) + "/blobs/uploads/",
		Query: query,
	})
}

// mountAcross uses the API whose images have the repository's key in their names, where there is one.
func mountAcross(ctx context.Context, t *Trial) Verdict {
	img := t.pushed(ctx)
	below := t.mount(ctx, t.target(), t.Image, t.source()+"/"+t.Image, img.blobs[1])
	query := url.Values{"mount": {digest.FromBytes(img.blobs[1]).String()}, "from": {t.source() + "/" + t.Image}}
	a := t.do(ctx, client.Request{
		Method: http.MethodPost, Path: "/v2/" + t.target() + "/" + t.Image + "/blobs/uploads/",
		Query: query,
	})
	if a.Status == http.StatusCreated || below.Status == http.StatusCreated {
		return t.verdict(false, "", other{"the blob is mounted", "CrossRepoMount=true"}, below, a)
	}
	return t.verdict(below.Status == http.StatusAccepted, "an upload is opened", other{found: status(below)}, below, a)
}

func mountWithin(ctx context.Context, t *Trial) Verdict {
	img := t.pushed(ctx)
	a := t.mount(ctx, t.source(), t.Image+"/other", t.Image, img.blobs[1])
	return t.verdict(a.Status == http.StatusCreated, "201", other{found: status(a)}, a)
}

func (t *Trial) blobRequest(ctx context.Context, method string, blob []byte) *client.Answer {
	return t.do(ctx, client.Request{Method: method, Path: registry(t.source(), t.Image) + "/blobs/" +
		digest.FromBytes(blob).String()})
}

func blobHead(ctx context.Context, t *Trial) Verdict {
	img := t.pushed(ctx)
	a := t.blobRequest(ctx, http.MethodHead, img.blobs[1])
	b := t.blobRequest(ctx, http.MethodHead, t.blob("nowhere"))
	return t.verdict(a.Status == http.StatusOK && b.Status == http.StatusNotFound, "200 and 404",
		other{found: status(a) + " and " + status(b)}, a, b)
}

func blobHeadOfOwnImage(ctx context.Context, t *Trial) Verdict {
	img := t.pushed(ctx)
	path := registry(t.source(), t.Image+"/other") + "/blobs/" + digest.FromBytes(img.blobs[1]).String()
	a := t.do(ctx, client.Request{Method: http.MethodHead, Path: path})
	instead := other{found: status(a)}
	if a.Status == http.StatusOK {
		instead.knob = "HeadFindsBlobsElsewhere=true"
	}
	return t.verdict(a.Status == http.StatusNotFound, "404", instead, a)
}

func blobServed(ctx context.Context, t *Trial) Verdict {
	img := t.pushed(ctx)
	a := t.blobRequest(ctx, http.MethodGet, img.blobs[1])
	instead := other{found: status(a)}
	if a.Status >= 300 && a.Status < 400 {
		instead.knob = "RedirectDownloads=true"
	}
	return t.verdict(a.Status == http.StatusOK && string(a.Body) == string(img.blobs[1]), "200 with the bytes", instead, a)
}
