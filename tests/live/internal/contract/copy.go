package contract

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/signed-promote/signed-promote/tests/live/internal/client"
)

func copyStatements() []Statement {
	return []Statement{
		{
			ID: "copy-error-status", Section: "5.5", Confidence: Inferred, Knob: "CopyErrorStatus=409",
			Text:   "A copy with an error, here of a folder onto a file, answers 409 with a message of level ERROR.",
			Relied: "Any status but 200, and any message of level ERROR, is a failure.", Check: copyErrorStatus,
		},
		{
			ID: "copy-missing-source", Section: "5.5", Confidence: Undetermined,
			Text:   "Copying what is not there is answered 404.",
			Relied: "A source that vanished is told from other failures by a read of its own.", Check: copyMissing,
		},
		{
			ID: "copy-dry-run", Section: "5.1, 5.4", Confidence: ServerSource, Knob: "CopyMultiTx=false",
			Text:   "A dry run of a folder's copy changes nothing, and its message counts the files below.",
			Relied: "Permissions are asked about before the first write by dry runs of single files, never of folders.", Check: copyDryRun,
		},
		{
			ID: "copy-renames", Section: "5.3", Confidence: Documented,
			Text:   "Copying a folder to a path that does not exist makes that path, with its parents, and answers 200 with a message of level INFO.",
			Relied: "Suffix tags are copied as whole folders where the target has no such folder.", Check: copyRenames,
		},
		{
			ID: "copy-nests", Section: "5.3", Confidence: Documented,
			Text:   "Copying a folder to a folder that exists puts it below that folder.",
			Relied: "A copy is never sent twice without a look at the target between; nested folders are removed.", Check: copyNests,
		},
		{
			ID: "copy-merges", Section: "5.3", Confidence: ServerSource,
			Text:   "Copying a folder into the parent of a folder of its name merges: files that only the target has stay.",
			Relied: "Records that exist are merged by the registry API instead of copied over.", Check: copyMerges,
		},
		{
			ID: "copy-file-overwrites", Section: "5.3", Confidence: ServerSource,
			Text:   "Copying a file onto a file replaces it.",
			Relied: "Linking blobs into a folder that has some of them.", Check: copyFileOverwrites,
		},
		{
			ID: "copy-onto-itself", Section: "5.3", Confidence: ServerSource, Knob: "CopyErrorStatus=409",
			Text:   "Copying an item onto itself is an error, and it is still there.",
			Relied: "Promotions within one repository and image are refused before.", Check: copyOntoItself,
		},
	}
}

// messages are those of a copy's answer, with their levels.
func messages(a *client.Answer) (levels []string, text string) {
	var result struct {
		Messages []struct {
			Level   string `json:"level"`
			Message string `json:"message"`
		} `json:"messages"`
	}
	if !a.JSON(&result) {
		return nil, ""
	}
	for _, m := range result.Messages {
		levels, text = append(levels, strings.ToUpper(m.Level)), text+m.Message+"\n"
	}
	return levels, text
}

func hasLevel(a *client.Answer, level string) bool {
	levels, _ := messages(a)
	for _, l := range levels {
		if l == level {
			return true
		}
	}
	return false
}

// errorStatus judges the answer to a copy that has to fail.
func errorStatus(t *Trial, a *client.Answer) Verdict {
	knobs := map[int]string{http.StatusOK: "CopyErrorStatus=200", http.StatusConflict: "CopyErrorStatus=409"}
	instead := other{status(a) + " and no message of level ERROR", ""}
	if hasLevel(a, "ERROR") {
		instead = other{status(a) + " with a message of level ERROR", knobs[a.Status]}
		if instead.knob == "" {
			instead.knob = "CopyErrorStatus=0 (the code of the last error)"
		}
	}
	return t.verdict(a.Status == http.StatusConflict && hasLevel(a, "ERROR"), "409 with a message of level ERROR", instead,
		a)
}

