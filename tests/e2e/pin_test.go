//go:build e2e

package e2e

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/signed-promote/signed-promote/tests/artifactory"
)

// ways are the promotions that set the target tag by a write of the manifest, not by Artifactory's promote alone.
func ways() map[string]struct {
	options []string
	knobs   func(*artifactory.Knobs)
} {
	return map[string]struct {
		options []string
		knobs   func(*artifactory.Knobs)
	}{
		"pinned":                {[]string{"--pin"}, func(*artifactory.Knobs) {}},
		"the subject first":     {nil, func(k *artifactory.Knobs) { k.BeforeSubject = artifactory.SubjectlessRefused }},
		"what is not listed":    {nil, func(k *artifactory.Knobs) { k.BeforeSubject = artifactory.SubjectlessUnlisted }},
		"no promotion of a tag": {nil, func(k *artifactory.Knobs) { k.PromoteRefusesOCI = true }},
	}
}

// TestOtherWays promotes an image with attachments in every layout over an older one, in each of them: what verifies at
// the source verifies at the target, by the real tools, and no staging tag is left.
func TestOtherWays(t *testing.T) {
	t.Parallel()
	for name, way := range ways() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.server.SetKnobs(way.knobs)
			for _, repo := range []string{dev, prod} {
				w.server.AddRepository(artifactory.Repository{Key: repo, Class: artifactory.Federated})
			}
			w.pushImage(prod, "team/app", "1.0")
			w.carried(w.rich(w.key("key"), w.pushImage(dev, "team/app", "1.0")), way.options...)
			for _, file := range filesOf(w, prod) {
				assert.NotContains(w.t, file, "staging")
			}
		})
	}
}
