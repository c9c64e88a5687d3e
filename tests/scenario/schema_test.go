package scenario

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// validate holds a result to the schema of its command.
func validate(t *testing.T, result json.RawMessage) {
	t.Helper()
	var named struct {
		Command string `json:"command"`
	}
	require.NoError(t, json.Unmarshal(result, &named))
	validateWith(t, result, schemaOf(named.Command))
}

// validateWith holds a document to a schema.
func validateWith(t *testing.T, result []byte, name string) {
	t.Helper()
	path := filepath.Join("..", "..", "docs", "schema", name)
	schema, err := jsonschema.NewCompiler().Compile(path)
	require.NoError(t, err)
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(result))
	require.NoError(t, err)
	assert.NoError(t, schema.Validate(document))
}

// schemaOf names the schema of a command's result.
func schemaOf(command string) string {
	switch command {
	case "status", "verify", "audit", "repair", "prune":
		return command + ".schema.json"
	default:
		return "promotion.schema.json"
	}
}
