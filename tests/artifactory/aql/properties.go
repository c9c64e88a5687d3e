package aql

import (
	"maps"
	"slices"
)

// propertySelection says which properties rows carry, and which halves of them.
type propertySelection struct {
	key, value bool
	// only restricts rows to these keys and, as the filter is part of the SQL condition, drops items that have none of
	// them. Empty: every property of every item.
	only []string
}

func (p *propertySelection) any() bool { return p.key || p.value }

// property is one element of a row's "properties".
type property struct {
	Key   *string `json:"key,omitempty"`
	Value *string `json:"value,omitempty"`
}

// of lists the selected properties of an item, by key and then in the order of the values.
func (p *propertySelection) of(item *Item) []property {
	var selected []property
	for _, key := range slices.Sorted(maps.Keys(item.Properties)) {
		if len(p.only) > 0 && !slices.Contains(p.only, key) {
			continue
		}
		for _, value := range item.Properties[key] {
			selected = append(selected, p.show(key, value))
		}
	}
	return selected
}

func (p *propertySelection) show(key, value string) property {
	var shown property
	if p.key {
		shown.Key = &key
	}
	if p.value {
		shown.Value = &value
	}
	return shown
}
