package promotion

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// schedule divides requests into lists, by their places, that can be worked on at the same time. Two pairs of images
// that share one of them are in one list, since only the tags of one pair wait for each other; with inOrder those of
// one pair are, too. So are an image and one whose path leads through it: a folder of the one can hold the other.
func schedule(requests []plan.Request, inOrder bool) [][]int {
	groups := connectedComponents(requests)
	var lanes [][]int
	for _, group := range groups {
		if inOrder || !samePair(requests, group) || nested(requests[group[0]]) {
			lanes = append(lanes, group)
			continue
		}
		for _, at := range group {
			lanes = append(lanes, []int{at})
		}
	}
	return lanes
}

// nested reports whether the path of one of the images of a request leads through another one.
func nested(r plan.Request) bool {
	images := touched(r)
	return slices.ContainsFunc(images, func(inner reference.Image) bool {
		return slices.ContainsFunc(images, func(outer reference.Image) bool { return below(inner, outer) })
	})
}

// connectedComponents joins the requests that share an image, or of which one has an image below one of the other,
// directly or through others, in the order of the first of each group.
func connectedComponents(requests []plan.Request) [][]int {
	leader := map[reference.Image]reference.Image{}
	find := func(i reference.Image) reference.Image {
		for leader[i] != i && leader[i] != (reference.Image{}) {
			i = leader[i]
		}
		return i
	}
	for _, r := range requests {
		first := find(r.Source.Image)
		for _, image := range touched(r) {
			leader[find(image)] = first
		}
	}
	for image := range maps.Clone(leader) {
		for _, outer := range above(image) {
			if _, known := leader[outer]; known {
				leader[find(image)] = find(outer)
			}
		}
	}
	at := map[reference.Image]int{}
	var groups [][]int
	for n, r := range requests {
		root := find(r.Source.Image)
		if _, known := at[root]; !known {
			at[root] = len(groups)
			groups = append(groups, nil)
		}
		groups[at[root]] = append(groups[at[root]], n)
	}
	return groups
}

// touched returns the images that a request reads and writes. A further place that attachments are only read from is
// not changed, and all images of a team may share it.
func touched(r plan.Request) []reference.Image {
	images := []reference.Image{r.Source.Image, r.Target.Image}
	for _, m := range r.Places {
		if m.To != (reference.Image{}) {
			images = append(images, m.To)
		}
	}
	return images
}

func samePair(requests []plan.Request, group []int) bool {
	first := requests[group[0]]
	for _, at := range group {
		if requests[at].Source.Image != first.Source.Image || requests[at].Target.Image != first.Target.Image {
			return false
		}
	}
	return true
}

// pairCache opens each pair of images once, and forgets it once the last of its requests has ended.
type pairCache struct {
	engine *Promoter
	mu     sync.Mutex
	opened map[string]*opened
}

// opened is a pair of images in a run.
type opened struct {
	open func() (*Pair, error)
	// requests are still to end.
	requests int
	// aims are the target tags of all requests.
	aims map[string]bool
	// explained names the folders that belong to images which have ended.
	explained map[string]bool
}

func newPairCache(ctx context.Context, e *Promoter, lists ...[]plan.Request) *pairCache {
	p := &pairCache{engine: e, opened: map[string]*opened{}}
	for _, r := range slices.Concat(lists...) {
		key := pairOf(r)
		if p.opened[key] == nil {
			aims := map[string]bool{}
			open := func() (*Pair, error) {
				pair, err := e.Open(ctx, r.Source.Image, r.Target.Image, r.Places...)
				if err == nil {
					pair.aims = aims
				}
				return pair, err
			}
			p.opened[key] = &opened{open: sync.OnceValues(open), explained: map[string]bool{}, aims: aims}
		}
		if r.Target.Tag != "" {
			p.opened[key].aims[r.Target.Tag] = true
		}
		p.opened[key].requests++
	}
	return p
}

func pairOf(r plan.Request) string {
	return fmt.Sprint(r.Source.Image, " ", r.Target.Image, " ", r.Places)
}

func (p *pairCache) of(r plan.Request) *opened {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.opened[pairOf(r)]
}

// ended reports that a request is done with, and what became of it; nil if that is of no matter.
func (p *pairCache) ended(r plan.Request, result *Result) {
	p.mu.Lock()
	defer p.mu.Unlock()
	pair := p.opened[pairOf(r)]
	if result != nil {
		result.explain(pair.explained)
	}
	if pair.requests--; pair.requests == 0 {
		delete(p.opened, pairOf(r))
	}
}
