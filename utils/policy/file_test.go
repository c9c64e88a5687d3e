package policy_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/signed-promote/signed-promote/utils/policy"
)

// complete uses every field that there is.
const complete = `version: 1
signers:
  release: {key: keys/release.pub}
  security: {key: "env://SECURITY_KEY"}
  ci:
    identity: https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main
    issuer: https://token.actions.githubusercontent.com
  anybody: {identityRegexp: "@acme.example$", issuerRegexp: "^https://"}
policies:
  - name: production
    repositories: [docker-prod*]
    images: ["team/*"]
    signatures: {required: 2, by: [release, security, ci]}
    attestations:
      - {type: slsaprovenance1, by: [ci], maxAge: 30d}
      - {type: "https://example.com/review", required: 1, by: [release, anybody]}
    notation: {config: notation, registry: docker-prod.acme.example/}
    children: true
    trust: {root: root.json, ignoreTlog: true, ignoreSCT: true, signedTimestamps: true}
  - name: everything
    signatures: {by: [ci]}
`

func TestParse(t *testing.T) {
	t.Parallel()
	p, err := policy.Parse([]byte(complete), filepath.Join("etc", "policy.yaml"), "default.json")
	require.NoError(t, err)
	assert.True(t, p.Strict)
	require.Len(t, p.Rules, 2)
	release := policy.Signer{Name: "release", Key: filepath.Join("etc", "keys", "release.pub")}
	security := policy.Signer{Name: "security", Key: "env://SECURITY_KEY"}
	ci := policy.Signer{Name: "ci", Identity: policy.Identity{
		Subject: "https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main", Issuer: "https://token.actions.githubusercontent.com",
	}}
	anybody := policy.Signer{Name: "anybody", Identity: policy.Identity{
		SubjectRegexp: "@acme.example$",
		IssuerRegexp:  "^https://",
	}}
	assert.Equal(t, policy.Rule{
		Name:       "production",
		Scope:      policy.Scope{Repositories: []string{"docker-prod*"}, Images: []string{"team/*"}},
		Signatures: &policy.Signatures{Required: 2, By: []policy.Signer{release, security, ci}},
		Attestations: []policy.Attestation{
			{
				Type: "https://slsa.dev/provenance/v1", Label: "slsaprovenance1", MaxAge: 30 * 24 * time.Hour, Required: 1,
				By: []policy.Signer{ci},
			},
			{
				Type: "https://example.com/review", Label: "https://example.com/review", Required: 1,
				By: []policy.Signer{release, anybody},
			},
		},
		Notation: &policy.Notation{Config: filepath.Join("etc", "notation"), Registry: "docker-prod.acme.example"},
		Children: true,
		Trust: policy.Trust{
			Root: filepath.Join("etc", "root.json"), IgnoreTlog: true, IgnoreSCT: true,
			SignedTimestamps: true,
		},
	}, p.Rules[0])
	assert.Equal(t, policy.Rule{
		Name: "everything", Signatures: &policy.Signatures{
			Required: 1,
			By:       []policy.Signer{ci},
		}, Trust: policy.Trust{Root: "default.json"},
	}, p.Rules[1])
}

