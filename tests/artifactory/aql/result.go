package aql

import (
	"bytes"
	"encoding/json"
)

const trimmedNotification = "AQL query reached the search hard limit, results are trimmed."

// Result is the answer to a query; its JSON is the body of the server's response.
type Result struct {
	Rows  []Row
	Range Range
}

// Range describes the rows of this answer, not all matches.
type Range struct {
	// StartPos is the offset asked for.
	StartPos int64 `json:"start_pos"`
	// EndPos and Total are the number of rows in this answer.
	EndPos int64 `json:"end_pos"`
	Total  int64 `json:"total"`
	// Limit is the limit asked for, absent if none.
	Limit int64 `json:"limit,omitempty"`
	// Notification is set when the server trimmed the answer.
	Notification string `json:"notification,omitempty"`
}

// MarshalJSON writes {"results":[…],"range":{…}}; results is never null.
func (r Result) MarshalJSON() ([]byte, error) {
	rows := r.Rows
	if rows == nil {
		rows = []Row{}
	}
	return json.Marshal(struct {
		Results []Row `json:"results"`
		Range   Range `json:"range"`
	}{rows, r.Range})
}

// Row is one item of an answer with the fields that the query asked for, in a fixed order.
type Row struct {
	columns    []column
	properties []property
	item       *Item
}

type column struct {
	name  string
	value any
}

// Item returns the item that the row shows.
func (r Row) Item() Item { return *r.item }

// MarshalJSON writes an object; fields without a value are absent.
func (r Row) MarshalJSON() ([]byte, error) {
	columns := r.columns
	if len(r.properties) > 0 {
		columns = append(columns[:len(columns):len(columns)], column{"properties", r.properties})
	}
	var out bytes.Buffer
	out.WriteByte('{')
	for i, c := range columns {
		if i > 0 {
			out.WriteByte(',')
		}
		value, err := json.Marshal(c.value)
		if err != nil {
			return nil, err
		}
		out.WriteString(`"` + c.name + `":`)
		out.Write(value)
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

func (q *Query) row(r record) Row {
	row := Row{item: r.item, columns: make([]column, 0, len(q.columns))}
	for _, f := range q.columns {
		if value := f.json(r.item); value != nil {
			row.columns = append(row.columns, column{f.name, value})
		}
	}
	if r.property != nil {
		row.properties = []property{*r.property}
	}
	return row
}

// rows merges neighbouring records of one item into one row with all its properties.
func (q *Query) rows(records []record) []Row {
	var rows []Row
	for _, r := range records {
		last := len(rows) - 1
		if last >= 0 && r.property != nil && rows[last].item == r.item {
			rows[last].properties = append(rows[last].properties, *r.property)
			continue
		}
		rows = append(rows, q.row(r))
	}
	return rows
}
