// Package memo lets many ask for the same and one of them get it.
package memo

import "sync"

// Map returns each value once, whoever asks for it, however many do so at the same time. A value that could not be got
// is asked for anew. The zero Map is empty.
type Map[K comparable, V any] struct {
	mu      sync.Mutex
	entries map[K]*entry[V]
}

type entry[V any] struct {
	get func() (V, error)
}

// Get returns the value for a key; get gets it.
func (m *Map[K, V]) Get(key K, get func() (V, error)) (V, error) {
	m.mu.Lock()
	if m.entries == nil {
		m.entries = map[K]*entry[V]{}
	}
	e, known := m.entries[key]
	if !known {
		e = &entry[V]{get: sync.OnceValues(get)}
		m.entries[key] = e
	}
	m.mu.Unlock()
	value, err := e.get()
	if err != nil {
		m.forget(key, e)
	}
	return value, err
}

// forget drops an entry, unless another one has taken its place already.
func (m *Map[K, V]) forget(key K, e *entry[V]) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.entries[key] == e {
		delete(m.entries, key)
	}
}
