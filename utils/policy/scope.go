package policy

import "strings"

// Scope says which images a rule is for. An empty list means all. In patterns "*" stands for any characters, "/" among
// them.
type Scope struct {
	Repositories, Images []string
}

// Covers reports whether an image, by its repository key and its path in it, is in the scope.
func (s Scope) Covers(repo, image string) bool {
	return anyMatches(s.Repositories, repo) && anyMatches(s.Images, image)
}

func anyMatches(patterns []string, name string) bool {
	if len(patterns) == 0 {
		return true
	}
	for _, p := range patterns {
		if Matches(p, name) {
			return true
		}
	}
	return false
}

// Matches reports whether a name as a whole is what a pattern describes.
func Matches(pattern, name string) bool {
	parts := strings.Split(pattern, "*")
	first, last := parts[0], parts[len(parts)-1]
	if len(parts) == 1 {
		return pattern == name
	}
	if len(name) < len(first)+len(last) || !strings.HasPrefix(name, first) || !strings.HasSuffix(name, last) {
		return false
	}
	rest := name[len(first) : len(name)-len(last)]
	for _, part := range parts[1 : len(parts)-1] {
		_, after, found := strings.Cut(rest, part)
		if !found {
			return false
		}
		rest = after
	}
	return true
}
