package promotion

import (
	"maps"
	"slices"
	"sync"

	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// folderLock lets the tags of one pair of images be worked on at the same time as long as they have nothing in common:
// no child, no attachment, nothing that something could are attached to. Of those that have, one waits for the other;
// and what decides by all that an image holds, as a move does, is alone.
type folderLock struct {
	mu   sync.Mutex
	free sync.Cond
	// claimed are the folders of those who are at it, inside is how many these are, and exclusive tells that it is one
	// who is alone.
	claimed   map[string]bool
	inside    int
	exclusive bool
	// written are the folders that may have been written since the pair was listed.
	written map[string]bool
}

func newFolderLock() *folderLock {
	t := &folderLock{claimed: map[string]bool{}, written: map[string]bool{}}
	t.free.L = &t.mu
	return t
}

// lock waits until nobody has anything of the folders that are claimed; no claims are all folders. stale tells that
// some of them have been written since the pair was listed, and grown how many were in all.
func (t *folderLock) lock(claims []string) (stale bool, grown int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	isClaimed := func(name string) bool { return t.claimed[name] }
	for t.exclusive || t.inside > 0 && len(claims) == 0 || slices.ContainsFunc(claims, isClaimed) {
		t.free.Wait()
	}
	t.inside++
	t.exclusive = len(claims) == 0
	for _, name := range claims {
		t.claimed[name] = true
	}
	isWritten := func(name string) bool { return t.written[name] || t.written[everything] }
	return t.exclusive && len(t.written) > 0 || slices.ContainsFunc(claims, isWritten), len(t.written)
}

// everything stands for all folders among those that were written.
const everything = "*"

// listed reports that one who is alone has listed the pair anew.
func (t *folderLock) listed() {
	t.mu.Lock()
	defer t.mu.Unlock()
	clear(t.written)
}

// unlock ends a turn. wrote tells that it may have changed something.
func (t *folderLock) unlock(claims []string, wrote bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.inside--
	t.exclusive = false
	for _, name := range claims {
		delete(t.claimed, name)
		if wrote {
			t.written[name] = true
		}
	}
	if wrote && len(claims) == 0 {
		t.written[everything] = true
	}
	t.free.Broadcast()
}

// claims names the folders of a promotion that another one must not work on at the same time: the target tag, and all
// that belongs to the image. Without an answer it has to be exclusive: a move, which needs to know what is left; a tag
// within one image; and where the number of tags is limited, which is counted.
func (s *survey) claims(r plan.Request) []string {
	if s.gone || r.Move || r.SameImage() || s.pair.limit > 0 {
		return nil
	}
	names := map[string]bool{r.Target.Tag: true, reference.StagingTag(r.Target.Tag): true}
	for d := range s.graph.Nodes {
		names[reference.DigestFolder(d)] = true
	}
	for _, d := range s.graph.Missing {
		names[reference.DigestFolder(d)] = true
	}
	for _, a := range s.graph.Attachments {
		names[reference.DigestFolder(a.Subject)] = true
		names[a.Name()] = true
	}
	return slices.Collect(maps.Keys(names))
}
