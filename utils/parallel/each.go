package parallel

import (
	"context"

	"golang.org/x/sync/errgroup"
)

// Each works on all items, at most limit at once, and returns the first error. That cancels the rest.
func Each[T any](ctx context.Context, limit int, items []T, work func(context.Context, T) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(limit, 1))
	for _, item := range items {
		group.Go(func() error { return work(ctx, item) })
	}
	return group.Wait()
}
