package merge_test

import (
	"slices"
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/merge"
)

// entries draws lists from few payloads and few annotations, so that equal digests, repeats and overlaps are common.
func entries() *rapid.Generator[[]string] {
	one := rapid.Custom(func(t *rapid.T) string {
		payload := rapid.SampledFrom([]string{"p", "q"}).Draw(t, "payload")
		if rapid.IntRange(0, 4).Draw(t, "kind") == 0 {
			return entry(dsse, payload, nil)
		}
		value := rapid.OneOf(rapid.SampledFrom([]string{"A", "B", "<&>\n"}), rapid.String()).Draw(t, "signature")
		return signature(payload, value)
	})
	return rapid.SliceOfN(one, 0, 6)
}

// counts reports how often each entry is there.
func counts(list []string) map[string]int {
	n := map[string]int{}
	for _, e := range list {
		n[e]++
	}
	return n
}

func TestMergedIsTheUnionAsMultiset(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		mine, theirs := entries().Draw(t, "target"), entries().Draw(t, "source")
		target, config := record(t, mine...)
		source, sourceConfig := record(t, theirs...)
		merged, err := merge.Records(target, source, config)
		require.NoError(t, err)
		got := verbatim(t, merged.Manifest)

		require.True(t, slices.Equal(mine, got[:len(mine)]), "the target's entries come first, in order, byte by byte")
		want := counts(mine)
		for e, n := range counts(theirs) {
			want[e] = max(want[e], n)
		}
		require.Equal(t, want, counts(got), "each as often as on the side that has it more often")

		again, err := merge.Records(merged.Manifest, source, merged.Config)
		require.NoError(t, err)
		require.Equal(t, merged.Manifest.Digest, again.Manifest.Digest, "idempotent")
		other, err := merge.Records(source, target, sourceConfig)
		require.NoError(t, err)
		require.Equal(t, counts(got), counts(verbatim(t, other.Manifest)), "commutative up to order")
	})
}

func TestIndexIsTheUnion(t *testing.T) {
	t.Parallel()
	referrers := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) manifest.Manifest {
		return referrer(t, rapid.SampledFrom([]string{"a", "b", "c", "d", "e"}).Draw(t, "name"), nil)
	}), 0, 6)
	rapid.Check(t, func(t *rapid.T) {
		mine, theirs := referrers.Draw(t, "target"), referrers.Draw(t, "source")
		old, err := merge.Index(manifest.Manifest{}, mine)
		require.NoError(t, err)
		index, err := merge.Index(old, theirs)
		require.NoError(t, err)
		want := map[digest.Digest]bool{}
		for _, m := range slices.Concat(mine, theirs) {
			want[m.Digest] = true
		}
		require.Len(t, index.Content.Manifests, len(want))
		for i, d := range index.Content.Manifests {
			require.True(t, want[d.Digest])
			require.True(t, i == 0 || index.Content.Manifests[i-1].Digest < d.Digest, "sorted, each once")
		}
		again, err := merge.Index(index, slices.Concat(theirs, mine))
		require.NoError(t, err)
		require.Equal(t, string(index.Raw), string(again.Raw), "a second time changes no byte")
	})
}
