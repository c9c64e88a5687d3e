package plan_test

import (
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/plan"
)

type records = map[string]manifest.Manifest

// signed makes an image with a signature of two keys, and tells its suffix tag.
func signed(t *testing.T) (s *shelf, root manifest.Manifest, sig string) {
	t.Helper()
	s = newShelf(t)
	root = s.image("1.0", "app")
	s.hang(root, "sig", "A", "B")
	return s, root, tagOf(root, "sig")
}

func TestMakeForEveryStateOfARecord(t *testing.T) {
	t.Parallel()
	const copied, updated, merged, promoted = "copy-attachment", "update-attachment", "merge-attachment", "promote"
	index := made(t, ocispec.MediaTypeImageIndex, manifest.Content{Manifests: []ocispec.Descriptor{*blob("x")}})
	tests := map[string]struct {
		suffix   string
		theirs   *manifest.Manifest
		action   string
		transfer plan.Transfer
		conflict bool
	}{
		"absent":                       {"sig", nil, copied, plan.TransferCopy, false},
		"equal":                        {"sig", pointer(record(t, "sig", "A", "B")), "", plan.TransferNone, false},
		"less":                         {"sig", pointer(record(t, "sig", "B")), updated, plan.TransferMerge, false},
		"empty":                        {"sig", pointer(record(t, "sig")), updated, plan.TransferMerge, false},
		"more":                         {"sig", pointer(record(t, "sig", "B", "C", "A")), "", plan.TransferKeep, false},
		"same entries, other order":    {"sig", pointer(record(t, "sig", "B", "A")), "", plan.TransferKeep, false},
		"disjoint":                     {"sig", pointer(record(t, "sig", "C")), merged, plan.TransferMerge, false},
		"overlapping":                  {"sig", pointer(record(t, "sig", "A", "C")), merged, plan.TransferMerge, false},
		"less often":                   {"sig", pointer(record(t, "sig", "A", "A")), merged, plan.TransferMerge, false},
		"an index":                     {"sig", &index, "", plan.TransferNone, true},
		"folder without manifest":      {"sig", &manifest.Manifest{}, updated, plan.TransferMerge, false},
		"attestation, absent":          {"att", nil, copied, plan.TransferCopy, false},
		"attestation, less":            {"att", pointer(record(t, "att", "A")), updated, plan.TransferMerge, false},
		"attestation, more":            {"att", pointer(record(t, "att", "A", "B", "C")), "", plan.TransferKeep, false},
		"attestation, disjoint":        {"att", pointer(record(t, "att", "C")), merged, plan.TransferMerge, false},
		"sbom, absent":                 {"sbom", nil, copied, plan.TransferCopy, false},
		"sbom, equal":                  {"sbom", pointer(record(t, "sbom", "A", "B")), "", plan.TransferNone, false},
		"sbom, other":                  {"sbom", pointer(record(t, "sbom", "C")), "", plan.TransferNone, true},
		"sbom is no list":              {"sbom", pointer(record(t, "sbom", "A")), "", plan.TransferNone, true},
		"sbom, folder without content": {"sbom", &manifest.Manifest{}, updated, plan.TransferMerge, false},
		"custom suffix is no list":     {"custom", pointer(record(t, "custom", "A")), "", plan.TransferNone, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShelf(t)
			root := s.image("1.0", "app")
			m := s.hang(root, tt.suffix, "A", "B")
			tag, state := tagOf(root, tt.suffix), plan.Target{Records: records{}}
			var before digest.Digest
			if tt.theirs != nil {
				state.Records[to().Folder(tag)] = *tt.theirs
				before = tt.theirs.Digest
			}
			r := request()
			r.AllowUnsigned = true
			p, err := plan.Make(r, s.graph("1.0"), state)
			require.Len(t, p.Items, 1)
			assert.Equal(t, tt.transfer, p.Items[0].Transfer)
			assert.Equal(t, tt.conflict, p.Items[0].Refused)
			if tt.conflict {
				assert.True(t, failure.IsRefusal(err))
				assert.ErrorContains(t, err, tag)
				assert.Empty(t, p.Of(plan.Promote))
				return
			}
			require.NoError(t, err)
			steps := p.Of(plan.CopyAttachment, plan.UpdateAttachment, plan.MergeAttachment)
			if tt.action == "" {
				assert.Equal(t, []string{promoted + " docker-prod/app/1.0"}, actions(p))
				return
			}
			assert.Equal(t, []string{tt.action + " docker-prod/app/" + tag, promoted + " docker-prod/app/1.0"}, actions(p))
			want := plan.Step{
				Action: plan.Action(tt.action), Path: to().Folder(tag), From: from().Folder(tag), Digest: m.Digest, Manifest: m, Before: before,
				Subject: root.Digest, Home: from(), Target: to(),
			}
			assert.Equal(t, []plan.Step{want}, steps)
		})
	}
}

func pointer(m manifest.Manifest) *manifest.Manifest { return &m }

func TestMakeForANewTarget(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	amd64, arm := s.image("", "amd64"), s.image("", "arm")
	root := s.index("1.0", amd64, arm)
	sbom := s.hang(root, "sbom")
	for _, m := range []manifest.Manifest{root, amd64, arm, sbom} {
		s.hang(m, "sig", "A")
	}
	p, err := plan.Make(request(), s.graph("1.0"), plan.Target{})
	require.NoError(t, err)
	assert.Len(t, p.Of(plan.CopyAttachment), 5)
	require.Len(t, p.Steps, 6)
	assert.Equal(t, plan.Step{
		Action: plan.Promote, Path: "docker-prod/app/1.0", From: "docker-dev/app/1.0", Digest: root.Digest, Manifest: root,
	}, p.Steps[5], "the image comes last")
	assert.Empty(t, p.Replaces)
	require.Len(t, p.Warnings, 1)
	assert.Contains(t, p.Warnings[0], "podman")
	assert.Equal(t, []digest.Digest{root.Digest, root.Digest}, []digest.Digest{p.Source.Digest, p.Target.Digest})
}

