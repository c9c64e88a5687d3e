package selection

import (
	"slices"
	"strings"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// Selected is one image, and where it goes.
type Selected struct {
	Source, Target reference.Reference
}

// shownCollisions bounds how many collisions are told of.
const shownCollisions = 3

// Distinct returns each image once, in order, and refuses what would write one target twice, an image onto itself, or
// onto another one that goes elsewhere in the same run: which of them would stay, or go there, could not be told.
func Distinct(all []Selected) ([]Selected, error) {
	var distinct []Selected
	by, goes := map[string]reference.Reference{}, map[string]reference.Reference{}
	var collisions []string
	for _, s := range all {
		goes[s.Source.String()] = s.Target
	}
	for _, s := range all {
		first, known := by[s.Target.String()]
		switch {
		case s.Source == s.Target:
			collisions = append(collisions, s.Source.String()+" would go onto itself")
		case !known:
			if next, moves := goes[s.Target.String()]; moves {
				collisions = append(collisions, s.Source.String()+" would go to "+s.Target.String()+", which itself goes to "+next.String())
			}
			by[s.Target.String()] = s.Source
			distinct = append(distinct, s)
		case first != s.Source:
			collisions = append(collisions, first.String()+" and "+s.Source.String()+" would both go to "+s.Target.String())
		}
	}
	if len(collisions) == 0 {
		return distinct, nil
	}
	if len(collisions) > shownCollisions {
		collisions = append(slices.Clip(collisions[:shownCollisions]), "and more")
	}
	return nil, failure.Refuse(failure.Target, "Name no image or tag at the target, or take it from the pattern with placeholders: '(*)' there, '{1}' here. What is to follow on something else takes a command of its own.",
		"%s", strings.Join(collisions, "; "))
}
