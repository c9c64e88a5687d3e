package contract

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/signed-promote/signed-promote/tests/live/internal/client"
)

func tagListStatements() []Statement {
	return []Statement{
		{
			ID: "tags-at-once", Section: "7.5", Confidence: Inferred, Knob: "TagsDelay=0",
			Text:   "A tag is in tags/list as soon as it was pushed.",
			Relied: "Nothing: tags are read from folders, and confirmed one by one.", Check: tagsAtOnce,
		},
		{
			ID: "tags-suffix", Section: "7.5", Confidence: UserReport,
			Text:   "Tags sha256-<hex>.sig are in tags/list.",
			Relied: "Promotions of every tag leave them out by their form.", Check: tagsWithSuffix,
		},
		{
			ID: "tags-fallback", Section: "7.5", Confidence: Undetermined, Knob: "TagsHideFallback=false",
			Text:   "Tags sha256-<hex>, without a suffix, are in tags/list.",
			Relied: "Nothing: they are looked up by their name.", Check: tagsWithFallback,
		},
		{
			ID: "tags-no-digests", Section: "7.5", Confidence: Inferred,
			Text:   "Folders sha256:<hex> are not in tags/list.",
			Relied: "Nothing: names that are no tags are left out.", Check: tagsWithoutDigests,
		},
		{
			ID: "tags-pages", Section: "7.5", Confidence: Documented, Knob: "TagsIgnoreN=false",
			Text:   "n cuts tags/list, and Link leads to the rest.",
			Relied: "Links are followed until there is none.", Check: tagsInPages,
		},
		{
			ID: "tags-one-page", Section: "7.5", Confidence: Undetermined, Knob: "TagsPageSize=0",
			Text:   "Without n, three tags are on one page.",
			Relied: "Links are followed until there is none.", Check: tagsOnOnePage,
		},
	}
}

// tags asks for the list of the check's image.
func (t *Trial) tags(ctx context.Context, repo string, query url.Values) ([]string, *client.Answer) {
	a := t.do(ctx, client.Request{Method: http.MethodGet, Path: registry(repo, t.Image) + "/tags/list", Query: query})
	var list struct {
		Tags []string `json:"tags"`
	}
	if a.Status == http.StatusOK && !a.JSON(&list) {
		t.fail("tags/list cannot be read")
	}
	return list.Tags, a
}

// listed is confirmed if a tag is in the list at once.
func (t *Trial) listed(ctx context.Context, repo, tag string) Verdict {
	list, a := t.tags(ctx, repo, nil)
	if slices.Contains(list, tag) || t.err != nil {
		return t.verdict(true, "the tag is listed", other{}, a)
	}
	waited, late := t.wait(ctx, func() bool {
		list, _ := t.tags(ctx, repo, nil)
		return slices.Contains(list, tag)
	})
	if late {
		return t.verdict(false, "", other{fmt.Sprintf("the tag is listed, but only after about %s", waited), "TagsDelay>0"},
			a)
	}
	return t.verdict(false, "", other{
		fmt.Sprintf("the tag is not listed within %s", waited),
		"TagsHideFallback=true or TagsDelay>0",
	}, a)
}

func tagsAtOnce(ctx context.Context, t *Trial) Verdict {
	t.pushed(ctx)
	t.push(ctx, t.source(), t.Image, "2.0", t.image("second"))
	return t.listed(ctx, t.source(), "2.0")
}

func tagsWithSuffix(ctx context.Context, t *Trial) Verdict {
	tag := "sha256-" + t.pushed(ctx).hex() + ".sig"
	t.push(ctx, t.source(), t.Image, tag, t.image("signature"))
	return t.listed(ctx, t.source(), tag)
}

func tagsWithFallback(ctx context.Context, t *Trial) Verdict {
	tag := "sha256-" + t.pushed(ctx).hex()
	t.pushIndex(ctx, t.source(), t.Image, tag, t.image("listed"))
	return t.listed(ctx, t.source(), tag)
}

func tagsWithoutDigests(ctx context.Context, t *Trial) Verdict {
	t.pushIndex(ctx, t.source(), t.Image, "1.0", t.image("amd64"), t.image("arm64"))
	list, a := t.tags(ctx, t.source(), nil)
	found := slices.ContainsFunc(list, func(tag string) bool { return strings.HasPrefix(tag, "sha256:") })
	return t.verdict(a.Status == http.StatusOK && !found, "no digest is listed",
		other{found: status(a) + ", or a digest is listed"}, a)
}

func (t *Trial) threeTags(ctx context.Context) {
	for _, tag := range []string{"1.0", "2.0", "3.0"} {
		t.push(ctx, t.source(), t.Image, tag, t.image(tag))
	}
}

func tagsInPages(ctx context.Context, t *Trial) Verdict {
	t.threeTags(ctx)
	list, a := t.tags(ctx, t.source(), url.Values{"n": {"2"}})
	return t.verdict(len(list) == 2 && a.Header.Get("Link") != "", "two tags and a Link",
		other{fmt.Sprintf("%d tags, Link %q", len(list), t.Redactor.Redact(a.Header.Get("Link"))), "TagsIgnoreN=true"}, a)
}

func tagsOnOnePage(ctx context.Context, t *Trial) Verdict {
	t.threeTags(ctx)
	list, a := t.tags(ctx, t.source(), nil)
	return t.verdict(len(list) == 3, "all tags are there",
		other{fmt.Sprintf("%d of 3 tags are on the first page", len(list)), "TagsPageSize>0, or TagsDelay>0"}, a)
}
