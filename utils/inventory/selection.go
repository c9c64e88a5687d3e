package inventory

import (
	"fmt"
	"hash/fnv"
	"slices"
	"time"

	"github.com/signed-promote/signed-promote/utils/wildcard"
)

// Selection says which images of a repository a run is about.
type Selection struct {
	// Include and Exclude are patterns of image paths; without Include every path is meant.
	Include, Exclude []wildcard.Pattern
	// Since leaves out tags that were not changed since; zero leaves out none.
	Since time.Time
	Shard Shard
	// Only names the image paths that are meant, nil for all.
	Only []string
}

// IsPartial reports that only some image paths are meant.
func (s Selection) IsPartial() bool {
	return s.Only != nil || len(s.Include)+len(s.Exclude) > 0 || s.Shard.Total > 1
}

// Wants reports whether an image path is meant.
func (s Selection) Wants(path string) bool {
	matches := func(p wildcard.Pattern) bool { return p.Matches(path) }
	if s.Only != nil && !slices.Contains(s.Only, path) {
		return false
	}
	included := len(s.Include) == 0 || slices.ContainsFunc(s.Include, matches)
	return included && !slices.ContainsFunc(s.Exclude, matches) && s.Shard.Has(path)
}

// Shard is one of several equal parts of a repository's image paths: number Index, counted from 1, of Total. The zero
// Shard is the whole.
type Shard struct{ Index, Total int }

// Has reports whether an image path belongs to the shard. It depends on the path alone, so that runs on several
// machines share the work without a word between them.
func (s Shard) Has(path string) bool {
	if s.Total <= 1 {
		return true
	}
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(path)) // never fails
	return int64(sum.Sum32())%int64(s.Total) == int64(s.Index-1)
}

// String returns "i/n", or nothing for the whole.
func (s Shard) String() string {
	if s.Total == 0 {
		return ""
	}
	return fmt.Sprintf("%d/%d", s.Index, s.Total)
}
