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
