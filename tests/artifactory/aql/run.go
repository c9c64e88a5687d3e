package aql

import (
	"encoding/json"
	"iter"
	"slices"
)

// Options are what the server adds to a query: who asks, what is virtual, and how it is configured.
type Options struct {
	// MayRead reports whether the user may read an item; nil means everything. Rows that fail are dropped silently,
	// after the limit was applied (6.3).
	MayRead func(Item) bool
	// FilterBeforeLimit drops them before instead, which no server is known to do; it shows what a client relies on.
	FilterBeforeLimit bool
	// Expand returns the members of a virtual repository (a remote's cache for a remote), nothing for other keys.
	Expand func(repo string) []string
	// HardLimit trims the answer to so many rows and says so in "notification". 0 means no limit.
	HardLimit int
}

func (o *Options) mayRead(item *Item) bool { return o.MayRead == nil || o.MayRead(*item) }

// record is one row of the joined tables: an item, with one of its properties if rows show properties.
type record struct {
	item     *Item
	property *property
}

// Run answers the query from the items, which may come in any order and are read once.
func (q *Query) Run(items iter.Seq[Item], o Options) Result {
	records := q.page(q.order(q.unique(q.find(items, &o))))
	if !o.FilterBeforeLimit {
		records = readable(records, &o)
	}
	result := Result{Rows: q.rows(records), Range: Range{StartPos: q.offset, Limit: q.limit}}
	if o.HardLimit > 0 && len(result.Rows) > o.HardLimit {
		result.Rows = result.Rows[:o.HardLimit]
		result.Range.Notification = trimmedNotification
	}
	result.Range.Total = int64(len(result.Rows))
	// The real server writes the number of rows here, whatever the offset.
	result.Range.EndPos = result.Range.Total
	return result
}

func (q *Query) find(items iter.Seq[Item], o *Options) []record {
	var found []record
	for item := range items {
		if q.where(o, &item) {
			found = append(found, q.join(&item)...)
		}
	}
	if o.FilterBeforeLimit {
		return readable(found, o)
	}
	return found
}

// join makes the records of one item. Asking for certain keys loses the items that have none of them.
func (q *Query) join(item *Item) []record {
	if !q.properties.any() {
		return []record{{item: item}}
	}
	selected := q.properties.of(item)
	if len(selected) == 0 && len(q.properties.only) == 0 {
		return []record{{item: item}}
	}
	joined := make([]record, len(selected))
	for i := range selected {
		joined[i] = record{item: item, property: &selected[i]}
	}
	return joined
}

// unique removes records that look the same. Records with repo, path and name never do, so the work is saved for them.
func (q *Query) unique(records []record) []record {
	if !q.distinct || !q.MissingRequired() {
		return records
	}
	seen := make(map[string]bool, len(records))
	return slices.DeleteFunc(records, func(r record) bool {
		// Values of a row are strings, numbers and properties: they always have a JSON form.
		key, _ := json.Marshal(q.row(r))
		duplicate := seen[string(key)]
		seen[string(key)] = true
		return duplicate
	})
}

// order sorts by the sort clause, which has no effect while rows show properties (6.4).
func (q *Query) order(records []record) []record {
	if q.properties.any() {
		return records
	}
	slices.SortStableFunc(records, func(a, b record) int {
		for _, f := range q.sort {
			if outcome := f.compare(a.item, b.item); outcome != 0 {
				return q.direction(outcome)
			}
		}
		return 0
	})
	return records
}

func (q *Query) direction(outcome int) int {
	if q.descending {
		return -outcome
	}
	return outcome
}

func (q *Query) page(records []record) []record {
	records = records[min(q.offset, int64(len(records))):]
	if q.limit > 0 {
		records = records[:min(q.limit, int64(len(records)))]
	}
	return records
}

func readable(records []record, o *Options) []record {
	return slices.DeleteFunc(records, func(r record) bool { return !o.mayRead(r.item) })
}
