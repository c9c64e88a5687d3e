package main

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/signed-promote/signed-promote/tests/artifactory"
)

const (
	latency = 20 * time.Millisecond
	// mostThreads have mostInFlight requests at one time, which is the most that a run may have.
	mostThreads, mostInFlight = 32, 128
	// memoryEach is what one more image may add to the greatest resident set, in bytes: its part of the result, and
	// what the garbage collector lets lie about. Its manifests and folders would be several times as much.
	memoryEach = 16 << 10
	// mostAgain is which part of the requests may be last looks that were taken again, in this row or in the first,
	// since the machine was slow.
	mostAgain = 0.01
	// mostRefused is which part of the requests may be refused until a run has adapted, and each time that it tries
	// whether more is taken.
	mostRefused = 0.1
)

// checked are the series that `make many` runs.
func checked() []series {
	return []series{
		{
			name: "more images", images: numbers{10, 100, 1000, 10_000}, threads: numbers{mostThreads}, tags: 1,
			latency: latency, check: linear,
		},
		{
			name: "more threads", images: numbers{100}, threads: numbers{1, 3, 8, 16, mostThreads}, tags: 1, latency: latency,
			check: wider,
		},
		{
			name: "a server that takes 20 requests at one time", images: numbers{200}, threads: numbers{
				8,
				mostThreads,
			}, tags: 1, latency: latency,
			limit: artifactory.Limit{InFlight: 20, RetryAfter: time.Second}, check: adapted,
		},
		{
			name: "a server that takes 400 requests in a second", images: numbers{200}, threads: numbers{
				8,
				mostThreads,
			}, tags: 1, latency: latency,
			limit: artifactory.Limit{PerSecond: 400, RetryAfter: time.Second}, check: adapted,
		},
	}
}

// linear holds requests and memory against the number of images. What a run itself costs is in all rows alike.
func linear(rows []cost) error {
	first, second, last := rows[0], rows[1], rows[len(rows)-1]
	each := (second.stats.Requests - first.stats.Requests) / (second.images - first.images)
	for _, c := range rows {
		want := first.stats.Requests + each*(c.images-first.images)
		if again := math.Abs(float64(c.stats.Requests - want)); again > mostAgain*float64(want) {
			return fmt.Errorf("%d images took %d requests, not %d", c.images, c.stats.Requests, want)
		}
	}
	before := rows[len(rows)-2]
	grown := (last.memory - before.memory) << 20 / int64(last.images-before.images)
	if last.memory > 0 && grown > memoryEach {
		return fmt.Errorf("each of the last images took %d bytes of memory, more than %d", grown, memoryEach)
	}
	return nil
}

// wider sees that more threads have more requests at one time, within their bounds.
func wider(rows []cost) error {
	most := 0
	for _, c := range rows {
		switch now := c.stats.InFlight; {
		case now <= most:
			return fmt.Errorf("%d threads have %d requests at one time, no more than fewer threads", c.threads, now)
		case now > min(mostInFlight, max(mostInFlight/8, c.threads*mostInFlight/mostThreads)):
			return fmt.Errorf("%d threads have %d requests at one time", c.threads, now)
		default:
			most = now
		}
	}
	return nil
}

// adapted sees that refusals became rare, with the most threads too.
func adapted(rows []cost) error {
	last := rows[len(rows)-1].stats
	switch {
	case last.Limited == 0:
		return errors.New("nothing was refused")
	case float64(last.Limited) > mostRefused*float64(last.Requests):
		return fmt.Errorf("%d of %d requests were refused", last.Limited, last.Requests)
	default:
		return nil
	}
}
