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

// ErrLocked means that there were too many wrong logins under the user's name.
var ErrLocked = errors.New("This request is blocked due to too many recurrent login failures, please try again later") //nolint:staticcheck // the server's words

// Directory knows the users.
type Directory struct {
	mu     sync.RWMutex
	users  map[string]User
	issued map[string]string
	// wrong counts the wrong logins of each name.
	wrong map[string]int
}

// NewDirectory returns a directory without users.
func NewDirectory() *Directory {
	return &Directory{users: map[string]User{}, issued: map[string]string{}, wrong: map[string]int{}}
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

// Login is Authenticate where a name is locked after so many wrong logins; 0 is never.
func (d *Directory) Login(r *http.Request, lockAfter int) (User, error) {
	name, _, _ := r.BasicAuth()
	d.mu.Lock()
	locked := lockAfter > 0 && d.wrong[name] >= lockAfter
	d.mu.Unlock()
	if locked {
		return User{}, ErrLocked
	}
	u, err := d.Authenticate(r)
	if errors.Is(err, ErrBadCredentials) {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.wrong[name]++
	}
	return u, err
}

// Authenticate finds the user of a request: basic (password or token), bearer, or the deprecated
// X-JFrog-Art-Api; without any of them the anonymous user.
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
