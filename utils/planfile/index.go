package planfile

import "github.com/signed-promote/signed-promote/utils/promotion"

// index finds the images of a plan, of which there can be very many.
type index struct {
	// places are those of images by source and target, writers those of images by the paths of their steps, both in the
	// plan's order.
	places  map[[2]string]int
	writers map[string][]int
}

func newIndex(images []Image) index {
	x := index{places: make(map[[2]string]int, len(images)), writers: map[string][]int{}}
	for at, i := range images {
		if _, known := x.places[i.names()]; !known {
			x.places[i.names()] = at
		}
		for _, s := range i.Steps {
			if known := x.writers[s.Path]; len(known) == 0 || known[len(known)-1] != at {
				x.writers[s.Path] = append(known, at)
			}
		}
	}
	return x
}

func (i Image) names() [2]string { return [2]string{i.Source.name(), i.Target.name()} }

// place finds an image in the plan; -1 if it is not there.
func (x index) place(r *promotion.Result) int {
	at, known := x.places[[2]string{locationOf(r.Request.Source).name(), locationOf(r.Request.Target).name()}]
	if !known {
		return -1
	}
	return at
}