func copyErrorStatus(ctx context.Context, t *Trial) Verdict {
	t.pushed(ctx)
	file := t.target() + "/" + t.Image + "/file"
	t.deploy(ctx, file, t.blob("file"))
	return errorStatus(t, t.copy(ctx, t.source()+"/"+t.Image+"/1.0", file))
}

func copyOntoItself(ctx context.Context, t *Trial) Verdict {
	t.pushed(ctx)
	folder := t.source() + "/" + t.Image + "/1.0"
	a := t.copy(ctx, folder+"/manifest.json", folder+"/manifest.json")
	if there, b := t.exists(ctx, folder+"/manifest.json"); !there {
		return t.verdict(false, "", other{found: "the item is gone"}, a, b)
	}
	return errorStatus(t, a)
}

func copyMissing(ctx context.Context, t *Trial) Verdict {
	a := t.copy(ctx, t.source()+"/"+t.Image+"/absent", t.target()+"/"+t.Image+"/absent")
	return t.verdict(a.Status == http.StatusNotFound, "404", other{found: status(a)}, a)
}

func copyDryRun(ctx context.Context, t *Trial) Verdict {
	t.pushed(ctx)
	r := copyRequest(t.source()+"/"+t.Image+"/1.0", t.target()+"/"+t.Image+"/1.0")
	r.Query = url.Values{"to": r.Query["to"], "dry": {"1"}}
	a := t.need(t.do(ctx, r), "a dry run", http.StatusOK)
	if there, b := t.exists(ctx, t.target()+"/"+t.Image+"/1.0"); there {
		return t.verdict(false, "", other{found: "the dry run copied"}, a, b)
	}
	_, text := messages(a)
	return t.verdict(strings.Contains(text, "3 artifacts"),
		"nothing is copied, and the message counts the manifest and its two blobs",
		other{"nothing is copied, and the message does not count 3 artifacts", "CopyMultiTx=true"}, a)
}

func copyRenames(ctx context.Context, t *Trial) Verdict {
	t.pushed(ctx)
	to := t.target() + "/" + t.Image + "/below/2.0"
	a := t.copy(ctx, t.source()+"/"+t.Image+"/1.0", to)
	there, b := t.exists(ctx, to+"/manifest.json")
	return t.verdict(a.Status == http.StatusOK && hasLevel(a, "INFO") && there, "the folder has the new path",
		other{found: status(a)}, a, b)
}

func copyNests(ctx context.Context, t *Trial) Verdict {
	t.pushed(ctx)
	from, to := t.source()+"/"+t.Image+"/1.0", t.target()+"/"+t.Image+"/1.0"
	t.need(t.copy(ctx, from, to), "the first copy", http.StatusOK)
	a := t.copy(ctx, from, to)
	there, b := t.exists(ctx, to+"/1.0/manifest.json")
	return t.verdict(there, "the second copy is at <tag>/<tag>", other{found: "the second copy is not at <tag>/<tag>"}, a,
		b)
}

func copyMerges(ctx context.Context, t *Trial) Verdict {
	img := t.pushed(ctx)
	folder := t.target() + "/" + t.Image
	t.deploy(ctx, folder+"/1.0/stale", t.blob("stale"))
	a := t.copy(ctx, t.source()+"/"+t.Image+"/1.0", folder)
	stale, b := t.exists(ctx, folder+"/1.0/stale")
	arrived, c := t.shows(ctx, t.target(), t.Image, "1.0", img)
	return t.verdict(stale && arrived, "the files of both are there", other{found: "a file of one side is missing"}, a, b,
		c)
}

func copyFileOverwrites(ctx context.Context, t *Trial) Verdict {
	from, to := t.source()+"/"+t.Image+"/file", t.target()+"/"+t.Image+"/file"
	t.deploy(ctx, from, t.blob("new"))
	t.deploy(ctx, to, t.blob("old"))
	a := t.copy(ctx, from, to)
	b := t.file(ctx, to)
	return t.verdict(a.Status == http.StatusOK && string(b.Body) == string(t.blob("new")), "the file is the new one",
		other{found: "the file is not the new one"}, a, b)
}
