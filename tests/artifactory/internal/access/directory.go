package access

import (
	"crypto/rand"
	"errors"
	"net/http"
	"strings"
	"sync"
)

// ErrNoCredentials means that the request has none and anonymous access is off; ErrBadCredentials that
// what it has is wrong.
var (
	ErrNoCredentials  = errors.New("authentication is required")
	ErrBadCredentials = errors.New("bad credentials")
)

// Directory knows the users.
type Directory struct {
	mu     sync.RWMutex
	users  map[string]User
	issued map[string]string
}

// NewDirectory returns a directory without users.
func NewDirectory() *Directory {
	return &Directory{users: map[string]User{}, issued: map[string]string{}}
}

// Add adds a user, or replaces the one of that name.
func (d *Directory) Add(u User) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.users[u.Name] = u
}

// Issue returns a new bearer token for the user, as the registry's token endpoint does.
func (d *Directory) Issue(u User) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	token := rand.Text()
	d.issued[token] = u.Name
	return token
}

// Authenticate finds the user of a request: basic (password or token), bearer, or the deprecated
// X-JFrog-Art-Api (facts 8.7); without any of them the anonymous user.
func (d *Directory) Authenticate(r *http.Request) (User, error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if key := r.Header.Get("X-JFrog-Art-Api"); key != "" {
		return d.byToken(key)
	}
	scheme, value, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	switch {
	case scheme == "":
		if u, ok := d.users[Anonymous]; ok {
			return u, nil
		}
		return User{}, ErrNoCredentials
	case strings.EqualFold(scheme, "Bearer"):
		return d.byToken(strings.TrimSpace(value))
	default:
		return d.byPassword(r)
	}
}

func (d *Directory) byPassword(r *http.Request) (User, error) {
	name, secret, ok := r.BasicAuth()
	u, known := d.users[name]
	if !ok || !known || secret == "" || (secret != u.Password && secret != u.Token) {
		return User{}, ErrBadCredentials
	}
	return u, nil
}

func (d *Directory) byToken(token string) (User, error) {
	if token == "" {
		return User{}, ErrBadCredentials
	}
	if name, ok := d.issued[token]; ok {
		return d.users[name], nil
	}
	for _, u := range d.users {
		if u.Token == token {
			return u, nil
		}
	}
	return User{}, ErrBadCredentials
}
