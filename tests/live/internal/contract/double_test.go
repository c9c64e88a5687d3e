package contract_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/tests/live/internal/client"
	"github.com/signed-promote/signed-promote/tests/live/internal/contract"
	"github.com/signed-promote/signed-promote/tests/live/internal/scratch"
)

const token = "token-of-the-administrator"

// bench is a double of its own, with the scratch repositories.
func bench(t *testing.T, packageType string, knobs ...func(*artifactory.Knobs)) *contract.Bench {
	t.Helper()
	b, _ := benchOf(t, packageType, knobs...)
	return b
}

func benchAndServer(t *testing.T) (*contract.Bench, *artifactory.Server) {
	t.Helper()
	return benchOf(t, "docker")
}

func benchOf(t *testing.T, packageType string,
	knobs ...func(*artifactory.Knobs),
) (*contract.Bench, *artifactory.Server) {
	t.Helper()
	s := artifactory.Start(t, artifactory.WithUser(artifactory.User{
		Name: "ci", Password: "secret", Token: token,
		Admin: true,
	}))
	for _, change := range knobs {
		s.SetKnobs(change)
	}
	c, err := client.New(s.URL(), token)
	require.NoError(t, err)
	pair, err := scratch.Create(t.Context(), c, scratch.NewNonce(), packageType)
	require.NoError(t, err)
	limited, _, err := pair.Limited(t.Context())
	require.NoError(t, err)
	return &contract.Bench{
		Client: c, Limited: limited, Pair: pair, Redactor: client.NewRedactor(c),
		Pause: time.Millisecond,
	}, s
}

// With its default knobs the double is what the statements say, in both kinds of repository.
func TestDoubleKeepsTheContract(t *testing.T) {
	t.Parallel()
	for _, packageType := range []string{"docker", "oci"} {
		b := bench(t, packageType)
		for _, s := range contract.All() {
			t.Run(packageType+"/"+s.ID, func(t *testing.T) {
				t.Parallel()
				v := b.Run(t.Context(), s)
				assert.Equal(t, contract.Confirmed, v.Outcome, "%s\n%s\n%+v", s.Text, v.Found, v.Evidence)
			})
		}
	}
}