func TestMakeForAnEqualTarget(t *testing.T) {
	t.Parallel()
	s, root, sig := signed(t)
	state := plan.Target{Tagged: root.Digest, Records: records{to().Folder(sig): s.folders[sig]}}
	p, err := plan.Make(request(), s.graph("1.0"), state)
	require.NoError(t, err)
	assert.True(t, p.Empty())
	assert.Len(t, p.Items, 1, "it is told all the same")

	state.Lacking = map[digest.Digest]bool{blob("child").Digest: true}
	p, err = plan.Make(request(), s.graph("1.0"), state)
	require.NoError(t, err)
	assert.Equal(t, []string{"promote docker-prod/app/1.0"}, actions(p), "a child is missing under the same tag")
}

func TestMakeReplaces(t *testing.T) {
	t.Parallel()
	s, _, sig := signed(t)
	former := blob("former").Digest
	state := plan.Target{Tagged: former, Records: records{to().Folder(sig): s.folders[sig]}}
	r := request()
	p, err := plan.Make(r, s.graph("1.0"), state)
	require.NoError(t, err)
	assert.Equal(t, former, p.Replaces)
	assert.Equal(t, former, p.Steps[0].Before)

	r.NoOverwrite = true
	p, err = plan.Make(r, s.graph("1.0"), state)
	assert.True(t, failure.IsRefusal(err))
	assert.ErrorContains(t, err, former.String())
	assert.ErrorContains(t, err, "docker-prod/app:1.0")
	assert.Equal(t, former, p.Replaces)

	for _, tagged := range []digest.Digest{"", s.folders["1.0"].Digest} {
		_, err = plan.Make(r, s.graph("1.0"), plan.Target{Tagged: tagged})
		assert.NoError(t, err, "nothing is overwritten")
	}
}

func TestMakeWithinOneImage(t *testing.T) {
	t.Parallel()
	s, root, sig := signed(t)
	s.api = true
	bundle := s.refer(root, "bundle")
	r := request()
	r.Target.Image, r.Target.Tag = from(), "stable"
	p, err := plan.Make(r, s.graph("1.0"), plan.Target{})
	require.NoError(t, err)
	assert.Equal(t, []string{"promote docker-dev/app/stable"}, actions(p))
	require.Len(t, p.Items, 2)
	assert.ElementsMatch(t, []digest.Digest{s.folders[sig].Digest, bundle.Digest},
		[]digest.Digest{p.Items[0].Manifest.Digest, p.Items[1].Manifest.Digest})
	for _, item := range p.Items {
		assert.Equal(t, plan.TransferNone, item.Transfer)
		assert.False(t, item.Refused)
	}
}

// Referrers are pushed, what is attached to them after them, and without a referrers API the fallback tags are written.
func TestMakeWithReferrers(t *testing.T) {
	t.Parallel()
	for name, api := range map[string]bool{"API": true, "fallback tag": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShelf(t)
			s.api = api
			root := s.image("1.0", "app")
			one := s.refer(root, "one")
			two := s.refer(one, "two")
			if !api {
				for subject, m := range map[*manifest.Manifest]manifest.Manifest{&root: one, &one: two} {
					s.put("sha256-"+subject.Digest.Encoded(), ocispec.MediaTypeImageIndex,
						manifest.Content{Manifests: []ocispec.Descriptor{describe(m)}})
				}
			}
			r := request()
			r.AllowUnsigned = true
			p, err := plan.Make(r, s.graph("1.0"), plan.Target{})
			require.NoError(t, err)
			waves := map[digest.Digest]int{}
			for _, step := range p.Of(plan.PushReferrer) {
				waves[step.Digest] = step.Wave
				assert.Equal(t, to().Folder(step.Digest.String()), step.Path)
			}
			require.Len(t, waves, 2)
			if api {
				assert.Less(t, waves[one.Digest], waves[two.Digest])
				assert.Empty(t, p.Of(plan.UpdateFallback))
			} else {
				assert.Len(t, p.Of(plan.UpdateFallback), 2)
			}
			assert.Equal(t, plan.Promote, p.Steps[len(p.Steps)-1].Action)
		})
	}
}

func TestMakeNamesEveryConflict(t *testing.T) {
	t.Parallel()
	s, root, sig := signed(t)
	s.hang(root, "sbom", "A")
	sbom := tagOf(root, "sbom")
	r := request()
	r.OnConflict = plan.OnConflictFail
	_, err := plan.Make(r, s.graph("1.0"), plan.Target{Records: records{
		to().Folder(sig):  record(t, "sig", "C"),
		to().Folder(sbom): record(t, "sbom", "B"),
	}})
	var f *failure.Failure
	require.ErrorAs(t, err, &f)
	assert.Equal(t, failure.Target, f.Side)
	assert.NotEmpty(t, f.Hint)
	assert.Equal(t, 1, strings.Count(f.Message, sig))
	assert.Equal(t, 1, strings.Count(f.Message, sbom))
}
