// Package storage is the one tree that both halves of the double work on: repositories with folders,
// files, properties and dates, over a filestore by checksum, as Artifactory has it.
package storage

import (
	"context"
	"sync"
	"time"
)

// Store guards a Tree. Every change is one Update and becomes visible at once.
type Store struct {
	mu       sync.RWMutex
	tree     *Tree
	onChange func(context.Context)
}

// New returns an empty store. onChange is called after every Update that really changed something,
// outside the lock, with the context of that Update; it may be nil. now is the clock.
func New(now func() time.Time, onChange func(context.Context)) *Store {
	return &Store{tree: newTree(now), onChange: onChange}
}

// Update runs change alone. There is no roll-back: what change did before it failed stays, as at the
// real server, which has no transactions over several files either.
func (s *Store) Update(ctx context.Context, change func(*Tree) error) error {
	changed, err := s.locked(change)
	if changed && s.onChange != nil {
		s.onChange(ctx)
	}
	return err
}

// Prepare runs change alone, outside of any request: nobody is told.
func (s *Store) Prepare(change func(*Tree) error) error {
	_, err := s.locked(change)
	return err
}

func (s *Store) locked(change func(*Tree) error) (changed bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.tree.version
	err = change(s.tree)
	return s.tree.version != before, err
}

// View runs read beside other views. Nodes must not be used after it has returned.
func (s *Store) View(read func(*Tree)) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	read(s.tree)
}

// SetTick advances the clock that counts requests.
func (s *Store) SetTick(n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tree.tick = max(s.tree.tick, n)
}