// Every mistake ends with a message that says where it is and what was meant.
func TestMistakes(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ from, to, want string }{
		"unknown field":          {"signatures: {by", "signatured: {by", `line 21: there is no field "signatured"; did you mean "signatures"?`},
		"unknown field in trust": {"ignoreTlog", "ignoreLog", `there is no field "ignoreLog"; did you mean "ignoreTlog"?`},
		"field of nothing near":  {"children", "platforms", `there is no field "platforms"; there are name, repositories`},
		"unknown signer":         {"[ci]}\n", "[cy]}\n", `policy "everything": signatures: there is no signer "cy"; did you mean "ci"?`},
		"unknown type":           {"slsaprovenance1", "slsaprovenence1", `did you mean "slsaprovenance1"?`},
		"another version":        {"version: 1", "version: 2", "version must be 1"},
		"no version":             {"version: 1\n", "", "version must be 1"},
		"empty requirement":      {"signatures: {by: [ci]}", "signatures:", "line 21: signatures is empty"},
		"empty scope":            {"[docker-prod*]", "[]", "repositories is empty"},
		"nobody":                 {"[release, security, ci]", "[]", "by is empty"},
		"by is missing":          {"signatures: {by: [ci]}", "signatures: {required: 1}", "by is missing"},
		"asks for nothing":       {"signatures: {by: [ci]}", "children: true", "it asks for nothing"},
		"too many required": {
			"required: 2", "required: 4",
			"required must be between 1 and 3, the number of signers, not 4",
		},
		"none required":            {"required: 2", "required: 0", "required must be between 1 and 3"},
		"required is no number":    {"required: 2", "required: two", "line 13: cannot unmarshal"},
		"twice the same signer":    {"[release, security, ci]", "[release, release]", `the signer "release" is in the list twice`},
		"age":                      {"30d", "a month", `maxAge: "a month" is not an age`},
		"two policies of one name": {"name: everything", "name: production", `two policies have the name "production"`},
		"no name":                  {"  - name: everything\n    signatures", "  - signatures", "policy 2 has no name"},
		"key and identity":         {"key: keys/release.pub", "key: a.pub, issuer: b", `signer "release": it has both a key and an identity`},
		"identity without issuer":  {"\n    issuer: https://token.actions.githubusercontent.com", "", `signer "ci": issuer is missing`},
		"broken expression":        {"^https://", "(", "issuer: error parsing regexp"},
		"identity twice": {
			"identityRegexp: \"@acme.example$\"", "identityRegexp: a, identity: b",
			"given exactly and as a regular expression",
		},
		"no config":     {"config: notation, ", "", "notation: config is missing"},
		"two documents": {"version: 1\n", "version: 1\n---\nversion: 1\n", "more than one YAML document"},
		"a field twice": {"children: true", "children: true\n    children: false", "already defined"},
		"alias":         {"by: [ci]}", "by: &x [ci]}\n    images: *x", "aliases (*x) are not understood"},
		"no YAML":       {"version: 1", "version: [", "line"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Contains(t, complete, tt.from)
			i := strings.LastIndex(complete, tt.from)
			_, err := policy.Parse([]byte(complete[:i]+tt.to+complete[i+len(tt.from):]), "policy.yaml", "")
			require.ErrorContains(t, err, tt.want)
			assert.ErrorContains(t, err, "policy.yaml: ")
			assert.NotContains(t, err.Error(), "\n")
		})
	}
	for text, want := range map[string]string{
		"": "the file is empty", "version: 1": "there are no policies",
		"[]": "is empty", "hello": "cannot unmarshal",
	} {
		_, err := policy.Parse([]byte(text), "policy.yaml", "")
		assert.ErrorContains(t, err, want)
	}
}

// The schema in docs knows every field, and refuses what the parser refuses by itself.
func TestSchema(t *testing.T) {
	t.Parallel()
	schema, err := jsonschema.NewCompiler().Compile(filepath.Join("..", "..", "docs", "schema", "policy.schema.json"))
	require.NoError(t, err)
	assert.NoError(t, schema.Validate(asJSON(t, []byte(complete))))
	for _, from := range []string{
		"signatures: {by", "ignoreTlog", "children", "maxAge", "identityRegexp", "registry",
		"repositories",
	} {
		assert.Error(t, schema.Validate(asJSON(t, []byte(strings.Replace(complete, from, "x"+from[1:], 1)))), from)
	}
	assert.Error(t, schema.Validate(asJSON(t, []byte(strings.Replace(complete, "version: 1", "version: 2", 1)))))
}

// The examples in the documentation are policy files.
func TestDocumentedExamples(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "policies.md"))
	require.NoError(t, err)
	examples := strings.Split(strings.ReplaceAll(string(text), "\r\n", "\n"), "```yaml\n")[1:]
	require.NotEmpty(t, examples)
	for _, example := range examples {
		text, _, _ := strings.Cut(example, "```")
		_, err := policy.Parse([]byte(text), "policy.yaml", "")
		assert.NoError(t, err, text)
	}
}

func asJSON(t *testing.T, text []byte) any {
	t.Helper()
	var value any
	require.NoError(t, yaml.Unmarshal(text, &value))
	encoded, err := json.Marshal(value)
	require.NoError(t, err)
	decoded, err := jsonschema.UnmarshalJSON(bytes.NewReader(encoded))
	require.NoError(t, err)
	return decoded
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(complete))
	f.Fuzz(func(_ *testing.T, text []byte) {
		_, _ = policy.Parse(text, "policy.yaml", "")
	})
}
