package memo_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/memo"
)

func TestOneOfManyGetsIt(t *testing.T) {
	t.Parallel()
	var m memo.Map[string, int]
	var calls atomic.Int64
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			value, err := m.Get("key", func() (int, error) { return int(calls.Add(1)), nil })
			assert.NoError(t, err)
			assert.Equal(t, 1, value)
		})
	}
	group.Wait()
	assert.EqualValues(t, 1, calls.Load())
}

func TestKeysAreApart(t *testing.T) {
	t.Parallel()
	var m memo.Map[int, int]
	for key := range 3 {
		value, err := m.Get(key, func() (int, error) { return key, nil })
		require.NoError(t, err)
		assert.Equal(t, key, value)
	}
}

func TestAnErrorIsNotKept(t *testing.T) {
	t.Parallel()
	var m memo.Map[string, string]
	failed := errors.New("not now")
	_, err := m.Get("key", func() (string, error) { return "", failed })
	require.ErrorIs(t, err, failed)
	value, err := m.Get("key", func() (string, error) { return "there", nil })
	require.NoError(t, err)
	assert.Equal(t, "there", value)
}
