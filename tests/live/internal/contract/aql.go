package contract

import (
	"context"
	"fmt"
	"net/http"

	"github.com/signed-promote/signed-promote/tests/live/internal/client"
)

func aqlStatements() []Statement {
	return []Statement{
		{
			ID: "aql-at-once", Section: "6.7", Confidence: ClientCode, Knob: "AQLDelay=0",
			Text:   "AQL finds a file as soon as it was pushed.",
			Relied: "Nothing: AQL finds, and never excludes.", Check: aqlAtOnce,
		},
		{
			ID: "aql-rows", Section: "6.2", Confidence: ServerSource,
			Text:   "A row has repo, path (the folder), name and type file; size is a number; total is the number of rows.",
			Relied: "Finding images by patterns.", Check: aqlRows,
		},
		{
			ID: "aql-by-sha256", Section: "6.5", Confidence: Documented,
			Text:   "Files are found by their sha256, and by a property with its value.",
			Relied: "Looking for copies of a lost signature; --props.", Check: aqlByContent,
		},
		{
			ID: "aql-unknown-repository", Section: "6.6", Confidence: ServerSource,
			Text:   "A query in an unknown repository is a 200 without rows.",
			Relied: "Repositories are looked up on their own before.", Check: aqlUnknownRepository,
		},
		{
			ID: "aql-malformed", Section: "6.6", Confidence: ServerSource,
			Text:   "A malformed query is a 400.",
			Relied: "Any status but 200 stops the search.", Check: aqlMalformed,
		},
	}
}

// row is a row of a result.
type row struct {
	Repo string `json:"repo"`
	Path string `json:"path"`
	Name string `json:"name"`
	Type string `json:"type"`
	Size int64  `json:"size"`
}

type rows struct {
	Results []row `json:"results"`
	Range   struct {
		Total        int    `json:"total"`
		Notification string `json:"notification"`
	} `json:"range"`
}

func aqlRequest(text string) client.Request {
	header := map[string]string{"Content-Type": "text/plain"}
	return client.Request{Method: http.MethodPost, Path: "api/search/aql", Header: header, Body: []byte(text)}
}

// aql runs a query that has to be answered.
func (t *Trial) aql(ctx context.Context, text string) (rows, *client.Answer) {
	return t.aqlAs(ctx, t.Client, text)
}

func (t *Trial) aqlAs(ctx context.Context, c *client.Client, text string) (rows, *client.Answer) {
	a := t.need(t.as(ctx, c, aqlRequest(text)), "a query", http.StatusOK)
	var out rows
	if t.err == nil && !a.JSON(&out) {
		t.fail("the result of a query cannot be read")
	}
	return out, a
}

// settled runs a query until it finds so many rows, for a while: whether they show at once is a statement of its own.
func (t *Trial) settled(ctx context.Context, c *client.Client, text string, want int) (rows, *client.Answer) {
	found, a := t.aqlAs(ctx, c, text)
	if len(found.Results) < want && t.err == nil {
		t.wait(ctx, func() bool {
			found, a = t.aqlAs(ctx, c, text)
			return len(found.Results) >= want || t.err != nil
		})
	}
	return found, a
}

// empty reports whether an answer is a result without rows.
func empty(a *client.Answer) bool {
	var found rows
	return a.JSON(&found) && found.Results != nil && len(found.Results) == 0
}

// inTag is a query for the files of the check's tag in the source.
func (t *Trial) inTag() string {
	return fmt.Sprintf(`items.find({"repo":%q,"path":%q}).include("repo","path","name","type","size")`, t.source(), t.Image+"/1.0")
}

func aqlAtOnce(ctx context.Context, t *Trial) Verdict {
	t.pushed(ctx)
	found, a := t.aql(ctx, t.inTag())
	if len(found.Results) == 3 || t.err != nil {
		return t.verdict(true, "all three files are found", other{}, a)
	}
	waited, late := t.wait(ctx, func() bool {
		later, _ := t.aql(ctx, t.inTag())
		return len(later.Results) == 3
	})
	if late {
		return t.verdict(false, "", other{fmt.Sprintf("they are found, but only after about %s", waited), "AQLDelay>0"}, a)
	}
	return t.verdict(false, "", other{
		fmt.Sprintf("%d of 3 files are found, also after %s", len(found.Results), waited),
		"AQLDelay>0",
	}, a)
}

func aqlRows(ctx context.Context, t *Trial) Verdict {
	img := t.pushed(ctx)
	found, a := t.settled(ctx, t.Client, t.inTag(), 3)
	for _, r := range found.Results {
		if r.Name == "manifest.json" {
			want := row{t.source(), t.Image + "/1.0", "manifest.json", "file", int64(len(img.raw))}
			return t.verdict(r == want && found.Range.Total == len(found.Results), "the row and the total are as expected",
				other{found: "the row or the total differ"}, a)
		}
	}
	return t.verdict(false, "", other{found: "the manifest is not found"}, a)
}

func aqlByContent(ctx context.Context, t *Trial) Verdict {
	img := t.pushed(ctx)
	query := `items.find({"repo":%q,%q:{"$eq":%q}}).include("repo","path","name","type","size")`
	bySum, a := t.settled(ctx, t.Client, fmt.Sprintf(query, t.source(), "sha256", img.hex()), 1)
	byProperty, b := t.settled(ctx, t.Client, fmt.Sprintf(query, t.source(), "@docker.manifest.digest", img.digest()), 1)
	return t.verdict(len(bySum.Results) == 1 && len(byProperty.Results) == 1, "one file is found by either",
		other{found: fmt.Sprintf("%d files by sha256, %d by property", len(bySum.Results), len(byProperty.Results))}, a, b)
}

func aqlUnknownRepository(ctx context.Context, t *Trial) Verdict {
	a := t.do(ctx, aqlRequest(fmt.Sprintf(`items.find({"repo":%q})`, t.source()+"-absent")))
	return t.verdict(a.Status == http.StatusOK && empty(a), "200 without rows", other{found: status(a)}, a)
}

func aqlMalformed(ctx context.Context, t *Trial) Verdict {
	a := t.do(ctx, aqlRequest(`items.find({"repo":`))
	return t.verdict(a.Status == http.StatusBadRequest, "400", other{found: status(a)}, a)
}
