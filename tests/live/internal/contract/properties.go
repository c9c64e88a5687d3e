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

func propertyStatements() []Statement {
	return []Statement{
		{
			ID: "properties-of-push", Section: "2.7", Confidence: UserReport,
			Text:   "A push sets docker.manifest, docker.repoName, docker.manifest.digest and sha256 on the file of the manifest, also of an index.",
			Relied: "Searches by digest, which only find, never exclude.", Check: pushSetsProperties,
		},
		{
			ID: "properties-none", Section: "4.5", Confidence: ServerSource,
			Text:   "The properties of a file that has none are a 404.",
			Relied: "It counts as none where the file is known to be there.", Check: noProperties,
		},
		{
			ID: "properties-set", Section: "4.5", Confidence: Documented,
			Text:   "Setting properties is a 204, keeps the others, and takes a comma escaped by a backslash as part of the value.",
			Relied: "Carrying properties over to a pinned tag, and --props.", Check: setsProperties,
		},
		{
			ID: "properties-not-recursive", Section: "4.5", Confidence: Documented,
			Text:   "recursive=0 sets the properties of a folder alone.",
			Relied: "Properties are always set with it.", Check: notRecursive,
		},
		{
			ID: "properties-of-folder", Section: "4.5, 6.5", Confidence: ServerSource,
			Text:   "A search finds a folder by a property, with its value, until a DELETE has taken that away.",
			Relied: "What prune notes on folders. What is not found was not seen, and stays.", Check: foundByProperty,
		},
	}
}

// set is what an item has.
type set map[string][]string

func (s set) has(key, value string) bool { return slices.Contains(s[key], value) }

// properties reads the properties of an item; a 404 means none.
func (t *Trial) properties(ctx context.Context, path string) (set, *client.Answer) {
	a := t.do(ctx, client.Request{
		Method: http.MethodGet, Path: "api/storage/" + path,
		Query: url.Values{"properties": {""}},
	})
	t.need(a, "reading properties", http.StatusOK, http.StatusNotFound)
	var item struct {
		Properties set `json:"properties"`
	}
	if a.Status == http.StatusOK && !a.JSON(&item) {
		t.fail("the properties cannot be read")
	}
	return item.Properties, a
}

func setRequest(path, properties string) client.Request {
	query := url.Values{"properties": {properties}, "recursive": {"0"}}
	return client.Request{Method: http.MethodPut, Path: "api/storage/" + path, Query: query}
}

func (t *Trial) setProperties(ctx context.Context, path, properties string) *client.Answer {
	return t.need(t.do(ctx, setRequest(path, properties)), "setting properties", http.StatusNoContent, http.StatusOK)
}

func pushSetsProperties(ctx context.Context, t *Trial) Verdict {
	img := t.pushed(ctx)
	list := t.pushIndex(ctx, t.source(), t.Image, "2.0", img)
	a := t.pushSet(ctx, "1.0", img)
	b := t.pushSet(ctx, "2.0", list)
	return t.verdict(a.Status != 0 && b.Status != 0, "all four are set on both",
		other{found: "a property is missing or another"}, t.shown(ctx, "1.0", img), t.shown(ctx, "2.0", list))
}

// pushSet is an answer with a status if all properties of a push are there.
func (t *Trial) pushSet(ctx context.Context, tag string, c content) *client.Answer {
	s, a := t.properties(ctx, t.source()+"/"+t.Image+"/"+tag+"/"+c.file())
	if s.has("docker.manifest", tag) && s.has("docker.repoName", t.Image) && s.has("docker.manifest.digest",
		c.digest()) && s.has("sha256", c.hex()) {
		return a
	}
	return &client.Answer{}
}

func (t *Trial) shown(ctx context.Context, tag string, c content) *client.Answer {
	_, a := t.properties(ctx, t.source()+"/"+t.Image+"/"+tag+"/"+c.file())
	return a
}

func noProperties(ctx context.Context, t *Trial) Verdict {
	file := t.source() + "/" + t.Image + "/file"
	t.deploy(ctx, file, t.blob("file"))
	a := t.do(ctx, client.Request{
		Method: http.MethodGet, Path: "api/storage/" + file,
		Query: url.Values{"properties": {""}},
	})
	return t.verdict(a.Status == http.StatusNotFound, "404", other{found: status(a)}, a)
}

func setsProperties(ctx context.Context, t *Trial) Verdict {
	file := t.source() + "/" + t.Image + "/file"
	t.deploy(ctx, file, t.blob("file"))
	t.setProperties(ctx, file, "first=1")
	a := t.setProperties(ctx, file, `second=a\,b,c`)
	s, b := t.properties(ctx, file)
	return t.verdict(a.Status == http.StatusNoContent && s.has("first", "1") && s.has("second", "a,b") &&
		s.has("second", "c"),
		"204, and all values are there", other{found: status(a) + ", or a value is missing"}, a, b)
}

func notRecursive(ctx context.Context, t *Trial) Verdict {
	folder := t.source() + "/" + t.Image
	t.deploy(ctx, folder+"/file", t.blob("file"))
	a := t.setProperties(ctx, folder, "only=folder")
	onFolder, b := t.properties(ctx, folder)
	onFile, c := t.properties(ctx, folder+"/file")
	return t.verdict(onFolder.has("only", "folder") && !onFile.has("only", "folder"), "the folder alone has it",
		other{found: "the folder lacks it, or the file has it"}, a, b, c)
}

func foundByProperty(ctx context.Context, t *Trial) Verdict {
	folder := t.source() + "/" + t.Image
	t.deploy(ctx, folder+"/file", t.blob("file"))
	t.setProperties(ctx, folder, "note-"+t.id+"=seen")
	query := fmt.Sprintf(`items.find({"repo":%q,"type":"folder","@note-%s":{"$match":"*"}}).include("repo","path","name","@note-%s")`, t.source(), t.id, t.id)
	found, a := t.settled(ctx, t.Client, query, 1)
	gone := client.Request{
		Method: http.MethodDelete, Path: "api/storage/" + folder,
		Query: url.Values{"properties": {"note-" + t.id}, "recursive": {"0"}},
	}
	b := t.need(t.do(ctx, gone), "deleting a property", http.StatusNoContent, http.StatusOK)
	left, c := t.properties(ctx, folder)
	return t.verdict(len(found.Results) == 1 && strings.Contains(string(a.Body), "seen") && len(left) == 0,
		"it is found, and gone then",
		other{found: fmt.Sprintf("%d folders are found, and %d properties are left", len(found.Results), len(left))}, a, b, c)
}
