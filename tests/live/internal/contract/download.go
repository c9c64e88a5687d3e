package contract

import (
	"context"
	"net/http"

	"github.com/signed-promote/signed-promote/tests/live/internal/client"
)

func downloadStatements() []Statement {
	return []Statement{
		{
			ID: "download-file", Section: "8.1", Confidence: ServerSource, Knob: "RedirectDownloads=false",
			Text:   "A file is served at its path, with X-Checksum-Sha256.",
			Relied: "Records and manifests that are read by their path. Redirects are followed, without the credentials.", Check: downloads,
		},
		{
			ID: "download-missing", Section: "8.1", Confidence: ServerSource,
			Text:   "A file that is not there is a 404.",
			Relied: "404 alone means absent.", Check: downloadMissing,
		},
		{
			ID: "deploy-file", Section: "8.2", Confidence: ClientCode,
			Text:   "Writing a file by its path is a 201.",
			Relied: "Linking by checksum, which is such a write.", Check: deploys,
		},
		{
			ID: "download-bad-token", Section: "4.4", Confidence: Inferred,
			Text:   "A token that is wrong is a 401.",
			Relied: "It stops everything, and the message names the credentials.", Check: badToken,
		},
	}
}

func downloads(ctx context.Context, t *Trial) Verdict {
	img := t.pushed(ctx)
	a := t.do(ctx, client.Request{Method: http.MethodGet, Path: t.source() + "/" + t.Image + "/1.0/" +
		blobFile(img.blobs[1])})
	instead := other{found: status(a) + ", or a wrong checksum"}
	if a.Status >= 300 && a.Status < 400 {
		instead.knob = "RedirectDownloads=true"
	}
	right := "sha256__"+a.Header.Get("X-Checksum-Sha256") == blobFile(img.blobs[1])
	return t.verdict(a.Status == http.StatusOK && right && string(a.Body) == string(img.blobs[1]),
		"200 with the bytes and their checksum", instead, a)
}

func downloadMissing(ctx context.Context, t *Trial) Verdict {
	a := t.do(ctx, client.Request{Method: http.MethodGet, Path: t.source() + "/" + t.Image + "/absent"})
	return t.verdict(a.Status == http.StatusNotFound, "404", other{found: status(a)}, a)
}

func deploys(ctx context.Context, t *Trial) Verdict {
	a := t.do(ctx, client.Request{
		Method: http.MethodPut, Path: t.source() + "/" + t.Image + "/file",
		Body: t.blob("file"),
	})
	return t.verdict(a.Status == http.StatusCreated, "201", other{found: status(a)}, a)
}

func badToken(ctx context.Context, t *Trial) Verdict {
	wrong := t.Client.As("signed-promote-wrong-token")
	a := t.as(ctx, wrong, client.Request{Method: http.MethodGet, Path: "api/storage/" + t.source() + "/"})
	b := t.as(ctx, wrong, manifestRequest(t.source(), t.Image, "1.0"))
	return t.verdict(a.Status == http.StatusUnauthorized && b.Status == http.StatusUnauthorized, "401 by both APIs",
		other{found: status(a) + ", and the registry API " + status(b)}, a, b)
}
