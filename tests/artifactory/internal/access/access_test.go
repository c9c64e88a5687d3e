package access

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPattern(t *testing.T) {
	t.Parallel()
	for pattern, c := range map[string]struct{ yes, no []string }{
		"":            {yes: []string{"", "a", "a/b"}},
		"**":          {yes: []string{"", "a", "a/b"}},
		"app/**":      {yes: []string{"app", "app/a", "app/a/b"}, no: []string{"app2", "x/app", ""}},
		"app/*":       {yes: []string{"app/a"}, no: []string{"app", "app/a/b"}},
		"**/f.txt":    {yes: []string{"f.txt", "a/b/f.txt"}, no: []string{"f-txt", "af.txt"}},
		"a?c":         {yes: []string{"abc"}, no: []string{"ac", "a/c"}},
		"**/x/**":     {yes: []string{"x", "x/a", "a/x/b"}, no: []string{"ax"}},
		"a/**b":       {yes: []string{"a/xb", "a/x/yb"}, no: []string{"a/bc"}},
		"(a|b).json$": {yes: []string{"(a|b).json$"}, no: []string{"a.json"}},
	} {
		for _, p := range c.yes {
			assert.True(t, ParsePattern(pattern).Match(p), "%q %q", pattern, p)
		}
		for _, p := range c.no {
			assert.False(t, ParsePattern(pattern).Match(p), "%q %q", pattern, p)
		}
	}
}

func TestGrantsAddUp(t *testing.T) {
	t.Parallel()
	u := User{Name: "u", Grants: []Grant{
		{Repo: "docker-*", Read: true},
		{Repo: "docker-dev", Pattern: "team/**", Deploy: true},
	}}
	assert.True(t, u.May(Read, "docker-dev", "x"))
	assert.True(t, u.May(Deploy, "docker-dev", "team/app"))
	assert.False(t, u.May(Deploy, "docker-dev", "other"))
	assert.False(t, u.May(Deploy, "docker-prod", "team/app"))
	assert.False(t, u.May(Delete, "docker-dev", "team/app"))
	assert.True(t, u.Sees("docker-prod"))
	assert.False(t, u.Sees("generic"))
	assert.True(t, User{Admin: true}.May(Delete, "any", "thing"))
}

// Facts 8.7: every form of credentials.
func TestAuthenticate(t *testing.T) {
	t.Parallel()
	d := NewDirectory()
	d.Add(User{Name: "u", Password: "p", Token: "t"})
	d.Add(User{Name: "empty"})
	issued := d.Issue(User{Name: "u"})
	for name, c := range map[string]struct {
		header, value, user, pass string
		err                       error
	}{
		"password":       {user: "u", pass: "p"},
		"token as basic": {user: "u", pass: "t"},
		"wrong":          {user: "u", pass: "x", err: ErrBadCredentials},
		"no password":    {user: "empty", pass: "", err: ErrBadCredentials},
		"unknown":        {user: "x", pass: "p", err: ErrBadCredentials},
		"bearer":         {header: "Authorization", value: "bearer t"},
		"issued":         {header: "Authorization", value: "Bearer " + issued},
		"empty bearer":   {header: "Authorization", value: "Bearer ", err: ErrBadCredentials},
		"other scheme":   {header: "Authorization", value: "Digest x", err: ErrBadCredentials},
		"API key":        {header: "X-JFrog-Art-Api", value: "t"},
		"none":           {err: ErrNoCredentials},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		if c.user != "" {
			r.SetBasicAuth(c.user, c.pass)
		}
		if c.header != "" {
			r.Header.Set(c.header, c.value)
		}
		u, err := d.Authenticate(r)
		require.ErrorIs(t, err, c.err, name)
		if c.err == nil {
			assert.Equal(t, "u", u.Name, name)
		}
	}
	d.Add(User{Name: Anonymous})
	u, err := d.Authenticate(httptest.NewRequest(http.MethodGet, "/", nil))
	require.NoError(t, err)
	assert.True(t, u.IsAnonymous())
}
