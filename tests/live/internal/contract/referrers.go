package contract

import (
	"context"
	"net/http"
	"slices"
	"strings"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/signed-promote/signed-promote/tests/live/internal/client"
)

func referrersStatements() []Statement {
	return []Statement{
		{
			ID: "referrers-after-copy", Section: "3", Confidence: Undetermined, Knob: "ReferrersAPI=ReferrersOnPush",
			Text:   "The referrers API does not list a manifest that came by a path copy.",
			Relied: "Nothing: referrers are pushed through the registry API, never copied by path.", Check: unlistedAfterCopy,
		},
		{
			ID: "referrers-repaired-by-push", Section: "3", Confidence: Inferred,
			Text:   "Pushing the same bytes of a manifest that came by path makes the referrers API list it.",
			Relied: "The repair of images whose referrers were copied by path.", Check: repairedByPush,
		},
		{
			ID: "referrers-before-subject", Section: "3", Confidence: Undetermined, Knob: "BeforeSubject=SubjectlessAccepted",
			Text:   "A referrer may be pushed before its subject, and is listed.",
			Relied: "Attachments go before the image. Otherwise the image goes to a staging tag first.", Check: beforeSubject,
		},
		{
			ID: "referrers-subject-header", Section: "3", Confidence: Inferred, Knob: "SubjectHeader=true",
			Text:   "The push of a manifest with a subject is answered with OCI-Subject.",
			Relied: "Without it the plugin keeps the fallback tag sha256-<hex> as well.", Check: subjectHeader,
		},
		{
			ID: "referrers-folder", Section: "2.5", Confidence: Inferred,
			Text:   "A referrer pushed by its digest is the folder <image>/sha256:<hex>/ with a manifest.json.",
			Relied: "Moves and prune delete a referrer by this path; a folder that is not there is reported.", Check: referrerFolder,
		},
		{
			ID: "referrers-no-file", Section: "2.5", Confidence: Undetermined, Knob: "ReferrersFile=false",
			Text:   "No file referrers.json shows in the folder of the image.",
			Relied: "Nothing: such a file is never read, copied or deleted.", Check: noReferrersFile,
		},
		{
			ID: "referrers-gone-after-delete", Section: "3", Confidence: Undetermined,
			Text:   "A referrer whose folder was deleted by its path is no longer listed.",
			Relied: "The read after a move or a prune. Entries that dangle are reported, not followed.", Check: goneAfterDelete,
		},
	}
}

// referrersOf asks for the referrers of a digest.
func (t *Trial) referrersOf(ctx context.Context, repo string, subject content,
	query ...string,
) ([]ocispec.Descriptor, *client.Answer) {
	r := client.Request{Method: http.MethodGet, Path: registry(repo, t.Image) + "/referrers/" + subject.digest()}
	if len(query) > 0 {
		r.Query = map[string][]string{"artifactType": query}
	}
	a := t.do(ctx, r)
	var list ocispec.Index
	if a.Status != http.StatusOK {
		return nil, a
	}
	if !a.JSON(&list) {
		t.fail("the list of referrers cannot be read")
	}
	return list.Manifests, a
}

// eventually asks for the referrers until the list is as hoped for, for a while: an index may be kept later than a push
// is answered.
func (t *Trial) eventually(ctx context.Context, repo string, subject content,
	hoped func([]ocispec.Descriptor) bool,
) ([]ocispec.Descriptor, *client.Answer) {
	list, a := t.referrersOf(ctx, repo, subject)
	if a.Status == http.StatusOK && !hoped(list) {
		t.wait(ctx, func() bool {
			list, a = t.referrersOf(ctx, repo, subject)
			return hoped(list) || t.err != nil
		})
	}
	return list, a
}

// with hopes for a referrer.
func with(ref content) func([]ocispec.Descriptor) bool {
	return func(list []ocispec.Descriptor) bool { return lists(list, ref) }
}

// lists reports whether a list has a digest.
func lists(list []ocispec.Descriptor, c content) bool {
	return slices.ContainsFunc(list, func(d ocispec.Descriptor) bool { return d.Digest.String() == c.digest() })
}

// attached pushes an image and a referrer of it into the source.
func (t *Trial) attached(ctx context.Context) (img, ref content, pushed *client.Answer) {
	img = t.pushed(ctx)
	ref = t.referrer("signature", img)
	return img, ref, t.push(ctx, t.source(), t.Image, ref.digest(), ref)
}

