package merge

import (
	"bytes"
	"encoding/json"
	"errors"
)

// decode reads a JSON object without reading its fields.
func decode(raw []byte) (map[string]json.RawMessage, error) {
	var fields map[string]json.RawMessage
	err := json.Unmarshal(raw, &fields)
	if err == nil && fields == nil {
		err = errors.New("null in place of an object")
	}
	return fields, err
}

// encode writes JSON whose texts stay as they are: the standard form would spell '<', '>' and '&' in other bytes, in
// descriptors that are taken over verbatim too. Only white space between the values is left out.
func encode(v any) (json.RawMessage, error) {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(buffer.Bytes(), []byte("\n")), nil
}
