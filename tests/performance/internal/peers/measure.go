// Package peers lets the plugin and other tools promote the same images on the Artifactory double, and counts what each
// needs and what arrives.
package peers

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/signed-promote/signed-promote/tests/performance/internal/record"
	"github.com/signed-promote/signed-promote/tests/process"
)

// Measure runs every case with every tool that is installed, in rounds: one after another, so that whatever else the
// machine does meets all of them. That another tool fails or loses something is a result; that the plugin does is an
// error. Progress is written to w.
func Measure(ctx context.Context, p Programs, home string, rounds int,
	w io.Writer,
) (tools []record.Tool, measured []record.Case, err error) {
	all := p.tools()
	for _, t := range all {
		tools = append(tools, t.Tool)
	}
	all = slices.DeleteFunc(all, func(t tool) bool { return t.Skipped != "" })
	for _, c := range cases() {
		began := time.Now()
		m, err := measureCase(ctx, c, all, home, rounds)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", c.name, err)
		}
		measured = append(measured, m)
		_, _ = fmt.Fprintf(w, "measured %s (%.0f s)\n", c.name, time.Since(began).Seconds())
	}
	return tools, measured, nil
}

// measureCase takes the first of the tools for the plugin.
func measureCase(ctx context.Context, c testCase, tools []tool, home string, rounds int) (record.Case, error) {
	measured := record.Case{Name: c.name, LatencyMS: c.latency.Milliseconds()}
	runs := make([][]record.Run, len(tools))
	for range rounds {
		for i, t := range tools {
			w, err := newWorld(c, home)
			if err != nil {
				return measured, err
			}
			measured.Attached, measured.LayerBytes = w.shelf.attached(), w.shelf.layerBytes()
			r, err := w.measure(ctx, t)
			w.close()
			if err == nil && i == 0 && (r.Failed || !r.Image || r.Arrived < measured.Attached) {
				err = fmt.Errorf("%d of %d attachments arrived", r.Arrived, measured.Attached)
			}
			if err != nil {
				return measured, fmt.Errorf("%s: %w", t.Name, err)
			}
			runs[i] = append(runs[i], r)
		}
	}
	for _, of := range runs {
		measured.Runs = append(measured.Runs, median(of))
	}
	return measured, nil
}

// measure runs a tool and looks at the target. That the tool fails is a result.
func (w *world) measure(ctx context.Context, t tool) (record.Run, error) {
	if w.target == done {
		_, _ = w.use(ctx, t)
	}
	w.double.SetLatency(w.latency)
	w.double.ResetLog()
	u, failed := w.use(ctx, t)
	if err := ctx.Err(); err != nil {
		return record.Run{}, err
	}
	s := w.double.Stats()
	r := record.Run{
		Tool: t.Name, Requests: s.Requests, Depth: s.Depth, SentBytes: s.SentBytes, ReceivedBytes: s.ReceivedBytes,
		LayerBytes: s.LayerBytesDown + s.LayerBytesUp, WallMS: ms(u.Wall), CPUMS: ms(u.CPU), MemoryMB: float64(u.Memory) / 1e6,
		Failed: failed != nil,
	}
	w.double.SetLatency(0)
	var err error
	r.Image, r.Arrived, err = judge{ctx, w}.look()
	return r, err
}

// use makes the calls of a tool, up to the first that fails.
func (w *world) use(ctx context.Context, t tool) (u process.Usage, err error) {
	for _, args := range t.calls(w) {
		next, err := t.program(w, args).Run(ctx)
		u = u.Then(next.Usage)
		if err != nil {
			return u, err
		}
	}
	return u, nil
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// median takes the median of each figure by itself, and the worst of what arrived.
func median(runs []record.Run) record.Run {
	m := runs[0]
	m.Requests = middle(runs, func(r record.Run) int { return r.Requests })
	m.Depth = middle(runs, func(r record.Run) int { return r.Depth })
	m.SentBytes = middle(runs, func(r record.Run) int64 { return r.SentBytes })
	m.ReceivedBytes = middle(runs, func(r record.Run) int64 { return r.ReceivedBytes })
	m.LayerBytes = middle(runs, func(r record.Run) int64 { return r.LayerBytes })
	m.WallMS = middle(runs, func(r record.Run) float64 { return r.WallMS })
	m.CPUMS = middle(runs, func(r record.Run) float64 { return r.CPUMS })
	m.MemoryMB = middle(runs, func(r record.Run) float64 { return r.MemoryMB })
	for _, r := range runs {
		m.Image, m.Failed = m.Image && r.Image, m.Failed || r.Failed
		m.Arrived = min(m.Arrived, r.Arrived)
	}
	return m
}

// middle returns the median of an odd number of figures, or the greater of the two in the middle.
func middle[T cmp.Ordered](runs []record.Run, figure func(record.Run) T) T {
	figures := make([]T, 0, len(runs))
	for _, r := range runs {
		figures = append(figures, figure(r))
	}
	slices.Sort(figures)
	return figures[len(figures)/2]
}
