package reference_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/reference"
)

func TestStagingTag(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, tag := range []string{"1.0", "1.1", "latest", strings.Repeat("t", 128)} {
		staging := reference.StagingTag(tag)
		require.NoError(t, reference.CheckTag(staging))
		assert.True(t, reference.IsStagingTag(staging))
		assert.True(t, reference.IsImageTag(staging), "a registry takes it for any other tag")
		assert.Equal(t, staging, reference.StagingTag(tag), "a rerun finds it")
		assert.False(t, seen[staging])
		seen[staging] = true
	}
	for _, tag := range []string{"1.0", "signed-promote-staging", "signed-promote-staging-xyz", "x-" +
		reference.StagingTag("1.0")} {
		assert.False(t, reference.IsStagingTag(tag), tag)
	}
}
