package contract

import (
	"context"
	"fmt"
	"net/http"
	"strings"
)

func aqlLimitStatements() []Statement {
	return []Statement{
		{
			ID: "aql-longest-query", Section: "6.7", Confidence: Documented, Knob: "AQLMaxQuery=6000",
			Text:   "A query of more than 6000 characters is a 400 (on the cloud; others may take it).",
			Relied: "Queries are kept below that.", Check: aqlTooLong,
		},
		{
			ID: "aql-long-query", Section: "6.7", Confidence: Documented, Knob: "AQLMaxQuery=6000",
			Text:   "A query of 5900 characters is answered.",
			Relied: "The plugin's own limit: searches for many digests are split there.", Check: aqlLong,
		},
		{
			ID: "aql-pages", Section: "6.4", Confidence: Documented,
			Text:   "sort, offset and limit give the rows page by page.",
			Relied: "--limit, --sort-by and --sort-order.", Check: aqlPages,
		},
		{
			ID: "aql-rights-after-limit", Section: "6.3", Confidence: Documented, Knob: "AQLFilterBeforeLimit=false",
			Text:   "Rows that a user may not read are dropped after the limit was applied: a page may be short although more follow.",
			Relied: "--limit may give fewer images than there are; that is all that is concluded from a missing row: prune by one who is no administrator keeps what it may belong to.", Check: aqlRightsAfterLimit,
		},
		{
			ID: "aql-no-hard-limit", Section: "6.2", Confidence: Inferred, Knob: "AQLHardLimit=0",
			Text:   "Three rows come without the notification that the server has trimmed the result.",
			Relied: "A notification stops the search with an error.", Check: aqlUntrimmed,
		},
	}
}

// padded is a query of that many characters for nothing.
func (t *Trial) padded(length int) string {
	query := fmt.Sprintf(`items.find({"repo":%q,"name":{"$eq":"X"}}).include("repo","path","name")`, t.source())
	return strings.Replace(query, "X", strings.Repeat("x", length-len(query)+1), 1)
}

func aqlTooLong(ctx context.Context, t *Trial) Verdict {
	a := t.do(ctx, aqlRequest(t.padded(6100)))
	return t.verdict(a.Status == http.StatusBadRequest, "400", other{status(a), "AQLMaxQuery=0"}, a)
}

func aqlLong(ctx context.Context, t *Trial) Verdict {
	a := t.do(ctx, aqlRequest(t.padded(5900)))
	return t.verdict(a.Status == http.StatusOK && empty(a), "200 without rows", other{status(a), "a smaller AQLMaxQuery"},
		a)
}

func aqlPages(ctx context.Context, t *Trial) Verdict {
	t.threeTags(ctx)
	query := fmt.Sprintf(`items.find({"repo":%q,"path":{"$match":%q},"name":"manifest.json"}).include("repo","path","name").sort({"$asc":["path"]})`,
		t.source(), t.Image+"/*")
	t.settled(ctx, t.Client, query, 3)
	first, a := t.aql(ctx, query+`.offset(0).limit(2)`)
	second, b := t.aql(ctx, query+`.offset(2).limit(2)`)
	ordered := len(first.Results) == 2 && len(second.Results) == 1 && second.Results[0].Path == t.Image+"/3.0"
	return t.verdict(ordered, "two rows, then one",
		other{found: fmt.Sprintf("%d rows, then %d, or in another order", len(first.Results), len(second.Results))}, a, b)
}

// aqlRightsAfterLimit puts one file where the limited user may not read and one, later in the order, where that user
// may.
func aqlRightsAfterLimit(ctx context.Context, t *Trial) Verdict {
	name := "marked-" + t.id
	t.deploy(ctx, t.source()+"/"+t.folder("closed")+"/"+name, t.blob("closed"))
	t.deploy(ctx, t.source()+"/"+t.folder("open")+"/"+name, t.blob("open"))
	query := fmt.Sprintf(`items.find({"repo":%q,"name":%q}).include("repo","path","name").sort({"$asc":["path"]})`, t.source(), name)
	t.settled(ctx, t.Client, query, 2)
	all, a := t.aqlAs(ctx, t.Limited, query+`.limit(2)`)
	page, b := t.aqlAs(ctx, t.Limited, query+`.limit(1)`)
	if len(all.Results) != 1 && t.err == nil {
		return t.untestable(fmt.Sprintf("the limited user sees %d of 2 files, not 1", len(all.Results)))
	}
	return t.verdict(len(page.Results) == 0, "the first page is empty, although a row follows",
		other{"the first page has the row that may be read", "AQLFilterBeforeLimit=true"}, a, b)
}

func aqlUntrimmed(ctx context.Context, t *Trial) Verdict {
	t.pushed(ctx)
	found, a := t.settled(ctx, t.Client, t.inTag(), 3)
	return t.verdict(found.Range.Notification == "", "there is no notification",
		other{"the result was trimmed", "AQLHardLimit>0"}, a)
}
