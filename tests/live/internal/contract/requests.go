package contract

import (
	"context"
	"net/http"
	"net/url"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/tests/live/internal/client"
)

// registry is the path of an image in the registry API of a repository.
func registry(repo, image string) string { return "api/docker/" + repo + "/v2/" + image }

// putBlob uploads a blob in two requests, as every client can.
func (t *Trial) putBlob(ctx context.Context, repo, image string, blob []byte) {
	started := t.need(t.do(ctx, client.Request{Method: http.MethodPost, Path: registry(repo, image) + "/blobs/uploads/"}),
		"starting an upload", http.StatusAccepted)
	if t.err == nil {
		t.need(t.finish(ctx, started, blob), "uploading a blob", http.StatusCreated)
	}
}

// finish sends a blob in a session.
func (t *Trial) finish(ctx context.Context, started *client.Answer, blob []byte) *client.Answer {
	path, query, err := t.Client.Below(started.Header.Get("Location"))
	if err != nil {
		t.fail("starting an upload: %s", t.Redactor.Redact(err.Error()))
		return &client.Answer{}
	}
	query.Set("digest", digest.FromBytes(blob).String())
	header := map[string]string{"Content-Type": "application/octet-stream"}
	return t.do(ctx, client.Request{Method: http.MethodPut, Path: path, Query: query, Header: header, Body: blob})
}

// put writes a manifest.
func (t *Trial) put(ctx context.Context, repo, image, ref string, c content) *client.Answer {
	return t.do(ctx, putRequest(repo, image, ref, c))
}

func putRequest(repo, image, ref string, c content) client.Request {
	header := map[string]string{"Content-Type": c.mediaType}
	return client.Request{
		Method: http.MethodPut, Path: registry(repo, image) + "/manifests/" + ref, Header: header,
		Body: c.raw,
	}
}

// push uploads the blobs and writes the manifest, which has to succeed.
func (t *Trial) push(ctx context.Context, repo, image, ref string, c content) *client.Answer {
	for _, blob := range c.blobs {
		t.putBlob(ctx, repo, image, blob)
	}
	return t.need(t.put(ctx, repo, image, ref, c), "pushing "+ref, http.StatusCreated)
}

// pushIndex pushes the children by digest, and the index.
func (t *Trial) pushIndex(ctx context.Context, repo, image, tag string, children ...content) content {
	for _, child := range children {
		t.push(ctx, repo, image, child.digest(), child)
	}
	list := index(children...)
	t.push(ctx, repo, image, tag, list)
	return list
}

// pushed pushes an image as 1.0 of the check's own image in the source.
func (t *Trial) pushed(ctx context.Context) content {
	c := t.image("image")
	t.push(ctx, t.source(), t.Image, "1.0", c)
	return c
}

// manifest asks for a manifest, of any type that there is.
func (t *Trial) manifest(ctx context.Context, repo, image, ref string) *client.Answer {
	return t.do(ctx, manifestRequest(repo, image, ref))
}

const anyManifest = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, " +
	"application/vnd.docker.distribution.manifest.v2+json, application/vnd.docker.distribution.manifest.list.v2+json"

func manifestRequest(repo, image, ref string) client.Request {
	return client.Request{
		Method: http.MethodGet, Path: registry(repo,
			image) + "/manifests/" + ref, Header: map[string]string{"Accept": anyManifest},
	}
}

// shows reports whether a tag has a digest, and gives the answer that says so.
func (t *Trial) shows(ctx context.Context, repo, image, tag string, c content) (bool, *client.Answer) {
	a := t.manifest(ctx, repo, image, tag)
	return a.Status == http.StatusOK && digest.FromBytes(a.Body).String() == c.digest(), a
}

// info asks for File Info or Folder Info.
func (t *Trial) info(ctx context.Context, path string) *client.Answer {
	return t.do(ctx, client.Request{Method: http.MethodGet, Path: "api/storage/" + path})
}

// exists reports whether a file or folder is there; anything but 200 and 404 is a failed preparation.
func (t *Trial) exists(ctx context.Context, path string) (bool, *client.Answer) {
	a := t.need(t.info(ctx, path), "looking for a file", http.StatusOK, http.StatusNotFound)
	return a.Status == http.StatusOK, a
}

// file reads a file by its path, also where the server redirects to a storage.
func (t *Trial) file(ctx context.Context, path string) *client.Answer {
	if t.err != nil {
		return &client.Answer{}
	}
	a, err := t.Client.Content(ctx, path)
	if err != nil {
		t.fail("reading a file: no answer: %s", t.Redactor.Redact(err.Error()))
		return &client.Answer{}
	}
	return a
}

// copy copies an item by its path.
func (t *Trial) copy(ctx context.Context, from, to string) *client.Answer {
	return t.do(ctx, copyRequest(from, to))
}

func copyRequest(from, to string) client.Request {
	return client.Request{Method: http.MethodPost, Path: "api/copy/" + from, Query: url.Values{"to": {"/" + to}}}
}

// promotion is the body of a promotion.
type promotion map[string]any

// promote promotes from the source.
func (t *Trial) promote(ctx context.Context, p promotion) *client.Answer {
	return t.do(ctx, promoteRequest(t.source(), p))
}

func promoteRequest(repo string, p promotion) client.Request {
	header := map[string]string{"Content-Type": "application/json"}
	return client.Request{
		Method: http.MethodPost, Path: "api/docker/" + repo + "/v2/promote", Header: header,
		Body: encode(p),
	}
}

// toTarget is a copying promotion of a tag into the same image of the target.
func (t *Trial) toTarget(tag string) promotion {
	return promotion{"targetRepo": t.target(), "dockerRepository": t.Image, "tag": tag, "copy": true}
}

// promoted promotes the check's tag, which has to succeed.
func (t *Trial) promoted(ctx context.Context) {
	t.need(t.promote(ctx, t.toTarget("1.0")), "promoting", http.StatusOK)
}
