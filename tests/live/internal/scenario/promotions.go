package scenario

import (
	"net/http"
	"slices"
	"strings"

	"github.com/signed-promote/signed-promote/tests/live/internal/client"
)

func single(w *world) {
	key, stranger := w.key("key"), w.key("stranger")
	ref := w.pushImage(w.Pair.Source, "1.0")
	w.sign(tagSigner(), key, ref)
	w.attest(tagSigner(), key, ref)
	proofs := append(w.signed(key, ref), w.attested(key, ref)...)
	w.hold(proofs)
	w.refuse(proofs)
	w.promote("1.0", "--copy")
	w.arrived(proofs)
	w.refuse(w.signed(stranger, ref))
}

func twoPlatforms(w *world) {
	key := w.key("key")
	ref, children := w.pushIndex("1.0")
	w.sign(tagSigner3(), key, ref, "--recursive")
	proofs := w.signed(key, ref)
	for _, signed := range children {
		proofs = append(proofs, w.signed(key, signed)...)
	}
	w.hold(proofs)
	w.promote("1.0", "--copy")
	w.arrived(proofs)
}

func bundle(w *world) {
	key, stranger := w.key("key"), w.key("stranger")
	ref := w.pushImage(w.Pair.Source, "1.0")
	cosign := w.bundler()
	w.sign(cosign, key, ref)
	w.attest(cosign, key, ref)
	report := w.orasAttach(ref)
	proofs := slices.Concat(w.signed(key, ref), w.attested(key, ref), w.shown(ref, report))
	w.hold(proofs)
	w.promote("1.0", "--copy")
	w.arrived(proofs)
	w.refuse(w.signed(stranger, ref))
}

// attachAll attaches in every layout: .sig, .att and .sbom, a .sig of the .att and one of the .sbom, a bundle, a
// referrer, and a bundle on that; it gives a proof of each.
func (w *world) attachAll() []proof {
	key, ref := w.key("key"), w.pushImage(w.Pair.Source, "1.0")
	tags, bundles := tagSigner(), w.bundler()
	w.sign(tags, key, ref)
	w.attest(tags, key, ref)
	att, sbom := w.record(ref, "att"), w.attachSBOM(ref)
	w.sign(tags, key, att)
	w.sign(tags, key, sbom)
	w.sign(bundles, key, ref)
	referrer := w.orasAttach(ref)
	w.sign(bundles, key, referrer)
	return []proof{
		// a bundle hides the tags from cosign, unless cosign 3 is told to look
		w.verify("cosign-v3", key, ref, "verify", "--new-bundle-format=false"),
		w.verify("cosign-v3", key, ref, "verify-attestation", "--type", "custom", "--new-bundle-format=false"),
		{tool: "cosign-v2", args: append([]string{"download", "sbom"}, w.http()...), ref: ref, shows: "SPDX-2.3"},
		w.verify("cosign-v2", key, att, "verify"),
		w.verify("cosign-v3", key, sbom, "verify"),
		w.verify("cosign-v3", key, ref, "verify"),
		w.shown(ref, referrer)[0],
		w.verify("cosign-v3", key, referrer, "verify"),
	}
}

func rich(w *world) {
	proofs := w.attachAll()
	w.hold(proofs)
	w.promote("1.0", "--copy")
	w.arrived(proofs)
}

func move(w *world) {
	proofs := w.attachAll()
	w.promote("1.0")
	w.arrived(proofs)
	left := w.children(w.Pair.Source)
	w.want(len(left) == 0, "something is left at the source: %s", strings.Join(left, " "))
}

func pin(w *world) {
	proofs := w.attachAll()
	w.pushImage(w.Pair.Target, "1.0")
	w.promote("1.0", "--copy", "--pin")
	w.arrived(proofs)
	now := w.tool("crane", slices.Concat([]string{"digest"}, w.insecure(), []string{w.ref(w.Pair.Target) + ":1.0"})...)
	w.want(strings.TrimSpace(now) == digestOf(proofs[0].ref), "the tag shows %s", now)
	folders := strings.Join(w.children(w.Pair.Target), " ")
	w.want(strings.Contains(folders, "/1.0") && !strings.Contains(folders, "staging"), "a staging tag is left: %s",
		folders)
}

func rename(w *world) {
	key := w.key("key")
	ref := w.pushImage(w.Pair.Source, "1.0-rc1")
	w.sign(tagSigner(), key, ref)
	w.promote("1.0-rc1", "--copy", "--target-docker-image", w.image+"-released", "--target-tag", "1.0")
	w.image += "-released"
	w.arrived(w.signed(key, ref))
}

func again(w *world) {
	key := w.key("key")
	ref := w.pushImage(w.Pair.Source, "1.0")
	w.sign(tagSigner(), key, ref)
	w.promote("1.0", "--copy")
	before := w.children(w.Pair.Target)
	output := w.promote("1.0", "--copy", "--format", "json")
	w.want(strings.Contains(output, `"nothing-to-do"`), "the second run says: %s", lastLines(output))
	w.want(slices.Equal(w.children(w.Pair.Target), before), "the second run changed the image's folder")
	w.arrived(w.signed(key, ref))
}

func otherClients(w *world) {
	key := w.key("key")
	ref, _ := w.pushIndex("1.0")
	w.sign(tagSigner3(), key, ref)
	w.promote("1.0", "--copy")
	tag, digest := w.ref(w.Pair.Target)+":1.0", digestOf(ref)
	w.tool("crane", slices.Concat([]string{"validate", "--remote", tag}, w.insecure())...)
	for tool, args := range map[string][]string{
		"crane": slices.Concat([]string{"digest"}, w.insecure()), "oras": slices.Concat([]string{
			"manifest", "fetch",
			"--descriptor",
		}, w.plain()),
		"regctl": slices.Concat(w.hosts(), []string{"manifest", "head"}),
	} {
		w.want(strings.Contains(w.tool(tool, append(args, tag)...), digest), "%s sees another digest", tool)
		w.proofs++
	}
}

// children lists what is in the image's folder, but for unfinished uploads, which the server itself removes after a
// day.
func (w *world) children(repo string) []string {
	if w.err != nil {
		return nil
	}
	answer, err := w.Client.Do(w.ctx, client.Request{Method: http.MethodGet, Path: "api/storage/" + repo + "/" + w.image})
	var folder struct {
		Children []struct {
			URI string `json:"uri"`
		} `json:"children"`
	}
	switch {
	case err != nil:
		w.fail("%w", err)
	case answer.Status == http.StatusNotFound:
	case answer.Status != http.StatusOK || !answer.JSON(&folder):
		w.fail("reading the folder of the image: the server answers %d", answer.Status)
	}
	var names []string
	for _, child := range folder.Children {
		if child.URI != "/_uploads" {
			names = append(names, child.URI)
		}
	}
	return names
}
