package contract

import (
	"context"
	"net/http"
	"strings"

	"github.com/signed-promote/signed-promote/tests/live/internal/client"
	"github.com/signed-promote/signed-promote/tests/live/internal/scratch"
)

func markStatements() []Statement {
	return []Statement{
		{
			ID: "marks-headers", Section: "0", Confidence: UserReport, Knob: "Unbranded=false",
			Text:   "A 404 of either API has X-Artifactory-Id or X-JFrog-Version.",
			Relied: "A 404 without any mark of the server's own is not believed. Without the headers, the form of the errors in the body is the mark.",
			Check:  headersMark,
		},
		{
			ID: "marks-bodies", Section: "0", Confidence: ServerSource,
			Text:   "A 404 of the REST API tells its errors with a status, one of the registry API with a code; a HEAD has Docker-Distribution-Api-Version.",
			Relied: "These are the marks where a proxy takes the headers off.", Check: bodiesMark,
		},
		{
			ID: "marks-unknown-path", Section: "0", Confidence: Undetermined, Knob: "BareUnknownPaths=false",
			Text:   "A path that is no endpoint of the registry API, as the referrers API is none on older servers, is a 404 with the server's own marks.",
			Relied: "That there is no referrers API is believed at once. Without marks it is asked several times.", Check: unknownPathIsMarked,
		},
		{
			ID: "rights-listing", Section: "0", Confidence: ServerSource,
			Text:   "Folder Info leaves out what the user may not read, whether unauthorized resources are hidden or not.",
			Relied: "An entry that is missing proves nothing: attachments of an image are asked for by name as well.", Check: listingIsFiltered,
		},
	}
}

// branded reports that an answer has one of the headers that are the server's own.
func branded(a *client.Answer) bool {
	return a.Header.Get("X-Artifactory-Id") != "" || a.Header.Get("X-JFrog-Version") != ""
}

// absences are the answers to three questions for what is not there: by the storage API, by the registry API, and there
// with HEAD.
func (t *Trial) absences(ctx context.Context) (storage, get, head *client.Answer) {
	t.pushed(ctx)
	request := manifestRequest(t.source(), t.Image, "absent")
	get = t.do(ctx, request)
	request.Method = http.MethodHead
	return t.info(ctx, t.source()+"/"+t.Image+"/absent"), get, t.do(ctx, request)
}

func headersMark(ctx context.Context, t *Trial) Verdict {
	storage, get, head := t.absences(ctx)
	return t.verdict(branded(storage) && branded(get) && branded(head), "all three answers have one of the headers",
		other{"an answer has neither header", "Unbranded=true"}, storage, get, head)
}

func bodiesMark(ctx context.Context, t *Trial) Verdict {
	storage, get, head := t.absences(ctx)
	marked := strings.Contains(string(storage.Body), `"status"`) && strings.Contains(string(get.Body), `"code"`) &&
		head.Header.Get("Docker-Distribution-Api-Version") != ""
	return t.verdict(marked, "all three answers have their mark", other{found: "an answer has no mark but headers"},
		storage, get, head)
}

func unknownPathIsMarked(ctx context.Context, t *Trial) Verdict {
	img := t.pushed(ctx)
	a := t.do(ctx, client.Request{Method: http.MethodGet, Path: registry(t.source(), t.Image) + "/nothing/" +
		img.digest()})
	marked := branded(a) || strings.Contains(string(a.Body), `"code"`)
	return t.verdict(a.Status == http.StatusNotFound && marked, "404 with a mark",
		other{status(a) + ", without a mark", "BareUnknownPaths=true"}, a)
}

func listingIsFiltered(ctx context.Context, t *Trial) Verdict {
	t.pushed(ctx)
	t.closedImage(ctx)
	folder := t.source() + "/" + scratch.Folder(t.Pair.Nonce)
	all := t.need(t.info(ctx, folder), "Folder Info", http.StatusOK)
	a := t.infoAs(ctx, t.Limited, folder)
	there := strings.Contains(string(all.Body), `"/closed"`)
	return t.verdict(there && a.Status == http.StatusOK && !strings.Contains(string(a.Body), `"/closed"`), "the folder is left out",
		other{found: status(a) + ", and the folder shows"}, all, a)
}
