package access

import "path"

// Anonymous is the name of the user that requests without credentials run as. Unless a user of that
// name was added, anonymous access is off and such requests are answered 401.
const Anonymous = "anonymous"

// Action is something that a permission allows.
type Action int

// Actions of Artifactory's permission targets.
const (
	Read Action = iota
	Annotate
	Deploy
	Delete
)

func (a Action) String() string {
	return [...]string{"Read", "Annotate", "Deploy", "Delete"}[a]
}

// Grant returns rights on the paths of a repository.
type Grant struct {
	// Repo is a repository key, or a pattern with * and ?.
	Repo string
	// Pattern is an Ant pattern for paths below the repository (app/**); empty means every path.
	Pattern string
	// Exclude is an Ant pattern for paths that are left out; empty means none.
	Exclude string
	// Read, Annotate, Deploy and Delete (which includes overwriting) are the rights.
	Read, Annotate, Deploy, Delete bool
}

func (g Grant) allows(a Action) bool {
	return [...]bool{g.Read, g.Annotate, g.Deploy, g.Delete}[a]
}

// covers reports whether the grant is about a path.
func (g Grant) covers(p string) bool {
	return ParsePattern(g.Pattern).Match(p) && (g.Exclude == "" || !ParsePattern(g.Exclude).Match(p))
}

// User may authenticate by name and password, by name and token, or by the token alone as a bearer.
type User struct {
	Name, Password, Token string
	// Admin may do everything.
	Admin bool
	// Grants add up.
	Grants []Grant
}

// May reports whether the user may do a at a path below a repository.
func (u User) May(a Action, repo, p string) bool {
	if u.Admin {
		return true
	}
	for _, g := range u.Grants {
		repoMatches, err := path.Match(g.Repo, repo)
		if err == nil && repoMatches && g.allows(a) && g.covers(p) {
			return true
		}
	}
	return false
}

// Sees reports whether the user may read anything at all in a repository.
func (u User) Sees(repo string) bool {
	if u.Admin {
		return true
	}
	for _, g := range u.Grants {
		if ok, err := path.Match(g.Repo, repo); err == nil && ok && g.Read {
			return true
		}
	}
	return false
}

// IsAnonymous reports the user of requests without credentials.
func (u User) IsAnonymous() bool { return u.Name == Anonymous }
