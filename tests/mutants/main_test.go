package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// Every mistake can still be made: its place is in the code, once. Whether it is noticed is for `make mutants`.
func TestMistakesCanBeMade(t *testing.T) {
	t.Chdir("../..")
	names := map[string]bool{}
	for _, m := range mutants() {
		_, err := m.overlay(t.TempDir())
		assert.NoError(t, err, m.name)
		assert.NotEqual(t, m.right, m.wrong, m.name)
		assert.False(t, names[m.name], "%s is there twice", m.name)
		names[m.name] = true
	}
	assert.Greater(t, len(names), 40)
}
