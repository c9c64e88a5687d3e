package prune

import (
	"fmt"
	"slices"
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/signed-promote/signed-promote/utils/reference"
)

func of(n int) digest.Digest { return digest.FromString(fmt.Sprint(n)) }

// draw makes an image in which anything may be attached to, list or name anything. Without circles, as digests allow
// none, an object knows only those that were there before it.
func draw(t *rapid.T, circles bool) []object {
	size := rapid.IntRange(1, 14).Draw(t, "objects")
	objects := make([]object, 0, size)
	for i := range size {
		// From 100 on they are nowhere.
		anything := rapid.IntRange(100, 102)
		if circles {
			anything = rapid.OneOf(rapid.IntRange(0, size), rapid.IntRange(100, 102))
		} else if i > 0 {
			anything = rapid.OneOf(rapid.IntRange(0, i-1), rapid.IntRange(100, 102))
		}
		o := object{image: reference.Image{Repo: "r", Path: "app"}, digest: of(i)}
		o.name = rapid.SampledFrom([]string{o.digest.String(), fmt.Sprint("tag-", i)}).Draw(t, "name")
		if rapid.Bool().Draw(t, "hangs") {
			o.subject = of(anything.Draw(t, "subject"))
		}
		if rapid.IntRange(0, 3).Draw(t, "lists") == 0 {
			for range rapid.IntRange(1, 3).Draw(t, "children") {
				o.needs = append(o.needs, of(anything.Draw(t, "child")))
			}
		}
		o.opaque = rapid.IntRange(0, 15).Draw(t, "opaque") == 0
		objects = append(objects, o)
	}
	return objects
}

// drawElsewhere returns the digests that other images of the repository hold.
func drawElsewhere(t *rapid.T) func(digest.Digest) bool {
	there := map[digest.Digest]bool{}
	for _, n := range rapid.SliceOfN(rapid.OneOf(rapid.IntRange(0, 14), rapid.IntRange(100, 102)), 0, 3).Draw(t,
		"elsewhere") {
		there[of(n)] = true
	}
	return func(d digest.Digest) bool { return there[d] }
}

func goes(gone []object, o object) bool {
	return slices.ContainsFunc(gone, func(g object) bool { return g.name == o.name })
}

// What goes is attached to nothing that stays, and nothing that stays lists it or names it as its subject.
func TestOrphansHaveNobody(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		objects, elsewhere := draw(t, true), drawElsewhere(t)
		gone := orphans(objects, elsewhere)
		for _, g := range gone {
			require.NotEmpty(t, g.subject, "only attachments and their parts go")
			require.False(t, !g.part && elsewhere(g.subject), "%s hangs on what another image holds", g.name)
			for _, o := range objects {
				if goes(gone, o) {
					continue
				}
				require.NotEqual(t, g.subject, o.digest, "%s hangs on %s, which stays", g.name, o.name)
				require.NotContains(t, o.needs, g.digest, "%s is listed by %s, which stays", g.name, o.name)
				require.NotContains(t, o.needs, g.subject, "%s hangs on a platform of %s, which stays", g.name, o.name)
				require.False(t, o.opaque, "%s may list anything, and stays", o.name)
				require.NotEqual(t, o.subject, g.digest, "%s is the subject of %s, which stays", g.name, o.name)
			}
		}
	})
}

// Everything that is attached to nothing goes: what stays is reached from something that is no attachment and no part
// of one, or from another image.
func TestNoOrphanIsForgotten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		objects, elsewhere := draw(t, false), drawElsewhere(t)
		for i := range objects {
			objects[i].opaque = false
		}
		// Parts: by digest, without a subject, listed by attachments and parts alone.
		part := map[string]bool{}
		for range objects {
			for _, o := range objects {
				listed, own := false, false
				for _, l := range objects {
					if slices.Contains(l.needs, o.digest) {
						listed, own = true, own || l.subject == "" && !part[l.name]
					}
				}
				part[o.name] = part[o.name] || o.name == o.digest.String() && o.subject == "" && listed && !own
			}
		}
		reached := map[int]bool{}
		for i, o := range objects {
			reached[i] = o.subject == "" && !part[o.name] || o.subject != "" && elsewhere(o.subject)
		}
		// A walk in the other direction: from what stays for its own sake to what it keeps.
		for again := true; again; {
			again = false
			for i, from := range objects {
				for j, to := range objects {
					hangs, lists, names := to.subject == from.digest, slices.Contains(from.needs, to.digest), from.subject == to.digest
					platform := to.subject != "" && slices.Contains(from.needs, to.subject)
					if reached[i] && !reached[j] && (hangs || lists || names || platform) {
						reached[j], again = true, true
					}
				}
			}
		}
		gone := orphans(objects, elsewhere)
		for i, o := range objects {
			require.Equal(t, !reached[i], goes(gone, o), o.name)
		}
	})
}

