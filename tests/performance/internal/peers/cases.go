package peers

import "time"

// Latencies of each request.
const (
	usualLatency = 20 * time.Millisecond
	slowLatency  = 50 * time.Millisecond
)

// before is what the target has when the measured run begins.
type before int

// States of the target; by default nothing is there.
const (
	_ before = iota
	// done is what the same tool leaves behind: the measured run is its second one.
	done
	// other is the same image with all that is attached to it, under another tag.
	other
)

// situation is what is special about the server of a case. The zero value is a fast one that helps clients as far as
// any does: it mounts blobs from other repositories, has a referrers API, and asks nobody to log in.
type situation struct {
	latency time.Duration
	target  before
	// login asks every client for credentials; without it only those who use the REST API have to show some.
	login bool
	// noMount refuses to mount blobs from another repository.
	noMount bool
	// noAPI is a server without a referrers API: referrers are found through fallback tags.
	noAPI bool
	// otherHost reaches the target by another host name of the same server.
	otherHost bool
}

// testCase is an image with what is attached to it, in a situation.
type testCase struct {
	name  string
	store func(*shelf)
	situation
}

func cases() []testCase {
	all := firstCopies()
	for _, s := range variations() {
		if s.latency == 0 {
			s.latency = usualLatency
		}
		all = append(all, s)
	}
	return all
}

// firstCopies are the storage forms, each promoted to an empty target.
func firstCopies() []testCase {
	usual := situation{latency: usualLatency}
	return []testCase{
		{"single, .sig", singleTag, usual},
		{"single, bundle", singleBundle, usual},
		{"single, both", singleBoth, usual},
		{"2-platform, 3 .sig", platformsTag, usual},
		{"2-platform, 3 bundles", platformsBundle, usual},
		{"2-platform, both", platformsBoth, usual},
		{"rich", (*shelf).rich, usual},
	}
}

// variations change the situation.
func variations() []testCase {
	return []testCase{
		{"single, .sig: nothing to do", singleTag, situation{target: done}},
		{"rich: nothing to do", (*shelf).rich, situation{target: done}},
		{"single, .sig: second tag", singleTag, situation{target: other}},
		{"single, bundle: no referrers API", singleBundle, situation{noAPI: true}},
		{"single, .sig: mount refused", singleTag, situation{noMount: true}},
		{"2-platform, 3 bundles: mount refused", platformsBundle, situation{noMount: true}},
		{"single, .sig: other host name", singleTag, situation{otherHost: true}},
		{"single, .sig: login", singleTag, situation{login: true}},
		{"single, .sig: 50 ms", singleTag, situation{latency: slowLatency}},
		{"2-platform, 3 .sig: 50 ms", platformsTag, situation{latency: slowLatency}},
	}
}

func singleTag(s *shelf) {
	s.single()
	s.sign(s.root)
}

func singleBundle(s *shelf) {
	s.single()
	s.bundle(s.root)
}

func singleBoth(s *shelf) {
	singleTag(s)
	s.bundle(s.root)
}

func platformsTag(s *shelf) {
	s.platforms()
	for _, d := range s.subjects() {
		s.sign(d)
	}
}

func platformsBundle(s *shelf) {
	s.platforms()
	for _, d := range s.subjects() {
		s.bundle(d)
	}
}

func platformsBoth(s *shelf) {
	platformsTag(s)
	for _, d := range s.subjects() {
		s.bundle(d)
	}
}
