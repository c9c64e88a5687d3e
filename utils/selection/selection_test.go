package selection_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/selection"
)

func ref(t interface{ Fatalf(string, ...any) }, s string) reference.Reference {
	r, err := reference.Parse(s)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return r
}

func TestPatternMatches(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		pattern, image string
		placeholders   []string
		matches        bool
	}{
		{"dev/app", "dev/app:1", []string{}, true},
		{"dev/app", "dev/app2:1", nil, false},
		{"dev/app", "dev/app/sub:1", nil, false},
		{"dev/app", "other/app:1", nil, false},
		{"dev/app*", "dev/app/sub:1", []string{}, true},
		{"dev/*/app", "dev/a/b/app:1", []string{}, true},
		{"dev/app:1.*", "dev/app:1.0", []string{}, true},
		{"dev/app:1.*", "dev/app:1x0", nil, false},
		{"dev/app:1.?", "dev/app:1.10", nil, false},
		{"dev/*:1.0", "dev/app:1.0", []string{}, true},
		{"dev/(*)/(app):(*)-rc?", "dev/team/x/app:1.2-rc3", []string{"team/x", "app", "1.2"}, true},
	} {
		p, err := selection.ParsePattern(tt.pattern)
		require.NoError(t, err, tt.pattern)
		placeholders, matches := p.Match(ref(t, tt.image))
		assert.Equal(t, tt.matches, matches, "%s %s", tt.pattern, tt.image)
		assert.Equal(t, tt.placeholders, placeholders)
	}
}

func TestExactPatterns(t *testing.T) {
	t.Parallel()
	p, err := selection.ParsePattern("dev/(team)/app:(1.0)")
	require.NoError(t, err)
	one, exact := p.Reference()
	assert.True(t, exact)
	assert.Equal(t, ref(t, "dev/team/app:1.0"), one)
	for _, s := range []string{"dev/team/app", "dev/team/app:*", "dev/team/*:1.0"} {
		p, err := selection.ParsePattern(s)
		require.NoError(t, err)
		_, exact := p.Reference()
		assert.False(t, exact, s)
	}
}

// A name without wildcards means itself and nothing else, and goes to itself in another repository.
func TestNamesMeanThemselves(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringMatching(`[a-z0-9]{1,5}([._/-][a-z0-9]{1,5}){0,3}`)
		tag := rapid.StringMatching(`[A-Za-z0-9_][A-Za-z0-9._-]{0,8}`)
		image, other := "dev/"+name.Draw(t, "image")+":"+tag.Draw(t, "tag"), "dev/"+name.Draw(t,
			"other image")+":"+tag.Draw(t, "other tag")
		p, err := selection.ParsePattern(image)
		require.NoError(t, err)
		_, matches := p.Match(ref(t, image))
		assert.True(t, matches)
		_, matches = p.Match(ref(t, other))
		assert.Equal(t, image == other, matches)
		d, err := selection.ParseDestination("prod")
		require.NoError(t, err)
		placed, err := d.Place(ref(t, image), nil)
		require.NoError(t, err)
		want := ref(t, image)
		want.Repo = "prod"
		assert.Equal(t, want, placed)
	})
}

func TestDestinationsThatCannotBe(t *testing.T) {
	t.Parallel()
	source := ref(t, "dev/team/app:1.0")
	for _, s := range []string{"", "prod:", "prod/app:", "prod/*", "prod/x/:1", "prod/app@sha256:00", "pro d"} {
		_, err := selection.ParseDestination(s)
		assert.Error(t, err, s)
	}
	for _, s := range []string{"prod/{1}", "prod:{2}", "prod/{0}", "prod/../x", "prod/a//b", "prod:a b", "prod/{x}"} {
		d, err := selection.ParseDestination(s)
		require.NoError(t, err, s)
		_, err = d.Place(source, nil)
		assert.Error(t, err, s)
	}
}

func TestDistinct(t *testing.T) {
	t.Parallel()
	one := selection.Selected{Source: ref(t, "dev/a:1"), Target: ref(t, "prod/a:1")}
	two := selection.Selected{Source: ref(t, "dev/b:1"), Target: ref(t, "prod/b:1")}
	kept, err := selection.Distinct([]selection.Selected{one, two, one})
	require.NoError(t, err)
	assert.Equal(t, []selection.Selected{one, two}, kept)
	for _, clash := range []selection.Selected{
		{Source: ref(t, "dev/c:1"), Target: one.Target},
		{Source: ref(t, "dev/c:1"), Target: ref(t, "dev/c:1")},
		{Source: ref(t, "dev/c:1"), Target: one.Source},
		{Source: one.Target, Target: ref(t, "dev/c:1")},
	} {
		_, err = selection.Distinct([]selection.Selected{one, clash})
		assert.True(t, failure.IsRefusal(err))
		assert.ErrorContains(t, err, "dev/c:1")
	}
}

func TestProperties(t *testing.T) {
	t.Parallel()
	got, err := selection.ParseProperties(`a=1;b=2,3;c=x\,y\;z;d=;`)
	require.NoError(t, err)
	assert.Equal(t, []selection.Property{{"a", "1"}, {"b", "2"}, {"b", "3"}, {"c", "x,y;z"}, {"d", ""}}, got)
	for _, s := range []string{"a", "=1", "a=1;b"} {
		_, err := selection.ParseProperties(s)
		assert.Error(t, err, s)
	}
}
