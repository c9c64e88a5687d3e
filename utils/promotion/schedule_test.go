package promotion

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/reference"
)

func between(source, target string, places ...plan.Mapping) plan.Request {
	image := func(path string) reference.Reference {
		return reference.Reference{Image: reference.Image{Repo: path[:1], Path: path}, Tag: "1"}
	}
	return plan.Request{Source: image(source), Target: image(target), Places: places}
}

// Whatever writes to, or deletes from, one image goes one after another; only the tags of one pair wait for each other
// by themselves.
func TestLanes(t *testing.T) {
	t.Parallel()
	shared := plan.Mapping{From: reference.Image{Repo: "s", Path: "in"}, To: reference.Image{Repo: "s", Path: "out"}}
	readOnly := plan.Mapping{From: reference.Image{Repo: "s", Path: "in"}}
	for name, tt := range map[string]struct {
		requests         []plan.Request
		lanes, inOrderly [][]int
	}{
		"strangers": {
			[]plan.Request{between("a", "x"), between("b", "y")},
			[][]int{{0}, {1}},
			[][]int{{0}, {1}},
		},
		"tags of one pair": {
			[]plan.Request{between("a", "x"), between("b", "y"), between("a", "x")},
			[][]int{{0}, {2}, {1}},
			[][]int{{0, 2}, {1}},
		},
		"one target": {[]plan.Request{between("a", "x"), between("b", "x")}, [][]int{{0, 1}}, [][]int{{0, 1}}},
		"one source": {[]plan.Request{between("a", "x"), between("a", "y")}, [][]int{{0, 1}}, [][]int{{0, 1}}},
		"a chain": {
			[]plan.Request{between("a", "x"), between("b", "y"), between("c", "z"), between("x", "y")},
			[][]int{{0, 1, 3}, {2}},
			[][]int{{0, 1, 3}, {2}},
		},
		"one place that is read": {
			[]plan.Request{between("a", "x", readOnly), between("b", "y", readOnly)},
			[][]int{{0}, {1}},
			[][]int{{0}, {1}},
		},
		"one below another": {
			[]plan.Request{between("a/b", "x"), between("a/bc", "y"), between("a/b/c", "z")},
			[][]int{{0, 2}, {1}},
			[][]int{{0, 2}, {1}},
		},
		"far below another": {
			[]plan.Request{between("a/b/c/d", "x"), between("b", "y"), between("a", "z")},
			[][]int{{0, 2}, {1}},
			[][]int{{0, 2}, {1}},
		},
		"below at the target": {
			[]plan.Request{between("a", "x/y"), between("b", "x/y/z"), between("c", "x/yz")},
			[][]int{{0, 1}, {2}},
			[][]int{{0, 1}, {2}},
		},
		"source below target": {
			[]plan.Request{between("a/b", "a"), between("a/b", "a")},
			[][]int{{0, 1}},
			[][]int{{0, 1}},
		},
		"one place to write": {
			[]plan.Request{between("a", "x", shared), between("b", "y", shared)},
			[][]int{{0, 1}},
			[][]int{{0, 1}},
		},
	} {
		assert.Equal(t, tt.lanes, schedule(tt.requests, false), name)
		assert.Equal(t, tt.inOrderly, schedule(tt.requests, true), name)
	}
	assert.Empty(t, schedule(nil, true))
}
