package registry

import (
	"bytes"
	"crypto/rand"
	"sync"
)

// uploads holds the unfinished uploads.
type uploads struct {
	mu   sync.Mutex
	open map[string]*session
}

// session is one unfinished upload to an image. Its fields are guarded by mu.
type session struct {
	mu    sync.Mutex
	id    string
	image string
	data  bytes.Buffer
}

func newUploads() *uploads { return &uploads{open: map[string]*session{}} }

// start opens a session for an image, given as <repo>/<image>.
func (u *uploads) start(image string) *session {
	u.mu.Lock()
	defer u.mu.Unlock()
	s := &session{id: rand.Text(), image: image}
	u.open[s.id] = s
	return s
}

// get returns an open session of that image, or nil.
func (u *uploads) get(id, image string) *session {
	u.mu.Lock()
	defer u.mu.Unlock()
	if s := u.open[id]; s != nil && s.image == image {
		return s
	}
	return nil
}

// end closes a session.
func (u *uploads) end(id string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.open, id)
}
