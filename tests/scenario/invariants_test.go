package scenario

import (
	"encoding/json"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/fixture"
)

// begin notes the state before a run.
func (w *world) begin() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.before = look(w.server)
	w.server.ResetLog()
}

// changed is called after every change that becomes visible: no tag that the run sets may show an image whose
// attachments are not all there (design 3.1).
func (w *world) changed() {
	w.mu.Lock()
	before, others := w.before, w.others
	w.mu.Unlock()
	if others {
		return
	}
	now := look(w.server)
	for image, folders := range now {
		for tag, d := range folders {
			if isImageTag(tag) && before[image][tag] != d {
				w.attached(before, now, image, tag, d)
			}
		}
	}
}

// attached asserts that everything that was attached to a digest in any image before the run is attached to it in this
// one.
func (w *world) attached(before, now view, image, tag string, d digest.Digest) {
	for other := range before {
		if slices.Contains(w.apart, other) {
			continue
		}
		for record, content := range before.graphOf(w.images, other, d).records {
			if !w.keeps(now, image, record, content) {
				assert.Fail(w.t, "an unsigned moment", "%s:%s shows %s while %s is not there", image, tag, d, record)
			}
		}
	}
}

// keeps reports whether an image has a record that holds all of another one, or any where that is given up.
func (w *world) keeps(now view, image, record string, content digest.Digest) bool {
	held := now[image][record]
	return w.covers(held, content) || held != "" && slices.Contains(w.waives, image)
}

// covers reports whether a record holds all layers of another, as often as it does.
func (w *world) covers(now, before digest.Digest) bool {
	if now == before {
		return true
	}
	mine, there := w.images.Manifest(now)
	theirs, known := w.images.Manifest(before)
	return there && known && includes(mine, theirs)
}

func includes(mine, theirs fixture.Manifest) bool {
	var have []string
	for _, layer := range mine.Layers {
		have = append(have, encode(layer))
	}
	for _, layer := range theirs.Layers {
		at := slices.Index(have, encode(layer))
		if at < 0 {
			return false
		}
		have = slices.Delete(have, at, at+1)
	}
	return true
}

// checkRun asserts what holds for every run, however it ended.
func (w *world) checkRun(args []string, o outcome) {
	w.t.Helper()
	stats := w.server.Stats()
	assert.Zero(w.t, stats.LayerBytesDown+stats.LayerBytesUp, "layers passed through the client")
	for _, secret := range []string{password, token} {
		assert.NotContains(w.t, o.stdout+o.stderr, secret, "a secret is shown")
	}
	for _, r := range o.log {
		assert.False(w.t, r.Host != w.server.Host() && r.AuthHeaderPresent, "credentials went to %s", r.Host)
	}
	if slices.Contains(args, "json") && o.stdout != "" {
		w.checkJSON(o)
	}
	if !w.mayNest {
		w.nothingNested()
	}
	w.nothingLost()
}

func (w *world) checkJSON(o outcome) {
	w.t.Helper()
	var one json.RawMessage
	d := json.NewDecoder(strings.NewReader(o.stdout))
	if assert.NoError(w.t, d.Decode(&one), o.stdout) {
		assert.False(w.t, d.More(), "more than one object on stdout: %s", o.stdout)
		validate(w.t, one)
	}
}

// nothingNested asserts that no folder was copied into itself.
func (w *world) nothingNested() {
	w.t.Helper()
	for file := range w.server.Snapshot() {
		folder := path.Dir(file)
		assert.NotEqual(w.t, path.Base(folder), path.Base(path.Dir(folder)), "nested: %s", file)
	}
}

// nothingLost asserts that what was attached to anything in the target repository still does (design 3.2), and that
// every manifest there has its files.
func (w *world) nothingLost() {
	w.t.Helper()
	now := look(w.server)
	for image, folders := range w.before {
		if !strings.HasPrefix(image, prod+"/") {
			continue
		}
		for tag, d := range folders {
			if !isImageTag(tag) {
				assert.True(w.t, w.keeps(now, image, tag, d), "%s of %s was lost", tag, image)
			}
		}
	}
}

// whole asserts that a tag shows a digest, with all of its graph as it was at the source before the run, and every file
// of it.
func (w *world) whole(before view, source, target fixture.Image, tag string, d digest.Digest) {
	w.t.Helper()
	now, files := look(w.server), w.server.Snapshot()
	assert.Equal(w.t, d, now[target.String()][tag], "%s:%s", target, tag)
	g := before.graphOf(w.images, source.String(), d)
	for record, content := range g.records {
		assert.True(w.t, w.covers(now[target.String()][record], content), "%s of %s", record, target)
	}
	for name, held := range now[target.String()] {
		if m, ok := w.images.Manifest(held); ok && g.digests[held] {
			w.files(files, target, name, m)
		}
	}
	for child := range g.digests {
		if !slices.Contains(held(g.records), child) {
			assert.Contains(w.t, held(now[target.String()]), child, "%s does not have it", target)
		}
	}
	w.described(target)
}

// files asserts that the blobs of a manifest are in its folder.
func (w *world) files(files map[string]string, image fixture.Image, name string, m fixture.Manifest) {
	w.t.Helper()
	blobs := m.Layers
	if m.Config != nil {
		blobs = append(slices.Clone(blobs), *m.Config)
	}
	for _, blob := range blobs {
		assert.Contains(w.t, files, path.Join(image.String(), name, "sha256__"+blob.Digest.Encoded()), "a blob of %s", name)
	}
}

// described asserts that the properties by which Artifactory and jf search name the right image.
func (w *world) described(image fixture.Image) {
	w.t.Helper()
	for file, properties := range w.server.SnapshotProperties() {
		if path.Dir(path.Dir(file)) != image.String() || !strings.HasSuffix(file, "manifest.json") {
			continue
		}
		assert.Equal(w.t, []string{image.Name}, properties["docker.repoName"], file)
		assert.Equal(w.t, []string{path.Base(path.Dir(file))}, properties["docker.manifest"], file)
	}
}

func held(folders map[string]digest.Digest) []digest.Digest {
	var all []digest.Digest
	for _, d := range folders {
		all = append(all, d)
	}
	return all
}

func encode(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(raw)
}

func decode(t *testing.T, text string, v any) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(text), v), text)
}
