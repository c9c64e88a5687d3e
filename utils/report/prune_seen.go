package report

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/prune"
)

// Seen is the state of prune in a file: what earlier runs saw without its image. Its methods may be called from many
// goroutines.
type Seen struct {
	server string
	mu     sync.Mutex
	at     map[sight]time.Time
}

// sight is one attachment in its place.
type sight struct{ path, digest string }

// seenFile is the file.
type seenFile struct {
	SchemaVersion int        `json:"schemaVersion"`
	Server        string     `json:"server"`
	Seen          []seenItem `json:"seen"`
}

type seenItem struct {
	Path   string    `json:"path"`
	Digest string    `json:"digest"`
	At     time.Time `json:"at"`
}

// seenVersion is the version of the file.
const seenVersion = 1

// NewSeen begins a state for a server.
func NewSeen(server string) *Seen { return &Seen{server: server, at: map[sight]time.Time{}} }

// ReadSeen reads the state that an earlier run has written for the same server.
func ReadSeen(r io.Reader, server string) (*Seen, error) {
	var file seenFile
	if err := json.NewDecoder(r).Decode(&file); err != nil {
		return nil, fmt.Errorf("it is no state of prune: %w", err)
	}
	switch {
	case file.SchemaVersion != seenVersion:
		return nil, fmt.Errorf("it has the version %d, which this plugin cannot read", file.SchemaVersion)
	case file.Server != server:
		return nil, fmt.Errorf("it is of the server %s, and this is %s", file.Server, server)
	}
	s := NewSeen(server)
	for _, i := range file.Seen {
		s.at[sight{i.Path, i.Digest}] = i.At
	}
	return s, nil
}

// Write writes the state.
func (s *Seen) Write(w io.Writer) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	file := seenFile{SchemaVersion: seenVersion, Server: s.server, Seen: []seenItem{}}
	byPath := func(a, b sight) int { return cmp.Or(cmp.Compare(a.path, b.path), cmp.Compare(a.digest, b.digest)) }
	for _, one := range slices.SortedFunc(maps.Keys(s.at), byPath) {
		file.Seen = append(file.Seen, seenItem{Path: one.path, Digest: one.digest, At: s.at[one]})
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(file)
}

// Sightings returns what runs have seen in a repository.
func (s *Seen) Sightings(_ context.Context, repo string) ([]prune.Sighting, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []prune.Sighting
	for one, at := range s.at {
		if strings.HasPrefix(one.path, repo+"/") {
			all = append(all, prune.Sighting{Folder: one.path, Digest: digest.Digest(one.digest), At: at})
		}
	}
	return all, nil
}

// Note adds an orphan, until Write only in memory.
func (s *Seen) Note(_ context.Context, o prune.Orphan, at time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at[sight{o.Folder(), o.Digest.String()}] = at.UTC()
	return nil
}

// Forget drops one, until Write only in memory.
func (s *Seen) Forget(_ context.Context, one prune.Sighting) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.at, sight{one.Folder, one.Digest.String()})
	return nil
}
