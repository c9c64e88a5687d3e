package plan_test

import (
	"strings"
	"testing"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/assert"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/plan"
)

// What happens to a record, by the state of the target's and by --on-conflict. Only .sig and .att are lists of entries.
func TestDecide(t *testing.T) {
	t.Parallel()
	const (
		copied, merged, updated = "copy copy-attachment", "merge merge-attachment", "merge update-attachment"
		replaced, kept          = "replace update-attachment", "keep"
		none, refused           = "none", "refused"
	)
	same := func(all string) [4]string { return [4]string{all, all, all, all} }
	mine := record(t, "sig", "A", "B")
	index := made(t, ocispec.MediaTypeImageIndex, manifest.Content{Manifests: []ocispec.Descriptor{*blob("x")}})
	states := map[string]struct {
		theirs *manifest.Manifest
		// lists and others hold what is expected of merge, keep, replace and fail.
		lists, others [4]string
	}{
		"absent":                   {nil, same(copied), same(copied)},
		"equal":                    {&mine, same(none), same(none)},
		"a folder without content": {&manifest.Manifest{}, same(updated), same(updated)},
		"less": {
			pointer(record(t, "sig", "B")),
			[4]string{updated, kept, replaced, refused},
			[4]string{refused, kept, replaced, refused},
		},
		"without entries": {
			pointer(record(t, "sig")),
			[4]string{updated, kept, replaced, refused},
			[4]string{refused, kept, replaced, refused},
		},
		"more": {
			pointer(record(t, "sig", "C", "A", "B")),
			[4]string{kept, kept, replaced, kept},
			[4]string{refused, kept, replaced, refused},
		},
		"another order": {
			pointer(record(t, "sig", "B", "A")),
			[4]string{kept, kept, replaced, kept},
			[4]string{refused, kept, replaced, refused},
		},
		"disjoint": {
			pointer(record(t, "sig", "C")),
			[4]string{merged, kept, replaced, refused},
			[4]string{refused, kept, replaced, refused},
		},
		"overlapping": {
			pointer(record(t, "sig", "B", "C")),
			[4]string{merged, kept, replaced, refused},
			[4]string{refused, kept, replaced, refused},
		},
		"one entry twice": {
			pointer(record(t, "sig", "A", "A")),
			[4]string{merged, kept, replaced, refused},
			[4]string{refused, kept, replaced, refused},
		},
		"no list": {
			&index,
			[4]string{refused, kept, replaced, refused},
			[4]string{refused, kept, replaced, refused},
		},
	}
	options := []plan.Conflict{plan.OnConflictMerge, plan.OnConflictKeep, plan.OnConflictReplace, plan.OnConflictFail}
	kinds := map[attachment.Kind]bool{
		attachment.KindSignature: true, attachment.KindAttestation: true, attachment.KindSBOM: false, attachment.KindOther: false,
	}
	for name, tt := range states {
		for kind, isList := range kinds {
			want := tt.others
			if isList {
				want = tt.lists
			}
			for i, on := range options {
				var theirs manifest.Manifest
				if tt.theirs != nil {
					theirs = *tt.theirs
				}
				transfer, action, ok := plan.Decide(on, kind, mine, theirs, tt.theirs != nil)
				got := strings.TrimSpace(string(transfer) + " " + string(action))
				if !ok {
					assert.Equal(t, none, got, "a conflict changes nothing")
					got = refused
				}
				assert.Equal(t, want[i], got, "%s, %s, --on-conflict %s", kind, name, on)
			}
		}
	}
}

// Nothing said is merge, and a source that is no list itself cannot be merged into one.
func TestDecideByDefault(t *testing.T) {
	t.Parallel()
	mine, theirs := record(t, "sig", "A"), record(t, "sig", "B")
	_, action, ok := plan.Decide("", attachment.KindSignature, mine, theirs, true)
	assert.True(t, ok)
	assert.Equal(t, plan.MergeAttachment, action)
	index := made(t, ocispec.MediaTypeImageIndex, manifest.Content{Manifests: []ocispec.Descriptor{*blob("x")}})
	_, _, ok = plan.Decide("", attachment.KindSignature, index, theirs, true)
	assert.False(t, ok)
}
