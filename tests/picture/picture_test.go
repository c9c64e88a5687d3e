package main

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func committed(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", "..", "docs", "picture", name))
	require.NoError(t, err)
	return string(content)
}

// TestPictureIsOfTheTranscript: the picture shows what the demo printed, and nothing else.
func TestPictureIsOfTheTranscript(t *testing.T) {
	t.Parallel()
	assert.Equal(t, draw(pick(committed(t, transcriptFile))), committed(t, pictureFile), "run 'make picture'")
}

// TestPictureTellsTheStory: the transcript is that of a demo which ended well, and both outcomes are in the picture.
func TestPictureTellsTheStory(t *testing.T) {
	t.Parallel()
	assert.True(t, strings.HasSuffix(committed(t, transcriptFile),
		"The usual promotion lost the signatures; signed-promote carried them.\n"))
	picture := committed(t, pictureFile)
	for _, words := range []string{
		"$ jf rt docker-promote team/app", "Error: no signatures found", "✗ the signatures stayed behind",
		"$ jf signed-promote promote team/app", "success: 1 image done", "✓ the signatures arrived",
	} {
		assert.Contains(t, picture, words)
	}
	seconds := 0.0
	for _, l := range pick(committed(t, transcriptFile)) {
		seconds += l.seconds()
		assert.LessOrEqual(t, len([]rune(l.text)), columns, l.text)
	}
	assert.InDelta(t, 20, seconds, 3, "it takes 20 seconds to see")
}

func TestPictureIsWellFormed(t *testing.T) {
	t.Parallel()
	decoder := xml.NewDecoder(strings.NewReader(committed(t, pictureFile)))
	elements := map[string]int{}
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		if start, ok := token.(xml.StartElement); ok {
			elements[start.Name.Local]++
		}
	}
	assert.Equal(t, 1, elements["svg"])
	assert.Greater(t, elements["text"], 15)
	assert.Zero(t, elements["script"]+elements["image"]+elements["foreignObject"], "nothing that GitHub would not show")
}

func TestNamesAreEscaped(t *testing.T) {
	t.Parallel()
	assert.Contains(t, draw([]line{{kind: plain, text: `<a>&"`}}), "&lt;a&gt;&amp;&#34;")
}
