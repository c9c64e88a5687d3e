package traffic

import (
	"slices"
	"sort"
	"time"
)

// Stats sums up a log.
type Stats struct {
	// Requests is the number of requests; Writes of those that asked for a change, Changes of those that made one.
	Requests int `json:"requests"`
	Writes   int `json:"writes"`
	Changes  int `json:"changes"`
	// Depth is the length of the longest chain of requests that went one after another.
	Depth int `json:"depth"`
	// SentBytes and ReceivedBytes are the bytes of bodies, as the client sees them.
	SentBytes     int64 `json:"sentBytes"`
	ReceivedBytes int64 `json:"receivedBytes"`
	// LayerBytesDown and LayerBytesUp are bytes of layers of images (not of attachments) among them.
	LayerBytesDown int64 `json:"layerBytesDown"`
	LayerBytesUp   int64 `json:"layerBytesUp"`
}

// Summarize computes the statistics; isLayer tells the sha256 of blobs that are layers of images.
func Summarize(log []Request, isLayer func(sha256 string) bool) Stats {
	s := Stats{Requests: len(log), Depth: depth(log)}
	for _, r := range log {
		s.SentBytes += r.SentBytes
		s.ReceivedBytes += r.ReceivedBytes
		if r.Write {
			s.Writes++
		}
		if r.Changed {
			s.Changes++
		}
		s.addLayers(r, isLayer)
	}
	return s
}

func (s *Stats) addLayers(r Request, isLayer func(string) bool) {
	for _, b := range r.blobs {
		switch {
		case !isLayer(b.sha256):
		case b.up:
			s.LayerBytesUp += b.bytes
		default:
			s.LayerBytesDown += b.bytes
		}
	}
}

// depth is the greatest depth(r) = 1 + the greatest depth of a request that had ended when r started.
func depth(log []Request) int {
	byStart := slices.Clone(log)
	slices.SortFunc(byStart, func(a, b Request) int { return a.Start.Compare(b.Start) })
	var done chain
	deepest := 0
	for _, r := range byStart {
		d := 1 + done.deepestBefore(r.Start)
		done.add(r.End, d)
		deepest = max(deepest, d)
	}
	return deepest
}

// chain holds, in order of ends, the greatest depth reached so far.
type chain struct {
	ends   []time.Time
	depths []int
}

func (c *chain) deepestBefore(start time.Time) int {
	i := sort.Search(len(c.ends), func(i int) bool { return c.ends[i].After(start) })
	if i == 0 {
		return 0
	}
	return c.depths[i-1]
}

func (c *chain) add(end time.Time, depth int) {
	i := sort.Search(len(c.ends), func(i int) bool { return c.ends[i].After(end) })
	if i > 0 {
		depth = max(depth, c.depths[i-1])
	}
	c.ends = slices.Insert(c.ends, i, end)
	c.depths = slices.Insert(c.depths, i, depth)
	for j := i + 1; j < len(c.depths); j++ {
		c.depths[j] = max(c.depths[j], depth)
	}
}
