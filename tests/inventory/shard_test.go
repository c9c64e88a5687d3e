package inventory

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// lasting leaves out what two runs never share.
func lasting(t *testing.T, text string) map[string]any {
	t.Helper()
	var r map[string]any
	require.NoError(t, json.Unmarshal([]byte(text), &r))
	for _, name := range []string{"at", "http", "durationMs", "merged", "shard", "journal"} {
		delete(r, name)
	}
	return r
}

// Shards of any number give exactly what one run gives.
func TestShardsGiveTheWhole(t *testing.T) {
	t.Parallel()
	s := start(t)
	newWorld(s, 11).fill(*tags)
	whole := plugin(t, s, "audit", prod, "--source-repos", dev+";"+old, "--format", "json")
	dir := t.TempDir()
	for _, n := range []int{2, 3, 7} {
		args := []string{"audit", "--merge", "--format", "json"}
		for i := 1; i <= n; i++ {
			o := plugin(t, s, "audit", prod, "--source-repos", dev+";"+old, "--format", "json", "--shard",
				fmt.Sprintf("%d/%d", i, n))
			require.Contains(t, []int{0, 5}, o.code, o.stderr)
			name := filepath.Join(dir, fmt.Sprintf("%d-%d.json", n, i))
			require.NoError(t, os.WriteFile(name, []byte(o.stdout), 0o600))
			args = append(args, name)
		}
		merged := local(t, args...)
		require.Equal(t, 5, merged.code, merged.stderr)
		assert.Equal(t, lasting(t, whole.stdout), lasting(t, merged.stdout), "%d shards", n)

		lacking := local(t, args[:len(args)-1]...)
		assert.Equal(t, 1, lacking.code)
		assert.Contains(t, lacking.stderr, fmt.Sprintf("%d of %d shards", n-1, n))
		twice := local(t, append(args, args[len(args)-1])...)
		assert.Equal(t, 1, twice.code)
		assert.Contains(t, twice.stderr, "is there twice")
	}
	name := filepath.Join(dir, "whole.json")
	require.NoError(t, os.WriteFile(name, []byte(whole.stdout), 0o600))
	assert.Contains(t, local(t, "audit", "--merge", name).stderr, "is of no shard")
}

// Repair and prune in shards do what one run does.
func TestShardsWorkTogether(t *testing.T) {
	t.Parallel()
	for command, args := range map[string][]string{
		"repair": {"repair", prod, "--source-repos", dev + ";" + old, "--on-conflict", "replace"},
		"prune": {
			"prune", prod, "--older-than", "0s", "--quiet", "--delete", "--now", "--central", "--journal",
			"/dev/null",
		},
	} {
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			var snapshots []map[string]string
			for _, n := range []int{1, 4} {
				s := start(t)
				w := newWorld(s, 12)
				w.whole = true
				w.fill(*tags / 3)
				for i := 1; i <= n; i++ {
					o := plugin(t, s, append(args, "--shard", fmt.Sprintf("%d/%d", i, n))...)
					require.Equal(t, 0, o.code, o.stderr)
				}
				snapshots = append(snapshots, s.Snapshot())
			}
			assert.Equal(t, snapshots[0], snapshots[1])
		})
	}
}

func TestBaseline(t *testing.T) {
	t.Parallel()
	s := start(t)
	app := four(s)
	open := app.Single("open", "open")
	app.Single("fixed", "fixed")
	before := plugin(t, s, "audit", prod, "--format", "json")
	require.Equal(t, 5, before.code)
	name := filepath.Join(t.TempDir(), "before.json")
	require.NoError(t, os.WriteFile(name, []byte(before.stdout), 0o600))

	app.Sign(app.Single("fixed", "fixed"), "alice")
	app.Single("new", "new")
	after := plugin(t, s, "audit", prod, "--format", "json", "--baseline", name)
	assert.Equal(t, 5, after.code)
	var r struct {
		Baseline struct {
			New, Fixed, Open []struct{ Tag, Digest string }
		}
	}
	require.NoError(t, json.Unmarshal([]byte(after.stdout), &r))
	require.Len(t, r.Baseline.New, 1)
	require.Len(t, r.Baseline.Fixed, 1)
	require.Len(t, r.Baseline.Open, 1)
	assert.Equal(t, []string{"new", "fixed", open.String()}, []string{
		r.Baseline.New[0].Tag, r.Baseline.Fixed[0].Tag,
		r.Baseline.Open[0].Digest,
	})
	assert.Contains(t, plugin(t, s, "audit", prod, "--baseline", name).stdout, "1 new, 1 fixed, 1 still open")
	other := plugin(t, s, "audit", dev, "--baseline", name)
	assert.Equal(t, 1, other.code)
	assert.Contains(t, other.stderr, "is an audit of "+prod+", and not of "+dev)
	part := filepath.Join(t.TempDir(), "part.json")
	require.NoError(t, os.WriteFile(part, []byte(plugin(t, s, "audit", dev, "--shard", "1/1", "--format", "json").stdout),
		0o600))
	merged := local(t, "audit", "--merge", part, "--baseline", name)
	assert.Equal(t, 1, merged.code)
	assert.Contains(t, merged.stderr, "is an audit of "+prod)
}
