package layouts

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/policy"
	"github.com/signed-promote/signed-promote/utils/promotion"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// asked is one question to a verifier.
type asked struct {
	at reference.Reference
	// image is where the graph was read, records the digests of what is attached to the image or on that in turn.
	image   reference.Image
	records []string
	// tagged is what the target tag held at that moment; writes is how many changes had been asked for.
	tagged string
	writes int
}

// gatekeeper is a verifier that notes what it is asked, and answers as it was told to.
type gatekeeper struct {
	stage *stage
	// refuse and broken name the image at which it says no, or cannot say.
	refuse, broken string

	mu    sync.Mutex
	calls []asked
}

var errBroken = errors.New("the registry answered 503")

// Verify notes the question.
func (k *gatekeeper) Verify(_ context.Context, at reference.Reference, g *attachment.Graph) (*policy.Verdict, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	a := asked{at: at, image: g.Image, tagged: k.stage.tagged(), writes: k.stage.writes()} //nolint:contextcheck // the double is looked at beside the wire
	for _, found := range g.Attachments {
		a.records = append(a.records, string(found.Subject)+" "+string(found.Manifest.Digest))
	}
	slices.Sort(a.records)
	k.calls = append(k.calls, a)
	if g.Image.String() == k.broken {
		return nil, errBroken
	}
	verdict := &policy.Verdict{Outcomes: []policy.Outcome{{Subject: g.Root, Requirement: "signed by alice"}}}
	if g.Image.String() == k.refuse {
		verdict.Outcomes[0].Missing = "alice did not"
	}
	return verdict, nil
}

// writes counts the changes that the plugin asked for.
func (s *stage) writes() int { return len(s.wire.writes()) }

// tagWays are all in which a promotion sets its tag.
func tagWays() map[string]plan.Request {
	return map[string]plan.Request{
		"copy": request(false), "move": request(true), "pinned copy": pinned(false),
		"pinned move": pinned(true),
	}
}

// guarded is a stage with a rich image, an older one at the target, and a gatekeeper.
func guarded(t *testing.T, m mode) (*stage, *gatekeeper, digest.Digest) {
	t.Helper()
	s := newStage(t, m)
	root := s.app.Platforms(tag, "v1", "linux/amd64", "linux/arm64").Digest
	rich(s, s.app, root, "alice")
	s.target.Sign(s.target.Single(tag, "old"), "bob")
	k := &gatekeeper{stage: s}
	s.engine.Verifier = k
	return s, k, root
}

// The policy is asked twice: of all that the source has, before anything is written, and of all that the target has by
// then, read through it, while its tag still shows what it did. Both times it is asked about the place that the image
// goes to.
func TestPolicyIsAskedBeforeAndAfter(t *testing.T) {
	t.Parallel()
	for _, m := range modes() {
		for way, r := range tagWays() {
			t.Run(m.name+" "+way, func(t *testing.T) {
				t.Parallel()
				s, k, root := guarded(t, m)
				former := s.tagged()
				result := s.promote(r)
				require.NoError(t, result.Err)
				require.Len(t, k.calls, 2)
				source, target := k.calls[0], k.calls[1]
				assert.Equal(t, dev+"/"+name, source.image.String())
				assert.Zero(t, source.writes, "before the first write")
				assert.Equal(t, prod+"/"+name, target.image.String())
				assert.Equal(t, former, target.tagged, "before the tag is set")
				assert.Positive(t, target.writes)
				assert.NotEmpty(t, source.records)
				assert.Subset(t, target.records, source.records, "everything is seen through the target")
				for _, a := range k.calls {
					assert.Equal(t, r.Target.Image, a.at.Image)
				}
				assert.Equal(t, root.String(), s.tagged())
				assert.True(t, result.Verified.Source.Satisfied() && result.Verified.Target.Satisfied())
			})
		}
	}
}

// Refused at the source, nothing is written. Refused at the target, or when it cannot be asked, the tag stays, the
// source stays, and no staging tag is left.
func TestPolicyStopsThePromotion(t *testing.T) {
	t.Parallel()
	for way, r := range tagWays() {
		for side, image := range map[failure.Side]string{failure.Source: dev + "/" + name, failure.Target: prod + "/" +
			name} {
			for _, broken := range []bool{false, true} {
				t.Run(strings.Join([]string{way, string(side)}, " "), func(t *testing.T) {
					t.Parallel()
					s, k, _ := guarded(t, withAPI())
					former, before := s.tagged(), s.folders(s.app)
					if broken {
						k.broken = image
					} else {
						k.refuse = image
					}
					result := s.promote(r)
					require.Error(t, result.Err)
					var f *failure.Failure
					require.ErrorAs(t, result.Err, &f)
					assert.Equal(t, side, f.Side)
					assert.Equal(t, former, s.tagged())
					assert.Equal(t, before, s.folders(s.app))
					assert.NotContains(t, slices.Collect(maps.Keys(s.folders(s.target))), stagingTag())
					switch {
					case broken:
						require.ErrorIs(t, result.Err, errBroken)
						assert.Equal(t, promotion.Failed, result.Outcome)
					case side == failure.Source:
						assert.Equal(t, promotion.Refused, result.Outcome)
						assert.Zero(t, s.writes())
					default:
						assert.Equal(t, promotion.Failed, result.Outcome, "something was written")
						assert.Positive(t, s.writes())
					}
				})
			}
		}
	}
}
