package artifactory

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// MaxQuery is the greatest length of a query in bytes. A server refuses those above 6,000 (contract aql-longest-query),
// which holds about 60 digests.
const MaxQuery = 5900

// AllProperties among Query.Properties asks for every property.
const AllProperties = "*"

// Query is a search for items: files, unless Where names another type ("folder", "any").
//
// A search finds, it proves no absence: rows that the user may not read are missing without a word, after Limit was
// applied, so that a short or empty page is not the end; what was written a moment ago may be missing; a repository
// that does not exist is empty.
type Query struct {
	Where Criterion
	// Fields are asked for beside repo, path and name, which a user who is no admin has to ask for.
	Fields []Field
	// Properties are the keys to ask for. They exclude Sort, Offset and Limit, which would count properties instead of
	// items.
	Properties []string
	// Sort orders the rows, by fields that are asked for by that.
	Sort       []Field
	Descending bool
	// Offset and Limit are numbers of items; 0 is none.
	Offset, Limit int64
}

var (
	errLimitedProperties = errors.New("a search cannot ask for properties together with sort, offset or limit")
	errNegative          = errors.New("offset and limit of a search cannot be negative")
)

// QueryTooLongError is a query above MaxQuery. It was not sent: ask for fewer values at once.
type QueryTooLongError struct{ Length int }

// Error returns both lengths.
func (e *QueryTooLongError) Error() string {
	return fmt.Sprintf("the search has %d characters, more than the %d that servers accept", e.Length, MaxQuery)
}

// AQL returns the query as it is sent, or tells why it cannot be.
func (q Query) AQL() (string, error) {
	switch {
	case len(q.Properties) > 0 && (len(q.Sort) > 0 || q.Offset != 0 || q.Limit != 0):
		return "", errLimitedProperties
	case q.Offset < 0 || q.Limit < 0:
		return "", errNegative
	}
	text := "items.find(" + q.Where.text + ").include(" + strings.Join(q.included(), ",") + ")" + q.page()
	if len(text) > MaxQuery {
		return "", &QueryTooLongError{Length: len(text)}
	}
	return text, nil
}

func (q Query) included() []string {
	fields := slices.Concat([]Field{Repo, Path, Name}, q.Fields, q.Sort)
	for _, key := range q.Properties {
		if key == AllProperties {
			fields = append(fields, "property")
			continue
		}
		fields = append(fields, Property(key))
	}
	return quoted(fields)
}

// quoted returns each field once: servers refuse one that is named twice.
func quoted(fields []Field) []string {
	texts := make([]string, 0, len(fields))
	for _, f := range fields {
		if text := quote(string(f)); !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	return texts
}

// page writes the clauses in the one order that AQL accepts.
func (q Query) page() string {
	var b strings.Builder
	if len(q.Sort) > 0 {
		direction := "$asc"
		if q.Descending {
			direction = "$desc"
		}
		b.WriteString(".sort({" + quote(direction) + ":[" + strings.Join(quoted(q.Sort), ",") + "]})")
	}
	if q.Offset > 0 {
		b.WriteString(".offset(" + strconv.FormatInt(q.Offset, 10) + ")")
	}
	if q.Limit > 0 {
		b.WriteString(".limit(" + strconv.FormatInt(q.Limit, 10) + ")")
	}
	return b.String()
}
