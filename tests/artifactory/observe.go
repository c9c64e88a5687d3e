package artifactory

import (
	"path"
	"slices"
	"strings"

	"github.com/signed-promote/signed-promote/tests/artifactory/internal/layout"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/storage"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/traffic"
)

// Log returns the requests so far, in the order in which their answers left.
func (s *Server) Log() []Request { return s.monitor.Log() }

// ResetLog empties the log, and with it the statistics.
func (s *Server) ResetLog() { s.monitor.Reset() }

// Stats sums up the log.
func (s *Server) Stats() Stats { return traffic.Summarize(s.monitor.Log(), s.site.IsLayer) }

// Snapshot returns the sha256 of every file by "<repository>/<path>". Unfinished business (_uploads) is left out.
func (s *Server) Snapshot() map[string]string {
	out := map[string]string{}
	s.each(func(n *storage.Node) {
		if !n.IsFolder() {
			out[path.Join(n.Repo(), n.Path())] = n.Binary.SHA256
		}
	})
	return out
}

// Content returns the bytes that the filestore has under a sha256, and whether it has any. They must not be changed.
func (s *Server) Content(sha256 string) ([]byte, bool) {
	b := s.binary(sha256)
	if b == nil {
		return nil, false
	}
	return b.Content, true
}

// SnapshotProperties returns the properties of every file and folder that has some, by "<repository>/<path>".
func (s *Server) SnapshotProperties() map[string]map[string][]string {
	out := map[string]map[string][]string{}
	s.each(func(n *storage.Node) {
		if len(n.Properties) == 0 {
			return
		}
		properties := map[string][]string{}
		for k, v := range n.Properties {
			properties[k] = slices.Clone(v)
		}
		out[path.Join(n.Repo(), n.Path())] = properties
	})
	return out
}

func (s *Server) each(f func(*storage.Node)) {
	s.site.Store.View(func(t *storage.Tree) {
		for _, key := range t.Repos() {
			for n := range t.Root(key).Walk() {
				if !strings.Contains("/"+n.Path()+"/", "/"+layout.Uploads+"/") {
					f(n)
				}
			}
		}
	})
}
