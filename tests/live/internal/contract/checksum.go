package contract

import (
	"context"
	"net/http"
	"strconv"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/tests/live/internal/client"
)

func checksumStatements() []Statement {
	return []Statement{
		{
			ID: "checksum-deploy", Section: "8.3", Confidence: ServerSource, Knob: "ChecksumDeployStatus=0",
			Text:   "A checksum deploy of content that the server has is a 201, in another repository, too.",
			Relied: "Blobs of referrers, and of images that are assembled, are linked this way.", Check: deploysByChecksum,
		},
		{
			ID: "checksum-links-blobs", Section: "7.3, 8.3", Confidence: Inferred,
			Text:   "A blob deployed by checksum beside a manifest to come is found when that manifest is pushed.",
			Relied: "Referrers are pushed this way. A refused push is repeated with uploaded blobs.", Check: checksumLinksBlobs,
		},
		{
			ID: "checksum-unknown", Section: "8.3", Confidence: ServerSource,
			Text:   "A checksum deploy of content that the server does not have is a 404.",
			Relied: "The bytes of an attachment are uploaded then.", Check: checksumUnknown,
		},
		{
			ID: "checksum-needs-no-read", Section: "8.3", Confidence: Undetermined, Knob: "ChecksumDeployNeedsRead=false",
			Text:   "A checksum deploy works for content that the user may not read.",
			Relied: "Nothing: it links what it reads itself, and uploads after a 404.", Check: checksumWithoutRead,
		},
	}
}

func checksumRequest(path string, blob []byte) client.Request {
	header := map[string]string{"X-Checksum-Deploy": "true", "X-Checksum-Sha256": digest.FromBytes(blob).Encoded()}
	return client.Request{Method: http.MethodPut, Path: path, Header: header}
}

func deploysByChecksum(ctx context.Context, t *Trial) Verdict {
	blob := t.blob("file")
	t.deploy(ctx, t.source()+"/"+t.Image+"/file", blob)
	path := t.target() + "/" + t.Image + "/linked"
	a := t.do(ctx, checksumRequest(path, blob))
	b := t.file(ctx, path)
	instead := other{found: status(a)}
	if isClientError(a) {
		instead.knob = "ChecksumDeployStatus=" + strconv.Itoa(a.Status)
	}
	return t.verdict(a.Status == http.StatusCreated && string(b.Body) == string(blob), "201, and the bytes are there",
		instead, a, b)
}

func checksumLinksBlobs(ctx context.Context, t *Trial) Verdict {
	_, ref, _ := t.attached(ctx)
	for _, blob := range ref.blobs {
		r := checksumRequest(t.target()+"/"+t.Image+"/"+ref.digest()+"/"+blobFile(blob), blob)
		t.need(t.do(ctx, r), "a checksum deploy", http.StatusCreated)
	}
	a := t.put(ctx, t.target(), t.Image, ref.digest(), ref)
	return t.verdict(a.Status == http.StatusCreated, "the manifest is accepted", other{found: status(a)}, a)
}

func checksumUnknown(ctx context.Context, t *Trial) Verdict {
	a := t.do(ctx, checksumRequest(t.target()+"/"+t.Image+"/linked", t.blob("nowhere")))
	return t.verdict(a.Status == http.StatusNotFound, "404", other{found: status(a)}, a)
}

func checksumWithoutRead(ctx context.Context, t *Trial) Verdict {
	blob := t.blob("closed")
	t.deploy(ctx, t.source()+"/"+t.folder("closed")+"/file", blob)
	a := t.as(ctx, t.Limited, checksumRequest(t.target()+"/"+t.Image+"/linked", blob))
	instead := other{found: status(a)}
	if a.Status == http.StatusNotFound {
		instead.knob = "ChecksumDeployNeedsRead=true"
	}
	return t.verdict(a.Status == http.StatusCreated, "201", instead, a)
}
