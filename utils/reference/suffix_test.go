package reference_test

import (
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"

	"github.com/signed-promote/signed-promote/utils/reference"
)

const hex = "4355a46b19d348dc2f57c046f8ef63d4538ebb936000f3c9ee954a27460dd865"

func sha256Of(encoded string) digest.Digest {
	return digest.NewDigestFromEncoded(digest.SHA256, encoded)
}

func TestParseSuffixTag(t *testing.T) {
	t.Parallel()
	other := strings.Repeat("ab", 32)
	tests := map[string]struct {
		tag  string
		want reference.SuffixTag
	}{
		"signature": {"sha256-" + hex + ".sig", reference.SuffixTag{Subject: sha256Of(hex), Suffix: "sig"}},
		"custom suffix": {"sha256-" + hex + ".cosign", reference.SuffixTag{
			Subject: sha256Of(hex),
			Suffix:  "cosign",
		}},
		"suffix with dots": {"sha256-" + hex + ".sbom.v2", reference.SuffixTag{
			Subject: sha256Of(hex),
			Suffix:  "sbom.v2",
		}},
		"prefix with a separator": {"pfx-sha256-" + hex + ".sig", reference.SuffixTag{
			Prefix:  "pfx-",
			Subject: sha256Of(hex), Suffix: "sig",
		}},
		"prefix without separator": {"qasha256-" + hex + ".att", reference.SuffixTag{
			Prefix: "qa", Subject: sha256Of(hex),
			Suffix: "att",
		}},
		"prefix and no suffix": {"v1_sha256-" + hex, reference.SuffixTag{Prefix: "v1_", Subject: sha256Of(hex)}},
		"prefix like the algorithm": {"sha256-sha256-" + hex + ".sig", reference.SuffixTag{
			Prefix:  "sha256-",
			Subject: sha256Of(hex), Suffix: "sig",
		}},
		"suffix like a digest": {
			"sha256-" + hex + ".sha256-" + other[:40],
			reference.SuffixTag{Subject: sha256Of(hex), Suffix: "sha256-" + other[:40]},
		},
		"a digest after a non-digest": {
			"sha256-" + other[:20] + ".sha256-" + hex + ".sig",
			reference.SuffixTag{Prefix: "sha256-" + other[:20] + ".", Subject: sha256Of(hex), Suffix: "sig"},
		},
		"128 characters": {
			strings.Repeat("p", 53) + "sha256-" + hex + ".sig",
			reference.SuffixTag{Prefix: strings.Repeat("p", 53), Subject: sha256Of(hex), Suffix: "sig"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, ok := reference.ParseSuffixTag(tt.tag)
			assert.True(t, ok)
			assert.Equal(t, tt.want, got)
			assert.Equal(t, tt.tag, got.String())
			assert.NoError(t, reference.CheckTag(tt.tag))
			assert.False(t, reference.IsImageTag(tt.tag))
			assert.False(t, reference.IsFallbackTag(tt.tag))
		})
	}
}

func TestOtherTagsAreNoSuffixTags(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		tag                 string
		isFallback, isImage bool
	}{
		"version":             {"1.0", false, true},
		"fallback tag":        {"sha256-" + hex, true, false},
		"sha512 fallback tag": {"sha512-" + hex, true, false},
		"sha384 fallback tag": {"sha384-" + hex, true, false},
		"upper-case hex":      {"sha256-" + strings.ToUpper(hex) + ".sig", false, true},
		"upper-case fallback": {"sha256-" + strings.ToUpper(hex), false, true},
		"63 digits":           {"sha256-" + hex[1:] + ".sig", false, true},
		"65 digits":           {"sha256-" + hex + "0.sig", false, true},
		"65 digits, fallback": {"sha256-" + hex + "0", false, true},
		"no separator":        {"sha256-" + hex + "-sig", false, true},
		"empty suffix":        {"sha256-" + hex + ".", false, true},
		"sha512 with suffix":  {"sha512-" + hex + ".sig", false, true},
		"other algorithm":     {"md5-" + hex, false, true},
		"digest folder":       {"sha256:" + hex, false, false},
		"own folder":          {".jfrog", false, false},
		"empty":               {"", false, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, ok := reference.ParseSuffixTag(tt.tag)
			assert.False(t, ok)
			assert.Empty(t, got)
			assert.Equal(t, tt.isFallback, reference.IsFallbackTag(tt.tag))
			assert.Equal(t, tt.isImage, reference.IsImageTag(tt.tag))
		})
	}
}

// The OCI distribution specification cuts the encoded part to 64 characters.
func TestFallbackTag(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("01", 64)
	tests := map[digest.Digest]string{
		sha256Of(hex): "sha256-" + hex,
		digest.NewDigestFromEncoded(digest.SHA512, long):      "sha512-" + long[:64],
		digest.NewDigestFromEncoded(digest.SHA384, long[:96]): "sha384-" + long[:64],
	}
	for d, want := range tests {
		assert.Equal(t, want, reference.FallbackTag(d))
		assert.True(t, reference.IsFallbackTag(want))
	}
}

func TestDigestFolder(t *testing.T) {
	t.Parallel()
	for _, d := range []digest.Digest{
		digest.FromString("x"), digest.SHA512.FromString("x"),
		digest.SHA384.FromString("x"),
	} {
		got, ok := reference.ParseDigestFolder(reference.DigestFolder(d))
		assert.True(t, ok, d)
		assert.Equal(t, d, got)
	}
	for _, name := range []string{"1.0", "sha256-" + hex, "sha256__" + hex, "sha256:" + strings.ToUpper(hex), "sha256:" +
		hex[1:], "md5:" + hex[:32], ":", ""} {
		_, ok := reference.ParseDigestFolder(name)
		assert.False(t, ok, name)
	}
}

func FuzzParseSuffixTag(f *testing.F) {
	for _, seed := range []string{
		"", "1.0", "sha256-" + hex, "sha256-" + hex + ".sig", "p-sha256-" + hex,
		"sha256-sha256-" + hex + ".sha256-" + hex, "sha256-" + hex + ".\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, tag string) {
		parsed, ok := reference.ParseSuffixTag(tag)
		if !ok {
			return
		}
		if parsed.String() != tag {
			t.Errorf("%q became %q", tag, parsed)
		}
		if parsed.Subject.Validate() != nil {
			t.Errorf("%q has the subject %q", tag, parsed.Subject)
		}
		if reference.IsFallbackTag(tag) || reference.IsImageTag(tag) {
			t.Errorf("%q is two things at once", tag)
		}
		if again, ok := reference.ParseSuffixTag(parsed.String()); !ok || again != parsed {
			t.Errorf("%q is read as %v, then as %v", tag, parsed, again)
		}
	})
}