// An interrupted run, started again, goes on with exactly what is left.
func TestOrphansThatAreLeftAreFoundAgain(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		objects, elsewhere := draw(t, false), drawElsewhere(t)
		gone := orphans(objects, elsewhere)
		if len(gone) == 0 {
			return
		}
		cut := rapid.IntRange(1, len(gone)).Draw(t, "cut")
		left := slices.DeleteFunc(slices.Clone(objects), func(o object) bool { return goes(gone[:cut], o) })
		again := orphans(left, elsewhere)
		for _, g := range gone[cut:] {
			require.True(t, goes(again, g), g.name)
		}
		for _, g := range again {
			require.True(t, goes(gone, g), "nothing goes in the second run that did not in the first: %s", g.name)
		}
	})
}

func TestPartsGoBeforeWhatListsThem(t *testing.T) {
	t.Parallel()
	image := reference.Image{Repo: "r", Path: "app"}
	nowhere := func(digest.Digest) bool { return false }
	fallback := "sha256-" + of(9).Encoded()
	objects := []object{
		{image: image, name: fallback, digest: of(1), subject: of(9), needs: []digest.Digest{of(2), of(3)}},
		{image: image, name: of(2).String(), digest: of(2)},
		{image: image, name: of(3).String(), digest: of(3), subject: of(9)},
		{image: image, name: fallback + ".att", digest: of(4), subject: of(9)},
		{image: image, name: "sha256-" + of(4).Encoded() + ".sig", digest: of(5), subject: of(4)},
	}
	var names []string
	for _, o := range orphans(objects, nowhere) {
		names = append(names, o.name)
	}
	require.Len(t, names, 5)
	before := func(a, b string) { assert.Less(t, slices.Index(names, a), slices.Index(names, b)) }
	before(of(2).String(), fallback)
	before("sha256-"+of(4).Encoded()+".sig", fallback+".att")
	objects = append(objects, object{image: image, name: "1.0", digest: of(6), needs: []digest.Digest{of(2)}})
	assert.Len(t, orphans(objects, nowhere), 4, "a platform of an image stays, whoever lists it too")
}

func TestWhatCannotBeReadKeepsWhatItMayNeed(t *testing.T) {
	t.Parallel()
	app := reference.Image{Repo: "r", Path: "app"}
	gone := orphans([]object{
		{image: app, name: "1.0", digest: of(1), opaque: true},
		{image: app, name: of(2).String(), digest: of(2), subject: of(9)},
		{image: app, name: "sha256-" + of(9).Encoded() + ".sig", digest: of(3), subject: of(9)},
	}, func(digest.Digest) bool { return false })
	assert.Empty(t, gone, "it may be an index that lists the digest, or the subject as a platform")
}

// What is kept for a reason of its own keeps what it is attached to, what is attached to it and what it lists.
func TestWhatIsKeptKeepsWhatBelongsToIt(t *testing.T) {
	t.Parallel()
	image := reference.Image{Repo: "r", Path: "app"}
	all := []Orphan{
		{Image: image, Name: "signature of the young one", Digest: of(1), Subject: of(2)},
		{Image: image, Name: "young", Digest: of(2), Subject: of(3), KeepReason: "it is too young"},
		{Image: image, Name: "what the young one hangs on", Digest: of(3), Subject: of(9)},
		{Image: image, Name: "something beside it", Digest: of(4), Subject: of(9)},
		{
			Image: image, Name: "young list", Digest: of(5), Subject: of(9), KeepReason: "it is too young",
			Lists: []digest.Digest{of(6)},
		},
		{Image: image, Name: "its part", Digest: of(6), Subject: of(5)},
		{Image: image, Name: "young part", Digest: of(7), Subject: of(9), KeepReason: "it is too young"},
		{Image: image, Name: "what lists the young part", Digest: of(8), Subject: of(10), Lists: []digest.Digest{of(7)}},
		{Image: reference.Image{Repo: "r", Path: "other"}, Name: "elsewhere", Digest: of(6), Subject: of(5)},
	}
	p := &prune{result: &Orphans{All: all}}
	p.keepWithKept()
	var going []string
	for _, o := range p.result.All {
		if o.KeepReason == "" {
			going = append(going, o.Name)
		}
	}
	assert.Equal(t, []string{"something beside it", "elsewhere"}, going)
}
