package transport

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"
)

func TestDescribe(t *testing.T) {
	t.Parallel()
	tr, _ := overBase(t, Options{}, nil)
	tests := []struct{ in, want string }{
		{"https://user:pw@art.example.com/artifactory/a%2Fb/sha256:0", "https://art.example.com/artifactory/a%2Fb/sha256:0"},
		{"https://art.example.com/x?to=/r/j&access_token=abc", "https://art.example.com/x?to=/r/j&access_token=…"},
		{"https://art.example.com/x?TOK%45N=abc&%zz=1&flag", "https://art.example.com/x?TOK%45N=…&%zz=…&flag"},
		{
			"https://s3.example.com/x?X-Amz-Signature=abc&versionId=1",
			"https://s3.example.com/x?X-Amz-Signature=…&versionId=…",
		},
		{"https://art.example.com:444/x?to=abc", "https://art.example.com:444/x?to=…"},
		{"https://art.example.com/a%1b%0ab", "https://art.example.com/a%1b%0ab"},
	}
	for _, tt := range tests {
		assert.Equal(t, tt.want, tr.describe(mustURL(t, tt.in)))
	}
}

// Wherever a secret stands in an address, it is not in what is written about it.
func TestDescribeKeepsSecrets(t *testing.T) {
	t.Parallel()
	tr, _ := overBase(t, Options{}, nil)
	names := []string{
		"token", "access_token", "X-Amz-Signature", "X-Amz-Credential", "sig", "Signature", "password", "apiKey", "api_key",
		"X-Goog-Signature", "client_secret", "Key-Pair-Id", "_state", "se%73sion", "USER",
	}
	rapid.Check(t, func(t *rapid.T) {
		secret := rapid.StringMatching(`[Q-Z]{12,20}`).Draw(t, "secret")
		ours := rapid.Bool().Draw(t, "ours")
		u := &url.URL{
			Scheme: "https", Host: "art.example.com", Path: "/" + rapid.String().Draw(t, "path"),
			User: url.UserPassword("u", secret),
		}
		name := rapid.SampledFrom(names).Draw(t, "name")
		if !ours {
			u.Host, name = "storage.example.com", rapid.StringMatching(`[a-p-]{1,9}`).Draw(t, "any name")
		}
		u.RawQuery = rapid.StringMatching(`(a=b&)?`).Draw(t, "before") + name + "=" + secret + rapid.StringMatching(`(&c=d)?`).Draw(t, "after")
		if got := tr.describe(u); strings.Contains(got, secret) {
			t.Errorf("%q tells %s", got, secret)
		}
	})
}

func TestWithoutSecrets(t *testing.T) {
	t.Parallel()
	sent := http.Header{}
	sent.Set("Authorization", "Bearer tok3n")
	sent.Set("X-JFrog-Art-Api", "AKCp8")
	assert.Equal(t, "got …, … and …", withoutSecrets("got Bearer tok3n, tok3n and AKCp8", sent))
	assert.Equal(t, "nothing", withoutSecrets("nothing", nil))
	sent.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(`u:a"<&+`)))
	for _, notation := range []string{`a"<&+`, "a&#34;&lt;&amp;+", "a%22%3C%26%2B", `a\"\u003c\u0026+`, `a\"<&+`} {
		assert.Equal(t, "got …!", withoutSecrets("got "+notation+"!", sent), notation)
	}
}