// copiedReferrer brings an image and its referrer to the target by their paths.
func (t *Trial) copiedReferrer(ctx context.Context) (img, ref content) {
	img, ref, _ = t.attached(ctx)
	for _, folder := range []string{"1.0", ref.digest()} {
		path := "/" + t.Image + "/" + folder
		t.need(t.copy(ctx, t.source()+path, t.target()+path), "copying "+folder, http.StatusOK)
	}
	return img, ref
}

// noAPI is the verdict where there is no referrers API that could answer. That there is one is a statement of its own.
func (t *Trial) noAPI(found string) Verdict {
	v := t.untestable(found + "there is no referrers API in this repository")
	if t.err != nil {
		v = t.untestable(t.err.Error())
	}
	v.Knob = "ReferrersAPI=ReferrersOff"
	return v
}

func unlistedAfterCopy(ctx context.Context, t *Trial) Verdict {
	img, ref := t.copiedReferrer(ctx)
	list, a := t.eventually(ctx, t.target(), img, with(ref))
	if a.Status == http.StatusNotFound {
		return t.noAPI("")
	}
	return t.verdict(!lists(list, ref), "the copied referrer is not listed",
		other{"the copied referrer is listed", "ReferrersAPI=ReferrersOnPushAndCopy"}, a)
}

func repairedByPush(ctx context.Context, t *Trial) Verdict {
	img, ref := t.copiedReferrer(ctx)
	a := t.put(ctx, t.target(), t.Image, ref.digest(), ref)
	list, b := t.eventually(ctx, t.target(), img, with(ref))
	if b.Status == http.StatusNotFound {
		return t.noAPI("")
	}
	return t.verdict(lists(list, ref), "the referrer is listed", other{found: "the referrer is not listed"}, a, b)
}

func beforeSubject(ctx context.Context, t *Trial) Verdict {
	img := t.image("image")
	ref := t.referrer("signature", img)
	for _, blob := range ref.blobs {
		t.putBlob(ctx, t.target(), t.Image, blob)
	}
	a := t.put(ctx, t.target(), t.Image, ref.digest(), ref)
	if a.Status != http.StatusCreated {
		return t.verdict(false, "", other{"the referrer is refused: " + status(a), "BeforeSubject=SubjectlessRefused"}, a)
	}
	t.push(ctx, t.target(), t.Image, "1.0", img)
	list, b := t.eventually(ctx, t.target(), img, with(ref))
	if b.Status == http.StatusNotFound {
		return t.noAPI("it is accepted; ")
	}
	return t.verdict(lists(list, ref), "it is accepted and listed", other{
		"it is accepted, and not listed",
		"BeforeSubject=SubjectlessUnlisted",
	}, a, b)
}

func subjectHeader(ctx context.Context, t *Trial) Verdict {
	img, _, a := t.attached(ctx)
	instead := other{"OCI-Subject is missing or another", "SubjectHeader=false"}
	if _, b := t.referrersOf(ctx, t.source(), img); b.Status == http.StatusNotFound {
		instead.knob = "ReferrersAPI=ReferrersOff"
	}
	return t.verdict(a.Header.Get("OCI-Subject") == img.digest(), "OCI-Subject names the subject", instead, a)
}

func referrerFolder(ctx context.Context, t *Trial) Verdict {
	_, ref, _ := t.attached(ctx)
	there, a := t.exists(ctx, t.source()+"/"+t.Image+"/"+ref.digest()+"/manifest.json")
	list := t.info(ctx, t.source()+"/"+t.Image)
	return t.verdict(there, "the file is there", other{found: "the file is somewhere else: see the children of the image"},
		a, list)
}

func noReferrersFile(ctx context.Context, t *Trial) Verdict {
	t.attached(ctx)
	a := t.need(t.info(ctx, t.source()+"/"+t.Image), "Folder Info", http.StatusOK)
	return t.verdict(!strings.Contains(string(a.Body), "referrers.json"), "there is no such file",
		other{"there is such a file", "ReferrersFile=true"}, a)
}

func goneAfterDelete(ctx context.Context, t *Trial) Verdict {
	img, ref, _ := t.attached(ctx)
	path := t.source() + "/" + t.Image + "/" + ref.digest()
	t.need(t.do(ctx, client.Request{Method: http.MethodDelete, Path: path}), "deleting the referrer", http.StatusNoContent,
		http.StatusOK)
	list, a := t.eventually(ctx, t.source(), img, func(list []ocispec.Descriptor) bool { return !lists(list, ref) })
	if a.Status == http.StatusNotFound {
		return t.noAPI("")
	}
	return t.verdict(!lists(list, ref), "the referrer is not listed", other{found: "the referrer is still listed"}, a)
}
