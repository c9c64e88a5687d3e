package contract

import (
	"context"
	"net/http"
	"strings"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/signed-promote/signed-promote/tests/live/internal/client"
)

func registryStatements() []Statement {
	return []Statement{
		{
			ID: "registry-bearer", Section: "7.1, 7.2", Confidence: ClientCode,
			Text:   "The registry API below api/docker/<repository> takes the access token as it is.",
			Relied: "All registry requests; there is no exchange of tokens.", Check: registryTakesToken,
		},
		{
			ID: "registry-digest-header", Section: "7.3", Confidence: Inferred,
			Text:   "GET and HEAD of a manifest, by tag and by digest, answer with Docker-Content-Digest and the same media type as was pushed.",
			Relied: "Resolving tags to digests.", Check: registryNamesDigest,
		},
		{
			ID: "registry-same-bytes", Section: "7.3", Confidence: Inferred,
			Text:   "A manifest is served byte by byte as it was pushed.",
			Relied: "Every guarantee: digests are compared everywhere.", Check: registryKeepsBytes,
		},
		{
			ID: "registry-accept", Section: "7.3", Confidence: Inferred, Knob: "StrictAccept=true",
			Text:   "A manifest of a type that Accept does not name is answered 404.",
			Relied: "Nothing: every type is named. A 200 of another type is read as what it is.", Check: registryMindsAccept,
		},
		{
			ID: "registry-unknown-manifest", Section: "7.4", Confidence: Inferred,
			Text:   "A manifest that is not there is a 404 with MANIFEST_UNKNOWN.",
			Relied: "404 alone means absent; 401, 403 and others stop the promotion.", Check: registryMissesManifest,
		},
		{
			ID: "registry-overwrites-tag", Section: "7.3", Confidence: Inferred,
			Text:   "A push to a tag that shows something else replaces it.",
			Relied: "--pin, merged records and fallback tags.", Check: registryOverwrites,
		},
		{
			ID: "registry-wrong-digest", Section: "7.3", Confidence: Inferred,
			Text:   "A manifest pushed under a digest that is not its own is refused.",
			Relied: "Nothing; it shows that the server checks.", Check: registryChecksDigest,
		},
	}
}

func registryTakesToken(ctx context.Context, t *Trial) Verdict {
	img := t.pushed(ctx)
	a := t.do(ctx, client.Request{Method: http.MethodGet, Path: "api/docker/" + t.source() + "/v2/"})
	served, b := t.shows(ctx, t.source(), t.Image, "1.0", img)
	return t.verdict(a.Status == http.StatusOK && served, "200, for reads and writes", other{found: status(a)}, a, b)
}

func registryNamesDigest(ctx context.Context, t *Trial) Verdict {
	img := t.pushed(ctx)
	for _, ref := range []string{"1.0", img.digest()} {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			r := manifestRequest(t.source(), t.Image, ref)
			r.Method = method
			a := t.do(ctx, r)
			named := a.Header.Get("Docker-Content-Digest") == img.digest() && a.Header.Get("Content-Type") == img.mediaType
			if a.Status != http.StatusOK || !named {
				return t.verdict(false, "", other{found: method + " of " + ref + ": " + status(a) + ", or a header is missing"}, a)
			}
		}
	}
	return t.verdict(true, "all four answers have digest and media type", other{})
}

func registryKeepsBytes(ctx context.Context, t *Trial) Verdict {
	img := t.pushed(ctx)
	a := t.need(t.manifest(ctx, t.source(), t.Image, "1.0"), "asking for the tag", http.StatusOK)
	return t.verdict(sameBytes(a, img), "the bytes are the same", other{found: "the bytes differ"}, a)
}

func registryMindsAccept(ctx context.Context, t *Trial) Verdict {
	t.pushed(ctx)
	r := manifestRequest(t.source(), t.Image, "1.0")
	r.Header = map[string]string{"Accept": ocispec.MediaTypeImageIndex}
	a := t.do(ctx, r)
	return t.verdict(a.Status == http.StatusNotFound, "404", other{status(a), "StrictAccept=false"}, a)
}

func registryMissesManifest(ctx context.Context, t *Trial) Verdict {
	t.pushed(ctx)
	a := t.manifest(ctx, t.source(), t.Image, "absent")
	b := t.manifest(ctx, t.source(), t.Image, digest.FromString(t.Pair.Nonce).String())
	unknown := func(a *client.Answer) bool {
		return a.Status == http.StatusNotFound && strings.Contains(string(a.Body), "MANIFEST_UNKNOWN")
	}
	return t.verdict(unknown(a) && unknown(b), "404 with MANIFEST_UNKNOWN for tag and digest",
		other{found: status(a) + " for a tag"}, a, b)
}

func registryOverwrites(ctx context.Context, t *Trial) Verdict {
	t.pushed(ctx)
	newer := t.image("newer")
	a := t.push(ctx, t.source(), t.Image, "1.0", newer)
	shown, b := t.shows(ctx, t.source(), t.Image, "1.0", newer)
	return t.verdict(shown, "the tag shows what was pushed last",
		other{found: "the tag does not show what was pushed last"}, a, b)
}

func registryChecksDigest(ctx context.Context, t *Trial) Verdict {
	img := t.pushed(ctx)
	a := t.put(ctx, t.source(), t.Image, digest.FromString(t.Pair.Nonce).String(), img)
	return t.verdict(isClientError(a), status(a), other{found: status(a)}, a)
}
