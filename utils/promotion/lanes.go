package promotion

import (
	"context"
	"fmt"
	"sync"

	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// lanes divides requests into lists, by their places, that can be worked on at the same time. Two pairs of images that share one of
// them are in one list, since only the tags of one pair wait for each other; with inOrder those of one pair are, too.
func lanes(requests []plan.Request, inOrder bool) [][]int {
	groups := grouped(requests)
	var lanes [][]int
	for _, group := range groups {
		if inOrder || !samePair(requests, group) {
			lanes = append(lanes, group)
			continue
		}
		for _, at := range group {
			lanes = append(lanes, []int{at})
		}
	}
	return lanes
}

// grouped joins the requests that share an image, directly or through others, in the order of the first of each group.
func grouped(requests []plan.Request) [][]int {
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

// touched gives the images that a request reads and writes. A further place that attachments are only read from is not changed, and
// all images of a team may share it.
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

// pairs opens each pair of images once.
type pairs struct {
	engine *Engine
	mu     sync.Mutex
	opened map[string]func() (*Pair, error)
}

func newPairs(e *Engine) *pairs { return &pairs{engine: e, opened: map[string]func() (*Pair, error){}} }

func (p *pairs) open(ctx context.Context, r plan.Request) func() (*Pair, error) {
	key := fmt.Sprint(r.Source.Image, " ", r.Target.Image, " ", r.Places)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.opened[key] == nil {
		p.opened[key] = sync.OnceValues(func() (*Pair, error) { return p.engine.Open(ctx, r.Source.Image, r.Target.Image, r.Places...) })
	}
	return p.opened[key]
}
