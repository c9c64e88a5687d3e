package artifactory

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// rows reads the answer to a search: {"results":[…],"range":{…}}, in that order or another.
type rows struct {
	decoder *json.Decoder
	row     func(Item) bool
	count   int64
	// ranged is set when the range was there, which proves that the answer is whole.
	ranged       bool
	notification string
}

var errEnough = errors.New("no more rows wanted")

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
		r.count++
		if !r.row(next.item()) {
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
