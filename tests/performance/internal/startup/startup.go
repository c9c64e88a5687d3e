// Package startup measures what starting the plugin costs: jf asks every plugin for its signature whenever it runs.
package startup

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/signed-promote/signed-promote/tests/performance/internal/record"
	"github.com/signed-promote/signed-promote/tests/process"
)

// Signature is what jf asks each plugin for, on each of its own runs.
const Signature = "hidden-plugin-signature"

// Question is a program and what it is asked for.
type Question struct {
	Name, Asked string
	process.Program
}

// Measure runs all programs in turn, so that whatever else the machine does meets all of them, and gives medians.
func Measure(ctx context.Context, runs int, questions []Question) ([]record.Start, error) {
	usages := make([][]process.Usage, len(questions))
	for range runs {
		for i, q := range questions {
			o, err := q.Run(ctx)
			if err != nil {
				return nil, err
			}
			usages[i] = append(usages[i], o.Usage)
		}
	}
	starts := make([]record.Start, 0, len(questions))
	for i, q := range questions {
		starts = append(starts, record.Start{
			Program: q.Name, Asked: q.Asked,
			WallMS:   ms(middle(usages[i], func(u process.Usage) time.Duration { return u.Wall })),
			CPUMS:    ms(middle(usages[i], func(u process.Usage) time.Duration { return u.CPU })),
			MemoryMB: float64(middle(usages[i], func(u process.Usage) int64 { return u.Memory })) / 1e6,
		})
	}
	return starts, nil
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// middle returns the median of an odd number of figures, or the greater of the two in the middle.
func middle[S any, T cmp.Ordered](samples []S, figure func(S) T) T {
	figures := make([]T, 0, len(samples))
	for _, s := range samples {
		figures = append(figures, figure(s))
	}
	slices.Sort(figures)
	return figures[len(figures)/2]
}
