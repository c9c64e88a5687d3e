package promotion

import (
	"context"
	"sync"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// Within returns what promotes tags of an image to themselves, with what places have of their attachments. The folders
// are read once, when the first tag is promoted. narrow takes out of a graph what is not to come.
func (e *Promoter) Within(image reference.Image, places []plan.Mapping,
	narrow func(context.Context, *attachment.Graph) error,
) func(context.Context, plan.Request) *Result {
	var once sync.Once
	var pair *Pair
	var err error
	return func(ctx context.Context, r plan.Request) *Result {
		open := func() (*Pair, error) {
			once.Do(func() {
				if pair, err = e.Open(ctx, image, image, places...); err == nil {
					pair.Narrow = narrow
				}
			})
			return pair, err
		}
		return e.Promote(ctx, open, r)
	}
}
