package aql

import "slices"

// MaxQueryLength is the number of characters up to which SaaS accepts a query; the server answers 400 beyond (6.7).
// [Parse] does not check it.
const MaxQueryLength = 6000

// Query is a parsed query. It is immutable and safe for concurrent use.
type Query struct {
	where      predicate
	columns    []field
	properties propertySelection
	sort       []field
	descending bool
	offset     int64
	limit      int64 // 0: none given
	distinct   bool
}

// MissingRequired reports whether a result row lacks repo, path or name; the server answers 400 then unless the user
// is an administrator (6.3).
func (q *Query) MissingRequired() bool {
	for _, name := range []string{"repo", "path", "name"} {
		if !q.shows(name) {
			return true
		}
	}
	return false
}

// Limit returns the limit of the query, 0 if it has none.
func (q *Query) Limit() int64 { return q.limit }

// HasSort reports whether the query sorts.
func (q *Query) HasSort() bool { return len(q.sort) > 0 }

// ShowsProperties reports whether result rows carry properties.
func (q *Query) ShowsProperties() bool { return q.properties.any() }

func (q *Query) shows(name string) bool {
	return slices.ContainsFunc(q.columns, func(f field) bool { return f.name == name })
}
