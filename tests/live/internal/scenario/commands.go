package scenario

import (
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"

	"github.com/signed-promote/signed-promote/tests/live/internal/client"
)

// Exit codes of the plugin.
const (
	done    = 0
	refused = 4
	finding = 5
)

func pattern(w *world) {
	key, folder := w.key("key"), w.image
	names := []string{"/app", "/tool"}
	signed := make([]string, 0, len(names))
	for _, name := range names {
		w.image = folder + name
		ref := w.pushImage(w.Pair.Source, "1.0")
		w.pushImage(w.Pair.Source, "1.1-rc1")
		w.sign(tagSigner(), key, ref)
		signed = append(signed, ref)
	}
	w.jf(done, "copy", w.Pair.Source+"/"+folder+"/*:1.0", w.Pair.Target)
	for i, name := range names {
		w.image = folder + name
		w.arrived(w.signed(key, signed[i]))
		w.want(!slices.Contains(w.children(w.Pair.Target), "/1.1-rc1"), "a tag that the pattern does not mean was copied")
	}
}

func plan(w *world) {
	key, theirs := w.key("key"), w.key("theirs")
	ref := w.pushImage(w.Pair.Source, "1.0")
	w.sign(tagSigner(), key, ref)
	file := filepath.Join(w.home, "plan.json")
	w.promote("1.0", "--copy", "--plan-file", file)
	w.want(len(w.children(w.Pair.Target)) == 0, "writing a plan changed the target")
	w.jf(done, "apply", file)
	w.arrived(w.signed(key, ref))
	w.sign(tagSigner(), theirs, ref)
	w.jf(refused, "apply", file)
}

func verify(w *world) {
	key, stranger := w.key("key"), w.key("stranger")
	ref := w.pushImage(w.Pair.Source, "1.0")
	w.sign(tagSigner(), key, ref)
	image := w.Pair.Source + "/" + w.image + ":1.0"
	w.jf(done, "verify", image, "--key", key+".pub", "--insecure-ignore-tlog")
	w.jf(finding, "verify", image, "--key", stranger+".pub", "--insecure-ignore-tlog")
	w.promote("1.0", "--copy", "--key", key+".pub", "--insecure-ignore-tlog")
	w.arrived(w.signed(key, ref))
}

// repair lets the server alone promote first, which loses the signature.
func repair(w *world) {
	key := w.key("key")
	ref := w.pushImage(w.Pair.Source, "1.0")
	w.sign(tagSigner(), key, ref)
	w.bare("1.0")
	w.refuse(w.signed(key, ref))
	options := []string{w.Pair.Target, "--source-repos", w.Pair.Source, "--include", w.image}
	output := w.jf(finding, append([]string{"audit"}, options...)...)
	w.want(strings.Contains(output, "lost"), "audit does not tell that the signature is lost: %s", lastLines(output))
	w.jf(done, append([]string{"repair"}, options...)...)
	w.arrived(w.signed(key, ref))
	w.jf(done, append([]string{"audit"}, options...)...)
}

// bare promotes a tag as Artifactory does.
func (w *world) bare(tag string) {
	if w.err != nil {
		return
	}
	body := fmt.Sprintf(`{"targetRepo":%q,"dockerRepository":%q,"tag":%q,"copy":true}`, w.Pair.Target, w.image, tag)
	answer, err := w.Client.Do(w.ctx, client.Request{
		Method: http.MethodPost, Path: "api/docker/" + w.Pair.Source + "/v2/promote", Body: []byte(body), Header: map[string]string{"Content-Type": "application/json"},
	})
	if err != nil || answer.Status != http.StatusOK {
		w.fail("promoting without the plugin is not possible here")
	}
}

// prune keeps the signature of an image that stays, and removes that of one that was deleted.
func prune(w *world) {
	key := w.key("key")
	kept, gone := w.pushImage(w.Pair.Source, "kept"), w.pushImage(w.Pair.Source, "gone")
	w.sign(tagSigner(), key, kept)
	w.sign(tagSigner(), key, gone)
	w.remove(w.Pair.Source + "/" + w.image + "/gone")
	journal := filepath.Join(w.home, "journal")
	w.jf(done, "prune", w.Pair.Source, "--include", w.image, "--older-than", "0s", "--delete", "--now", "--subjects-in",
		w.Pair.Source, "--quiet", "--journal", journal)
	left := w.children(w.Pair.Source)
	w.want(!slices.Contains(left, signatureOf(gone)), "the signature of the deleted image is left")
	w.want(slices.Contains(left, signatureOf(kept)), "the signature of the other image is gone")
	w.hold(w.signed(key, kept))
}

// signatureOf names the folder of an image's signature as its parent lists it.
func signatureOf(ref string) string {
	return "/" + strings.Replace(digestOf(ref), ":", "-", 1) + ".sig"
}

// remove deletes a folder of the scenario.
func (w *world) remove(path string) {
	if w.err != nil {
		return
	}
	answer, err := w.Client.Do(w.ctx, client.Request{Method: http.MethodDelete, Path: path})
	if err != nil || answer.Status != http.StatusNoContent && answer.Status != http.StatusOK {
		w.fail("a tag could not be deleted")
	}
}
