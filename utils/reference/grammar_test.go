package reference_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	"github.com/signed-promote/signed-promote/utils/reference"
)

// texts are names, near misses and noise, out of the pieces that names of tags are made of.
func texts() *rapid.Generator[string] {
	tags := rapid.SampledFrom([]string{
		"sha256-" + hex, "sha512-" + hex, "sha256-" + hex + ".", "sha256-" + hex + ".sig",
		"pre-sha256-" + hex,
	})
	piece := rapid.OneOf(
		tags,
		rapid.SampledFrom([]string{
			"sha256-", "sha384-", "sha512-", "sha256", "-", ".", "_", "..", "sig", "v1", "\n", "é",
			"\xff", "A", hex, hex[1:], hex + "0", strings.ToUpper(hex),
		}),
		rapid.StringMatching(`[ -~]{0,3}`),
		rapid.StringMatching(`[A-Za-z0-9._-]{60,130}`),
	)
	composed := rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(piece, 0, 6).Draw(t, "pieces"),
			"")
	})
	return rapid.OneOf(tags, composed)
}

// TestGrammars: the names are those of the regular expressions that define them.
func TestGrammars(t *testing.T) {
	t.Parallel()
	name := regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$`)
	fallback := regexp.MustCompile(`^sha(?:256|384|512)-[0-9a-f]{64}$`)
	derived := regexp.MustCompile(`^(.*?)sha256-([0-9a-f]{64})(?:\.(.+))?$`)
	rapid.Check(t, func(t *rapid.T) {
		text := texts().Draw(t, "text")
		assert.Equal(t, name.MatchString(text), reference.CheckTag(text) == nil)
		assert.Equal(t, name.MatchString(text), reference.CheckRepo(text) == nil)
		assert.Equal(t, fallback.MatchString(text), reference.IsFallbackTag(text))
		m := derived.FindStringSubmatch(text)
		want := reference.SuffixTag{}
		ok := m != nil && name.MatchString(text) && (m[1] != "" || m[3] != "")
		if ok {
			want = reference.SuffixTag{Prefix: m[1], Subject: sha256Of(m[2]), Suffix: m[3]}
		}
		got, parsed := reference.ParseSuffixTag(text)
		assert.Equal(t, ok, parsed)
		assert.Equal(t, want, got)
	})
}
