package commands

import (
	"github.com/signed-promote/signed-promote/utils/promotion"
)

// progress shows how far a run over many images is; a run over one has nothing to show.
func (i invocation) progress(total int) func(*promotion.Result) {
	if total < 2 {
		return nil
	}
	bar := i.watch()
	bar.Begin("images", total)
	return func(r *promotion.Result) {
		if r.Err != nil {
			bar.Failed(1)
		}
		bar.Done(1)
	}
}
