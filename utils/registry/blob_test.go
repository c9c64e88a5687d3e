package registry_test

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/utils/failure"
)

// read opens a blob and reads it to its end.
func read(t *testing.T, open func() (io.ReadCloser, error)) (string, error) {
	t.Helper()
	body, err := open()
	if err != nil {
		return "", err
	}
	defer func() { assert.NoError(t, body.Close()) }()
	content, err := io.ReadAll(body)
	return string(content), err
}

func TestBlob(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*artifactory.Knobs){
		"direct": nil, "from a storage host": func(k *artifactory.Knobs) { k.RedirectDownloads = true },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, c := double(t, change)
			m := image(t, s, app(), ocispec.MediaTypeImageManifest, "layer")
			store(s, app(), "1.0", m)
			d := m.Content.Layers[0]
			got, err := read(t, func() (io.ReadCloser, error) { return c.Blob(t.Context(), app(), d) })
			require.NoError(t, err)
			assert.Equal(t, "layer", got)
			there, err := c.HasBlob(t.Context(), app(), d)
			require.NoError(t, err)
			assert.True(t, there)

			there, err = c.HasBlob(t.Context(), prod(), d)
			require.NoError(t, err)
			assert.False(t, there)
			_, err = c.Blob(t.Context(), prod(), d)
			require.ErrorIs(t, err, failure.ErrNotFound)
			assert.ErrorContains(t, err, "docker-prod/app@"+d.Digest.String())
		})
	}
}

func TestBlobErrors(t *testing.T) {
	t.Parallel()
	d := descriptor("x/y", []byte("layer"))
	for _, status := range []int{400, 401, 403, 405, 429, 500} {
		c := scripted(t, func(w http.ResponseWriter, _ *http.Request) { write(w, status, "") })
		there, err := c.HasBlob(t.Context(), app(), d)
		assert.False(t, there)
		got, _ := failure.Status(err)
		assert.Equal(t, status, got, "not a certain no")
		_, err = c.Blob(t.Context(), app(), d)
		require.NotErrorIs(t, err, failure.ErrNotFound)
		got, _ = failure.Status(err)
		assert.Equal(t, status, got)
	}
	c := scripted(t, func(w http.ResponseWriter, _ *http.Request) { write(w, http.StatusOK, "x") })
	for _, bad := range []digest.Digest{"", "latest", "sha256:x", "sha256:../../x"} {
		_, err := c.Blob(t.Context(), app(), ocispec.Descriptor{Digest: bad, Size: 1})
		require.Error(t, err)
		_, err = c.HasBlob(t.Context(), app(), ocispec.Descriptor{Digest: bad, Size: 1})
		require.Error(t, err)
	}
}

// What arrives is held against the descriptor: at the latest at its end, whatever the server announced.
func TestBlobOfOtherContent(t *testing.T) {
	t.Parallel()
	want := descriptor("x/y", []byte("the layer"))
	tests := map[string]struct {
		body, announced string
		length          bool
		fails           string
	}{
		"whole":                       {"the layer", want.Digest.String(), true, ""},
		"whole, nothing announced":    {"the layer", "", false, ""},
		"same length, other content":  {"the flyer", want.Digest.String(), true, "another digest"},
		"same length, no announcment": {"the flyer", "", false, "another digest"},
		"other digest announced":      {"the layer", digest.FromString("x").String(), true, "mismatch"},
		"too short":                   {"the", want.Digest.String(), true, "Content-Length"},
		"too short, no length":        {"the", "", false, "Content-Length"},
		"too long":                    {"the layer and more", "", true, "Content-Length"},
		"too long, no length":         {"the layer and more", "", false, "Content-Length"},
		"nothing":                     {"", "", false, "Content-Length"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := scripted(t, func(w http.ResponseWriter, _ *http.Request) {
				headers := []string{"Docker-Content-Digest", tt.announced}
				if tt.length {
					headers = append(headers, "Content-Length", strconv.Itoa(len(tt.body)))
				}
				stream(w, tt.body, headers...)
			})
			got, err := read(t, func() (io.ReadCloser, error) { return c.Blob(t.Context(), app(), want) })
			if tt.fails == "" {
				require.NoError(t, err)
				assert.Equal(t, "the layer", got)
				return
			}
			require.ErrorContains(t, err, tt.fails)
			assert.NotErrorIs(t, err, failure.ErrNotFound)
		})
	}
}

