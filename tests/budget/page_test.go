package budget

import (
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The page names the budgets that hold.
func TestPageNamesBudgets(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/performance.md")
	require.NoError(t, err)
	for _, c := range Cases() {
		assert.Contains(t, string(page), fmt.Sprintf("\n| %s | %d / %d |", c.Name, c.Limits.Requests, c.Limits.Depth))
	}
}

// The page about scaling tells three of them.
func TestScalingNamesBudgets(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/scaling.md")
	require.NoError(t, err)
	told := map[string]string{
		"single-platform, one .sig":        "\n- %d for an image with one platform and one `.sig`",
		"2-platform, 3 .sig":               "\n- %d for an image with two platforms and three `.sig`",
		"nothing to do (single, one .sig)": "\n- %d where an image with one `.sig` is there already",
	}
	for _, c := range Cases() {
		if line, is := told[c.Name]; is {
			delete(told, c.Name)
			assert.Contains(t, string(page), fmt.Sprintf(line, c.Limits.Requests))
		}
	}
	assert.Empty(t, told)
}
