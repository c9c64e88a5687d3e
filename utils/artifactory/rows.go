package artifactory

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"unicode"
)

// maxRow bounds a row, in bytes; a row with many properties has some kilobytes.
const maxRow = 16 << 20

// errWideRow is a row that no file has.
var errWideRow = fmt.Errorf("a row of the answer has more than %d MiB", maxRow>>20)

// allotted passes on so many bytes for each row, so that a single one cannot fill the memory.
type allotted struct {
	io.Reader
	left int
}

// Read reads on, if there is anything left for this row.
func (a *allotted) Read(p []byte) (int, error) {
	if a.left <= 0 {
		return 0, errWideRow
	}
	n, err := a.Reader.Read(p[:min(len(p), a.left)])
	a.left -= n
	return n, err
}

// errWildRow is a row that leads out of its repository.
var errWildRow = errors.New("the answer names a file that cannot be")

// check refuses rows whose names would lead elsewhere when they become part of an address.
func (i Item) check() error {
	folder := "/" + i.Path
	if strings.ContainsAny(i.Repo+i.Name, "/\\") || path.Clean(folder) != folder || strings.ContainsFunc(i.Location(),
		unicode.IsControl) {
		return fmt.Errorf("%w: %q", errWildRow, i.Repo+folder+"/"+i.Name)
	}
	return nil
}

// rows reads the answer to a search: {"results":[…],"range":{…}}, in that order or another.
type rows struct {
	body    *allotted
	decoder *json.Decoder
	row     func(Item) bool
	count   int64
	// ranged is set when the range was there, which proves that the answer is whole.
	ranged       bool
	notification string
}

var errEnough = errors.New("no more rows wanted")

func newRows(body io.Reader, row func(Item) bool) *rows {
	limited := &allotted{Reader: body, left: maxRow}
	return &rows{body: limited, decoder: json.NewDecoder(limited), row: row}
}

func (r *rows) read() error {
	switch err := r.object(); {
	case errors.Is(err, errEnough):
		return nil
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w, after %d rows", errIncomplete, r.count)
	case err != nil:
		return fmt.Errorf("the answer cannot be read after %d rows: %w", r.count, err)
	case !r.ranged:
		return fmt.Errorf("%w, after %d rows", errIncomplete, r.count)
	case r.notification != "":
		return &TrimmedError{Rows: r.count, Notification: r.notification}
	default:
		return nil
	}
}

func (r *rows) object() error {
	if err := r.delimiter('{'); err != nil {
		return err
	}
	for r.decoder.More() {
		key, err := r.decoder.Token()
		if err != nil {
			return err
		}
		if err := r.member(key); err != nil {
			return err
		}
	}
	return r.delimiter('}')
}

func (r *rows) member(key json.Token) error {
	switch key {
	case "results":
		return r.results()
	case "range":
		var about struct {
			Notification string `json:"notification"`
		}
		err := r.decoder.Decode(&about)
		r.ranged, r.notification = err == nil, about.Notification
		return err
	default:
		return r.decoder.Decode(&json.RawMessage{})
	}
}

func (r *rows) results() error {
	if err := r.delimiter('['); err != nil {
		return err
	}
	for r.decoder.More() {
		var next row
		if err := r.decoder.Decode(&next); err != nil {
			return err
		}
		item := next.item()
		if err := item.check(); err != nil {
			return err
		}
		r.count++
		r.body.left = maxRow
		if !r.row(item) {
			return errEnough
		}
	}
	return r.delimiter(']')
}

func (r *rows) delimiter(want json.Delim) error {
	got, err := r.decoder.Token()
	if err == nil && got != want {
		err = fmt.Errorf("%q expected, not %v", want.String(), got)
	}
	return err
}
