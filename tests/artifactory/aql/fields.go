package aql

import (
	"slices"
	"time"
)

// kind decides how a field's values are compared and written.
type kind int

const (
	kindText kind = iota
	kindNumber
	kindDate
	kindType
)

// field is one column of the items domain. Exactly one of the getters is set, by kind.
type field struct {
	name   string
	kind   kind
	text   func(*Item) string
	number func(*Item) int64
	date   func(*Item) time.Time
}

// fields lists the columns in the order in which rows show them. The first ten are the default ones (6.2).
func fields() []field {
	return []field{
		{name: "repo", text: func(i *Item) string { return i.Repo }},
		{name: "path", text: func(i *Item) string { return i.Path }},
		{name: "name", text: func(i *Item) string { return i.Name }},
		{name: "type", kind: kindType, text: func(i *Item) string { return i.Type }},
		{name: "size", kind: kindNumber, number: func(i *Item) int64 { return i.Size }},
		{name: "created", kind: kindDate, date: func(i *Item) time.Time { return i.Created }},
		{name: "created_by", text: func(i *Item) string { return i.CreatedBy }},
		{name: "modified", kind: kindDate, date: func(i *Item) time.Time { return i.Modified }},
		{name: "modified_by", text: func(i *Item) string { return i.ModifiedBy }},
		{name: "updated", kind: kindDate, date: func(i *Item) time.Time { return i.Updated }},
		{name: "depth", kind: kindNumber, number: func(i *Item) int64 { return int64(i.Depth) }},
		{name: "sha256", text: func(i *Item) string { return i.SHA256 }},
		{name: "actual_sha1", text: func(i *Item) string { return i.SHA1 }},
		{name: "actual_md5", text: func(i *Item) string { return i.MD5 }},
		// The double has no uploads with a wrong checksum, so what the client declared is what the server found.
		{name: "original_sha1", text: func(i *Item) string { return i.SHA1 }},
		{name: "original_md5", text: func(i *Item) string { return i.MD5 }},
	}
}

func defaultFields() []field { return fields()[:10] }

func findField(name string) (field, bool) {
	all := fields()
	at := slices.IndexFunc(all, func(f field) bool { return f.name == name })
	if at < 0 {
		return field{}, false
	}
	return all[at], true
}

// compare orders two items by the field.
func (f field) compare(a, b *Item) int {
	switch f.kind {
	case kindNumber:
		return compareNumbers(f.number(a), f.number(b))
	case kindDate:
		return f.date(a).Compare(f.date(b))
	case kindText, kindType:
		return compareTexts(f.text(a), f.text(b))
	}
	return 0
}

// json returns the value as a row shows it, nil when the row has no such value.
func (f field) json(item *Item) any {
	switch f.kind {
	case kindNumber:
		return f.number(item)
	case kindDate:
		return f.date(item).UTC().Format(dateLayout)
	case kindText, kindType:
		if text := f.text(item); text != "" {
			return text
		}
	}
	return nil
}
