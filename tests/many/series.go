package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/signed-promote/signed-promote/tests/artifactory"
)

// numbers is a list that a flag gives.
type numbers []int

func (n *numbers) set(text string) error {
	*n = nil
	for word := range strings.SplitSeq(text, ",") {
		one, err := strconv.Atoi(word)
		if err != nil {
			return err
		}
		*n = append(*n, one)
	}
	return nil
}

// series is one run for each number of images with each number of threads.
type series struct {
	name            string
	images, threads numbers
	tags            int
	latency         time.Duration
	limit           artifactory.Limit
	// check, unless nil, tells what is wrong with the rows.
	check func([]cost) error
}

const head = `
%s

| images | threads | requests | for each | at one time | 429 | time | images/s | memory |
|---:|---:|---:|---:|---:|---:|---:|---:|---:|
`

// run prints a row for each run as it ends.
func (s series) run(ctx context.Context, p plugin, w io.Writer) error {
	if _, err := fmt.Fprintf(w, head, s.name); err != nil {
		return err
	}
	var all []cost
	for _, images := range s.images {
		for _, threads := range s.threads {
			c, err := s.one(ctx, p, images, threads)
			if err != nil {
				return fmt.Errorf("%d images, %d threads: %w", images, threads, err)
			}
			if _, err := io.WriteString(w, c.row()); err != nil {
				return err
			}
			all = append(all, c)
		}
	}
	if s.check == nil {
		return nil
	}
	return s.check(all)
}

// one fills a server, lets the plugin copy all of it, and sees what arrived.
func (s series) one(ctx context.Context, p plugin, images, threads int) (cost, error) {
	f := newFleet(images, s.tags)
	defer f.close()
	f.double.SetLatency(s.latency)
	f.double.SetLimit(s.limit)
	c := cost{images: images, threads: threads}
	var err error
	c.wall, c.memory, err = p.copies(ctx, f.double.URL(), threads)
	c.stats = f.double.Stats()
	if err != nil {
		return c, err
	}
	return c, f.arrived()
}

// cost is what one run took.
type cost struct {
	images, threads int
	stats           artifactory.Stats
	wall            time.Duration
	// memory is the greatest resident set in MB; 0 where it cannot be seen.
	memory int64
}

func (c cost) row() string {
	return fmt.Sprintf("| %d | %d | %d | %.1f | %d | %d | %.1f s | %.0f | %d MB |\n", c.images, c.threads,
		c.stats.Requests,
		float64(c.stats.Requests)/float64(c.images), c.stats.InFlight, c.stats.Limited, c.wall.Seconds(), float64(c.images)/c.wall.Seconds(), c.memory)
}
