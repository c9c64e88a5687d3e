package selection

import (
	"fmt"
	"strings"

	"github.com/signed-promote/signed-promote/utils/artifactory"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/wildcard"
)

// Filter narrows down what a pattern means, with the options of jf rt copy.
type Filter struct {
	// Exclusions are patterns of images, tags or files, with or without the repository.
	Exclusions []string
	// Properties have to be there, all of them; of ExcludedProperties not all may be. Values can have wildcards.
	Properties, ExcludedProperties []Property
	// Sort orders what is found, by fields of the manifest's file.
	Sort       []artifactory.Field
	Descending bool
	// Limit is the most images that are taken; 0 is all.
	Limit int
}

// Property is a property with one value.
type Property struct{ Key, Value string }

// ParseProperties reads "key=value[,value];key=value". A comma or semicolon that belongs to a value has a backslash
// before it.
func ParseProperties(s string) ([]Property, error) {
	var all []Property
	for _, pair := range split(s, ';') {
		if pair == "" {
			continue
		}
		key, values, found := strings.Cut(pair, "=")
		if !found || key == "" {
			return nil, fmt.Errorf("%q is not key=value", pair)
		}
		for _, value := range split(values, ',') {
			all = append(all, Property{Key: key, Value: unescape(value)})
		}
	}
	return all, nil
}

func unescape(s string) string { return strings.NewReplacer(`\,`, `,`, `\;`, `;`).Replace(s) }

// split cuts at a separator without a backslash before it.
func split(s string, separator rune) []string {
	var parts []string
	begin := 0
	for i, r := range s {
		if r == separator && (i == 0 || s[i-1] != '\\') {
			parts = append(parts, s[begin:i])
			begin = i + 1
		}
	}
	return append(parts, s[begin:])
}

// Searches reports whether only a search can answer: what a folder shows has no properties and no dates.
func (f Filter) Searches() bool {
	return len(f.Properties) > 0 || len(f.ExcludedProperties) > 0 || len(f.Sort) > 0
}

// Narrows reports whether there is any condition at all.
func (f Filter) Narrows() bool { return f.Searches() || len(f.Exclusions) > 0 || f.Limit > 0 }

// criterion returns the conditions for properties.
func (f Filter) criterion() artifactory.Criterion {
	all := make([]artifactory.Criterion, 0, len(f.Properties)+1)
	for _, p := range f.Properties {
		all = append(all, artifactory.Where(artifactory.Property(p.Key), match(p.Value, artifactory.Match, artifactory.Equal),
			p.Value))
	}
	excluded := make([]artifactory.Criterion, 0, len(f.ExcludedProperties))
	for _, p := range f.ExcludedProperties {
		excluded = append(excluded, artifactory.Where(artifactory.Property(p.Key),
			match(p.Value, artifactory.NotMatch, artifactory.NotEqual), p.Value))
	}
	return artifactory.All(append(all, artifactory.Any(excluded...))...)
}

func match(value string, wild, plain artifactory.Operator) artifactory.Operator {
	if hasWildcards(value) {
		return wild
	}
	return plain
}

// Excludes reports whether a tag is excluded, by its image, by image and tag, or by the path of its manifest.
func (f Filter) Excludes(r reference.Reference) bool {
	names := []string{r.Path, r.Path + ":" + r.Tag, r.Path + "/" + r.Tag, r.Path + "/" + r.Tag + "/manifest.json", r.Path +
		"/" + r.Tag + "/list.manifest.json"}
	for _, exclusion := range f.Exclusions {
		pattern := wildcard.New(exclusion)
		for _, name := range names {
			if pattern.Matches(name) || pattern.Matches(r.Repo+"/"+name) {
				return true
			}
		}
	}
	return false
}

// Limited cuts a list off.
func Limited[T any](f Filter, list []T) []T {
	if f.Limit > 0 && len(list) > f.Limit {
		return list[:f.Limit]
	}
	return list
}
