package inventory

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/reference"
)

// Marks reads the properties by which somebody says that an attachment is not to be brought, each folder once.
type Marks struct {
	reader PropertyReader
	mu     sync.Mutex
	known  map[string]map[string][]string
}

// NewMarks returns marks of which nothing was read; without a reader there are none.
func NewMarks(reader PropertyReader) *Marks {
	return &Marks{reader: reader, known: map[string]map[string][]string{}}
}

func (m *Marks) of(ctx context.Context, folder string) (map[string][]string, error) {
	m.mu.Lock()
	properties, known := m.known[folder]
	m.mu.Unlock()
	if known || m.reader == nil {
		return properties, nil
	}
	properties, err := m.reader.Properties(ctx, folder)
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.known[folder] = properties
	return properties, nil
}

// Denied returns the digests that an image is not to have again.
func (m *Marks) Denied(ctx context.Context, image reference.Image) (map[digest.Digest]bool, error) {
	properties, err := m.of(ctx, image.String())
	all := map[digest.Digest]bool{}
	for _, value := range properties[DeniedProperty] {
		all[digest.Digest(strings.TrimSpace(value))] = true
	}
	return all, err
}

// Quarantined reports whether prune moved a folder to where it is. One that was brought back from there is not in
// quarantine, though a copy carries the mark along.
func (m *Marks) Quarantined(ctx context.Context, folder string) (bool, error) {
	properties, err := m.of(ctx, folder)
	return slices.ContainsFunc(properties[QuarantinedProperty], func(value string) bool {
		_, from, _ := strings.Cut(value, " ")
		return from != folder
	}), err
}

// The properties by which somebody says that an attachment is not to come back.
const (
	// QuarantinedProperty is on what prune moved out of the way: when, and where it was.
	QuarantinedProperty = "signed-promote.quarantined"
	// DeniedProperty is on an image's folder: the digests of attachments that it is not to have again.
	DeniedProperty = "signed-promote.not"
)
