package contract

import (
	"context"
	"net/http"
	"regexp"
	"strings"

	"github.com/signed-promote/signed-promote/tests/live/internal/client"
)

func storageStatements() []Statement {
	return []Statement{
		{
			ID: "storage-manifest-digest", Section: "2.1, 4.1", Confidence: ClientCode, Knob: "NoSHA256=false",
			Text:   "File Info of a manifest has the manifest's digest as checksums.sha256, and the size as digits in a text.",
			Relied: "Digests of many tags without reading each manifest. Where sha256 is missing, the bytes are read.", Check: infoHasDigest,
		},
		{
			ID: "storage-children", Section: "4.2", Confidence: Documented,
			Text:   "Folder Info of an image lists its tags and its folders sha256:<hex> as children, and tells folders from files.",
			Relied: "The list of what an image has, which AQL cannot vouch for.", Check: infoHasChildren,
		},
		{
			ID: "storage-missing", Section: "4.4", Confidence: ServerSource,
			Text:   "An item that is not there, and one of an unknown repository, is a 404.",
			Relied: "404 alone means absent.", Check: infoMissing,
		},
		{
			ID: "storage-colon", Section: "2.4", Confidence: Inferred,
			Text:   "A colon in a path may be written : or %3A.",
			Relied: "Paths with sha256:<hex> go through jf's client, which escapes in its own way.", Check: infoColon,
		},
		{
			ID: "storage-file-list", Section: "4.3", Confidence: Documented,
			Text:   "?list&deep=1&depth=2 of an image lists all files below with their sha2.",
			Relied: "Reading an image of many tags in one request, and proving what was copied there.", Check: fileList,
		},
		{
			ID: "storage-delete", Section: "8.4", Confidence: ServerSource,
			Text:   "Deleting a folder is a 204, and deleting it again a 404.",
			Relied: "The last part of a move; a 404 counts as done.", Check: deletes,
		},
	}
}

var digits = regexp.MustCompile(`^\d+$`)

func infoHasDigest(ctx context.Context, t *Trial) Verdict {
	img := t.pushed(ctx)
	a := t.need(t.info(ctx, t.source()+"/"+t.Image+"/1.0/manifest.json"), "File Info", http.StatusOK)
	var info struct {
		Size      string `json:"size"`
		Checksums struct {
			SHA256 string `json:"sha256"`
		} `json:"checksums"`
	}
	read := a.JSON(&info)
	instead := other{found: "sha256 or size are not as expected"}
	if read && info.Checksums.SHA256 == "" {
		instead = other{"sha256 is missing", "NoSHA256=true"}
	}
	return t.verdict(read && info.Checksums.SHA256 == img.hex() && digits.MatchString(info.Size), "both are as expected",
		instead, a)
}

func infoHasChildren(ctx context.Context, t *Trial) Verdict {
	child := t.image("amd64")
	t.pushIndex(ctx, t.source(), t.Image, "1.0", child)
	a := t.need(t.info(ctx, t.source()+"/"+t.Image), "Folder Info", http.StatusOK)
	var info struct {
		Children []struct {
			URI    string `json:"uri"`
			Folder bool   `json:"folder"`
		} `json:"children"`
	}
	folders := map[string]bool{}
	read := a.JSON(&info)
	for _, c := range info.Children {
		folders[c.URI] = c.Folder
	}
	return t.verdict(read && folders["/1.0"] && folders["/"+child.digest()], "tag and child are listed as folders",
		other{found: "one is missing, or no folder"}, a)
}

func infoMissing(ctx context.Context, t *Trial) Verdict {
	a := t.info(ctx, t.source()+"/"+t.Image+"/absent")
	b := t.info(ctx, t.source()+"-absent/"+t.Image)
	return t.verdict(a.Status == http.StatusNotFound && b.Status == http.StatusNotFound, "404 for both",
		other{found: status(a) + " for the item, and for the repository " + status(b)}, a, b)
}

func infoColon(ctx context.Context, t *Trial) Verdict {
	img := t.image("image")
	t.push(ctx, t.source(), t.Image, img.digest(), img)
	folder := t.source() + "/" + t.Image + "/"
	a, b := t.info(ctx, folder+img.digest()), t.info(ctx, folder+strings.Replace(img.digest(), ":", "%3A", 1))
	return t.verdict(a.Status == http.StatusOK && b.Status == http.StatusOK, "both find the folder",
		other{found: status(a) + ", and with %3A " + status(b)}, a, b)
}

func fileList(ctx context.Context, t *Trial) Verdict {
	img := t.pushed(ctx)
	sums, a := t.list(ctx, t.source())
	return t.verdict(sums["/1.0/manifest.json"] == img.hex() && len(sums) == 3,
		"the manifest and its two blobs are listed",
		other{found: "sha2 of the manifest, or the number of files, is not as expected"}, a)
}

// list asks for the file list of the check's image: the sha256 of every file.
func (t *Trial) list(ctx context.Context, repo string) (map[string]string, *client.Answer) {
	query := map[string][]string{"list": {""}, "deep": {"1"}, "depth": {"2"}}
	a := t.need(t.do(ctx, client.Request{
		Method: http.MethodGet, Path: "api/storage/" + repo + "/" + t.Image,
		Query: query,
	}), "a file list", http.StatusOK)
	var answer struct {
		Files []struct {
			URI  string `json:"uri"`
			SHA2 string `json:"sha2"`
		} `json:"files"`
	}
	if t.err == nil && !a.JSON(&answer) {
		t.fail("the file list cannot be read")
	}
	sums := map[string]string{}
	for _, file := range answer.Files {
		sums[file.URI] = file.SHA2
	}
	return sums, a
}

func deletes(ctx context.Context, t *Trial) Verdict {
	t.pushed(ctx)
	r := client.Request{Method: http.MethodDelete, Path: t.source() + "/" + t.Image + "/1.0"}
	a, b := t.do(ctx, r), t.do(ctx, r)
	return t.verdict(a.Status == http.StatusNoContent && b.Status == http.StatusNotFound, "204, then 404",
		other{found: status(a) + ", then " + status(b)}, a, b)
}
