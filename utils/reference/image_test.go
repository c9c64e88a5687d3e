package reference_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/reference"
)

func TestParse(t *testing.T) {
	t.Parallel()
	app := reference.Image{Repo: "docker-dev", Path: "team/app"}
	tests := map[string]reference.Reference{
		"docker-dev/team/app":               {Image: app},
		"docker-dev/team/app:1.0":           {Image: app, Tag: "1.0"},
		"docker-dev/team/app@sha256:" + hex: {Image: app, Digest: sha256Of(hex)},
		"r/a":                               {Image: reference.Image{Repo: "r", Path: "a"}},
		"repo_1.x/a__b.c--d/e:" + strings.Repeat("t", 128): {
			Image: reference.Image{Repo: "repo_1.x", Path: "a__b.c--d/e"},
			Tag:   strings.Repeat("t", 128),
		},
		"Repo/App:_x": {Image: reference.Image{Repo: "Repo", Path: "App"}, Tag: "_x"},
	}
	for text, want := range tests {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			got, err := reference.Parse(text)
			require.NoError(t, err)
			assert.Equal(t, want, got)
			assert.Equal(t, text, got.String())
		})
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ text, names string }{
		"no image":           {"docker-dev", "names no image"},
		"nothing":            {"", "names no image"},
		"empty repository":   {"/app", "repository key"},
		"repository":         {"a:b/app", `"a:b"`},
		"leading dot":        {".x/app", `".x"`},
		"empty path":         {"r/", "image path"},
		"empty tag":          {"r/app:", "not a tag"},
		"long tag":           {"r/app:" + strings.Repeat("t", 129), "at most 128"},
		"tag with a slash":   {"r/app:a/b", `"a/b"`},
		"two tags":           {"r/app:a:b", `"a:b"`},
		"double slash":       {"r/a//b", `"a//b"`},
		"way up":             {"r/../b", `"../b"`},
		"trailing slash":     {"r/a/", `"a/"`},
		"wild card":          {"r/a*", `"a*"`},
		"long path":          {"r/" + strings.Repeat("a", 256), "longer than 255"},
		"short digest":       {"r/app@sha256:abc", "not a digest"},
		"upper-case digest":  {"r/app@sha256:" + strings.ToUpper(hex), "not a digest"},
		"unknown algorithm":  {"r/app@md5:" + hex, "not a digest"},
		"tag and digest":     {"r/app:1.0@sha256:" + hex, `"app:1.0"`},
		"digest, empty path": {"r/@sha256:" + hex, "image path"},
		"line break":         {"r/app:1.0\n", "not a tag"},
		"terminal escape":    {"r/a\x1b[31m", `\x1b`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := reference.Parse(tt.text)
			assert.ErrorContains(t, err, tt.names)
		})
	}
}

func TestParseNameTag(t *testing.T) {
	t.Parallel()
	name, tag, err := reference.ParseNameTag("team/app:1.0")
	require.NoError(t, err)
	assert.Equal(t, []string{"team/app", "1.0"}, []string{name, tag})

	name, tag, err = reference.ParseNameTag("app")
	require.NoError(t, err)
	assert.Equal(t, []string{"app", ""}, []string{name, tag})

	for _, text := range []string{"", "app:", "app@sha256:" + hex, "/app", "app:1:2"} {
		_, _, err = reference.ParseNameTag(text)
		assert.Error(t, err, text)
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	image := reference.Image{Repo: "docker-dev", Path: "team/app"}
	assert.Equal(t, "docker-dev/team/app/1.0", image.Folder("1.0"))
	assert.Equal(t, "docker-dev/team/app:1.0", image.Tagged("1.0"))
	assert.Equal(t, "1.0", reference.Reference{Image: image, Tag: "1.0"}.Name())
	assert.Equal(t, "sha256:"+hex, reference.Reference{Image: image, Tag: "1.0", Digest: sha256Of(hex)}.Name(),
		"the digest says more than the tag")
	assert.Empty(t, reference.Reference{Image: image}.Name())
}

func TestHoldsImages(t *testing.T) {
	t.Parallel()
	for _, class := range []string{"local", "federated", "virtual", "remote", ""} {
		for _, packageType := range []string{"docker", "oci", "generic", "helmoci", ""} {
			want := (class == "local" || class == "federated") && (packageType == "docker" || packageType == "oci")
			got := reference.Repository{Key: "r", Class: class, PackageType: packageType}.HoldsImages()
			assert.Equal(t, want, got, "%s %s", class, packageType)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"", "/", "r/a", "r/a:1.0", "r/a@sha256:" + hex, "r/a:b@c", "r/a/../b", "r/a:\x00",
		"r//a",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		ref, err := reference.Parse(text)
		if err != nil {
			return
		}
		if ref.String() != text {
			t.Errorf("%q became %q", text, ref)
		}
		if strings.ContainsAny(text, "*?%#\\\x00\n ") || strings.Contains(ref.Path, "..") {
			t.Errorf("%q is no name of an image", text)
		}
		if reference.CheckRepo(ref.Repo) != nil || reference.CheckPath(ref.Path) != nil {
			t.Errorf("%q has the parts %q and %q", text, ref.Repo, ref.Path)
		}
	})
}
