package verification

import "sync"

// memo computes each value once, whoever asks. The zero memo is empty.
type memo[V any] struct {
	mu      sync.Mutex
	entries map[string]func() V
}

func (m *memo[V]) get(key string, compute func() V) V {
	m.mu.Lock()
	if m.entries == nil {
		m.entries = map[string]func() V{}
	}
	entry, known := m.entries[key]
	if !known {
		entry = sync.OnceValue(compute)
		m.entries[key] = entry
	}
	m.mu.Unlock()
	return entry()
}
