package inventory

import (
	"flag"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/signed-promote/signed-promote/tests/fixture"
)

var orphanedSignatures = flag.Int("inventory.orphans", 100,
	"how many orphans TestWhatPruneCosts looks at, 50 on each image path")

// What a prune asks for: searches for all of them, one read of each attachment, since its name proves nothing, one
// request for each subject, since a search proves no absence, and a few for each image path. What was seen before takes
// one search.
func TestWhatPruneCosts(t *testing.T) {
	t.Parallel()
	const each = 50
	s := start(t)
	f := fixture.New(s)
	for i := range *orphanedSignatures {
		app := f.Image(prod, fmt.Sprint("team/app-", i/each))
		if i%each == 0 {
			app.Sign(app.Single("stays", app.Name), "alice")
		}
		gone(s, app, fmt.Sprint("gone-", i))
	}
	s.Age(48 * time.Hour)
	count := func(args ...string) (requests, searches int, r pruneResult) {
		s.ResetLog()
		r, o := pruneSeen(t, s, append(args, "--delete", "--older-than", "1h")...)
		assert.Equal(t, 0, o.code, o.stderr)
		assert.Equal(t, *orphanedSignatures, r.Totals.Seen+r.Totals.Planned)
		for _, one := range s.Log() {
			if strings.HasSuffix(one.Path, "/api/search/aql") {
				searches++
			}
		}
		return len(s.Log()), searches, r
	}
	paths := (*orphanedSignatures + each - 1) / each
	const permissions, perPath, perSearch = 6, 3, 60
	allowed := 2**orphanedSignatures + perPath*paths + (*orphanedSignatures+perSearch-1)/perSearch + permissions
	first, searches, _ := count("--dry-run")
	t.Logf("%d orphans in %d image paths: a dry run takes %d requests, %d of them searches", *orphanedSignatures, paths,
		first, searches)
	assert.LessOrEqual(t, first, allowed)
	_, _, r := count("--quiet")
	assert.Equal(t, *orphanedSignatures, r.Totals.Seen)
	again, more, r := count("--dry-run")
	assert.Equal(t, *orphanedSignatures, r.Totals.Seen)
	assert.Equal(t, first, again, "what was seen before takes one search, however much that is")
	assert.Equal(t, searches, more)
}
