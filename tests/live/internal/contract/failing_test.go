package contract_test

import (
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/tests/live/internal/client"
	"github.com/signed-promote/signed-promote/tests/live/internal/contract"
	"github.com/signed-promote/signed-promote/tests/live/internal/scratch"
)

// No statement is confirmed by a server that says the same to everything.
func TestNothingIsConfirmedByAStubbornServer(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]http.HandlerFunc{
		"yes":   func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("{}")) },
		"error": func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "{}", http.StatusInternalServerError) },
		"away": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://elsewhere.example/", http.StatusFound)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(answer)
			t.Cleanup(server.Close)
			c, err := client.New(server.URL, token)
			require.NoError(t, err)
			pair := &scratch.Pair{Source: "s", Target: "t", Nonce: "0123456789ab", PackageType: "docker"}
			b := &contract.Bench{Client: c, Limited: c, Pair: pair, Redactor: client.NewRedactor(c), Pause: time.Millisecond}
			for _, s := range contract.All() {
				v := b.Run(t.Context(), s)
				assert.NotEqual(t, contract.Confirmed, v.Outcome, "%s: %s", s.ID, v.Found)
			}
		})
	}
}

// Without a second token the statements on rights cannot be tested, and say so.
func TestWithoutFewerRights(t *testing.T) {
	t.Parallel()
	b := bench(t, "docker")
	b.Limited = nil
	v := b.Run(t.Context(), statement(t, "rights-read"))
	assert.Equal(t, contract.Untestable, v.Outcome)
	assert.Contains(t, v.Found, "second token")
}

// Where there is no referrers API that is refuted once; what it would answer cannot be tested.
func TestWithoutReferrersAPI(t *testing.T) {
	t.Parallel()
	b := bench(t, "docker", func(k *artifactory.Knobs) { k.ReferrersAPI = artifactory.ReferrersOff })
	for _, id := range []string{
		"referrers-after-copy", "referrers-before-subject", "referrers-gone-after-delete", "referrers-repaired-by-push", "referrers-of-nothing",
		"referrers-media-type", "referrers-artifact-type", "referrers-filter", "referrers-one-page",
	} {
		v := b.Run(t.Context(), statement(t, id))
		assert.Equal(t, contract.Untestable, v.Outcome, id)
		assert.Contains(t, v.Found, "no referrers API", id)
	}
}

func TestStatementsAreComplete(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, s := range append(contract.All(), contract.Unreachable()...) {
		assert.False(t, seen[s.ID], s.ID)
		seen[s.ID] = true
		assert.NotEmpty(t, s.Text, s.ID)
		assert.NotEmpty(t, s.Section, s.ID)
		assert.NotEmpty(t, s.Relied, s.ID)
	}
	for _, s := range contract.All() {
		assert.NotNil(t, s.Check, s.ID)
	}
	for _, s := range contract.Unreachable() {
		assert.NotEmpty(t, contract.Reason(s.ID), s.ID)
	}
}

// Every knob of the double is a question: a statement asks it, or it is told why none can.
func TestEveryKnobHasAStatement(t *testing.T) {
	t.Parallel()
	var asked strings.Builder
	for _, s := range append(contract.All(), contract.Unreachable()...) {
		asked.WriteString(s.Knob + ", ")
	}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[artifactory.Knobs]()) {
		if !field.Anonymous && !noQuestion(field.Name) {
			assert.Regexp(t, `\b`+field.Name+`\b`, asked.String())
		}
	}
}

// noQuestion names knobs that are no question to a server: orders that nobody may rely on, and what is for tests alone.
func noQuestion(knob string) bool {
	switch knob {
	case "TagsOrder", "ReferrersOrder", "PromoteStep", "Version":
		return true
	}
	return false
}
