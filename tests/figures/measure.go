package main

import (
	"math"
	"slices"
)

// figures is all that is measured.
type figures struct {
	shape     shape
	packages  packages
	walk      walk
	walkError error
	testLines int
}

func measure(c *code) figures {
	f := figures{testLines: c.testLines}
	fanIn := c.fanIn()
	for _, p := range c.packages {
		for _, source := range p.files {
			f.shape.add(c.files, source)
		}
		f.packages.add(c, p, fanIn)
	}
	f.walk, f.walkError = follow(c)
	return f
}

// quantile returns the value that a share of all values does not exceed.
func quantile(values []int, share float64) int {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[max(0, int(math.Ceil(share*float64(len(sorted))))-1)]
}

func median(values []int) int { return quantile(values, 0.5) }

func maximum(values []int) int { return quantile(values, 1) }

// over counts the values above a limit.
func over(values []int, limit int) (count int) {
	for _, value := range values {
		if value > limit {
			count++
		}
	}
	return count
}

// percent returns how many of a hundred.
func percent(part, whole int) float64 { return 100 * float64(part) / float64(max(1, whole)) }
