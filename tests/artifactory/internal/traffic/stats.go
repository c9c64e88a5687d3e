package traffic

import (
	"net/http"
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
	// InFlight is the greatest number of requests at one time; Limited is how many were answered 429.
	InFlight int `json:"inFlight"`
	Limited  int `json:"limited"`
	// SentBytes and ReceivedBytes are the bytes of bodies, as the client sees them.
	SentBytes     int64 `json:"sentBytes"`
	ReceivedBytes int64 `json:"receivedBytes"`
	// LayerBytesDown and LayerBytesUp are bytes of layers of images (not of attachments) among them.
	LayerBytesDown int64 `json:"layerBytesDown"`
	LayerBytesUp   int64 `json:"layerBytesUp"`
}

// Summarize computes the statistics; isLayer tells the sha256 of blobs that are layers of images.
func Summarize(log []Request, isLayer func(sha256 string) bool) Stats {
	s := Stats{Requests: len(log), Depth: depth(log), InFlight: inFlight(log)}
	for _, r := range log {
		s.SentBytes += r.SentBytes
		s.ReceivedBytes += r.ReceivedBytes
		if r.Write {
			s.Writes++
		}
		if r.Changed {
			s.Changes++
		}
		if r.Status == http.StatusTooManyRequests {
			s.Limited++
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

// inFlight is the greatest number of requests that had begun and not ended. One that begins as another ends comes after
// it.
func inFlight(log []Request) int {
	ends := make([]time.Time, 0, len(log))
	starts := make([]time.Time, 0, len(log))
	for _, r := range log {
		starts, ends = append(starts, r.Start), append(ends, r.End)
	}
	slices.SortFunc(starts, time.Time.Compare)
	slices.SortFunc(ends, time.Time.Compare)
	most, ended := 0, 0
	for begun, start := range starts {
		for ended < len(ends) && !ends[ended].After(start) {
			ended++
		}
		most = max(most, begun+1-ended)
	}
	return most
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