// stream answers 200 without a length of its own.
func stream(w http.ResponseWriter, body string, headers ...string) {
	write(w, http.StatusOK, "", headers...)
	if f, ok := w.(http.Flusher); ok {
		f.Flush()
	}
	_, _ = w.Write([]byte(body))
}

// A body larger than what the transport holds back is cut on its way.
func TestBlobThatIsCutOff(t *testing.T) {
	t.Parallel()
	content := bytes.Repeat([]byte("0123456789abcdef"), 1<<20)
	d := descriptor("x/y", content)
	short := string(content[:len(content)-1])
	for name, tt := range map[string]struct {
		answer http.HandlerFunc
		fails  string
	}{
		"connection breaks": {func(w http.ResponseWriter, _ *http.Request) {
			write(w, http.StatusOK, short, "Content-Length", strconv.Itoa(len(content)))
		}, "unexpected EOF"},
		"ends too early": {func(w http.ResponseWriter, _ *http.Request) { stream(w, short) }, "16777215 of 16777216 bytes"},
		"one byte wrong": {func(w http.ResponseWriter, _ *http.Request) { stream(w, short+"x") }, "another digest"},
		"one byte more": {
			func(w http.ResponseWriter, _ *http.Request) { stream(w, string(content)+"x") },
			"16777217 of 16777216 bytes",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := scripted(t, tt.answer)
			_, err := read(t, func() (io.ReadCloser, error) { return c.Blob(t.Context(), app(), d) })
			assert.ErrorContains(t, err, tt.fails)
		})
	}
	c := scripted(t, func(w http.ResponseWriter, _ *http.Request) { stream(w, string(content)) })
	got, err := read(t, func() (io.ReadCloser, error) { return c.Blob(t.Context(), app(), d) })
	require.NoError(t, err)
	assert.Len(t, got, len(content))
}

// There is no end to what a server can send: more than announced is refused before it is read.
func TestBlobThatNeverEnds(t *testing.T) {
	t.Parallel()
	var sent atomic.Int64
	c := scripted(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusOK)
		for chunk := make([]byte, 1<<20); r.Context().Err() == nil && sent.Load() < 256; sent.Add(1) {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	})
	_, err := read(t, func() (io.ReadCloser, error) {
		return c.Blob(t.Context(), app(),
			descriptor("x/y", []byte("layer")))
	})
	require.ErrorContains(t, err, "of 5 bytes")
	assert.Less(t, sent.Load(), int64(256))
}

func TestPushBlob(t *testing.T) {
	t.Parallel()
	s, c := double(t, nil)
	for name, content := range map[string][]byte{"some": []byte("payload"), "empty": {}, "two bytes": []byte("{}")} {
		d := descriptor("x/y", content)
		require.NoError(t, c.PushBlob(t.Context(), app(), d, content), name)
		m := parse(t, ocispec.MediaTypeImageManifest, ocispec.Manifest{Config: d, Layers: []ocispec.Descriptor{}})
		_, err := c.PutManifest(t.Context(), app(), "tag", m)
		require.NoError(t, err, "the registry has it")
		got, err := read(t, func() (io.ReadCloser, error) { return c.Blob(t.Context(), app(), d) })
		require.NoError(t, err)
		assert.Equal(t, string(content), got)
	}
	before := s.Snapshot()
	d := descriptor("x/y", []byte("payload"))
	require.Error(t, c.PushBlob(t.Context(), app(), d, []byte("another length")))
	require.Error(t, c.PushBlob(t.Context(), app(), d, []byte("payloaD")), "the registry computes the digest")
	err := as(t, s, "reader").PushBlob(t.Context(), app(), d, []byte("payload"))
	status, _ := failure.Status(err)
	assert.Equal(t, http.StatusForbidden, status)
	assert.Equal(t, before, s.Snapshot())
}
