package report

import (
	"fmt"
	"strings"

	"github.com/signed-promote/signed-promote/utils/plan"
)

// shownNeeds bounds how many names a warning has; the JSON has all.
const shownNeeds = 5

func stays(all []plan.Stay) []Stay {
	list := make([]Stay, 0, len(all))
	for _, one := range all {
		list = append(list, Stay{Path: one.Path, Digest: one.Digest.String(), NeededBy: one.By, Reason: one.Reason})
	}
	return list
}

// staying reports what stays at the source and what needs it: one sentence for all that the same folders need.
func staying(all []plan.Stay) []string {
	var order []string
	paths := map[string][]string{}
	for _, one := range all {
		if one.Reason != "" {
			// The plan has told it in a warning of its own.
			continue
		}
		by := listed(one.By)
		if paths[by] == nil {
			order = append(order, by)
		}
		paths[by] = append(paths[by], one.Path)
	}
	sentences := make([]string, 0, len(order))
	for _, by := range order {
		verb := "stays at the source, where it is needed by"
		if len(paths[by]) > 1 {
			verb = "stay at the source, where they are needed by"
		}
		sentences = append(sentences, fmt.Sprintf("%s %s %s", listed(paths[by]), verb, by))
	}
	return sentences
}

func listed(names []string) string {
	if more := len(names) - shownNeeds; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:shownNeeds], ", "), more)
	}
	return strings.Join(names, ", ")
}
