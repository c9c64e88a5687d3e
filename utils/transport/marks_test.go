package transport

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const manifestURL = "https://art.example.com/artifactory/api/docker/r/v2/team/app/manifests/1.0"

// A 404 is the server's own by its headers, or by the form in which each of its two APIs tells errors.
func TestWhose404(t *testing.T) {
	t.Parallel()
	const restJSON = `{"errors":[{"status":404,"message":"Unable to find item"}]}`
	const registryJSON = `{"errors":[{"code":"MANIFEST_UNKNOWN","message":"unknown"}]}`
	const promotion = "https://art.example.com/artifactory/api/docker/r/v2/promote"
	tests := map[string]struct {
		method, address, body string
		header                []string
		own                   bool
	}{
		"REST errors":           {"GET", item, restJSON, nil, true},
		"registry errors":       {"GET", manifestURL, registryJSON, nil, true},
		"an id, without a body": {"GET", item, "", []string{"X-Artifactory-Id", "x"}, true},
		"a version, without a body": {
			"GET", manifestURL, "",
			[]string{"X-JFrog-Version", "Artifactory/7.1"},
			true,
		},
		"HEAD with the registry's header": {
			"HEAD", manifestURL, "",
			[]string{"Docker-Distribution-Api-Version", "registry/2.0"},
			true,
		},
		"HEAD with an id":                         {"HEAD", manifestURL, "", []string{"X-Artifactory-Id", "x"}, true},
		"promotion, an address among the images'": {"GET", promotion, restJSON, nil, true},
		"plain text":                              {"GET", manifestURL, "404 page not found\n", nil, false},
		"a web page":                              {"GET", item, "<html>404</html>", nil, false},
		"nothing":                                 {"GET", item, "", nil, false},
		"HEAD without headers":                    {"HEAD", manifestURL, "", nil, false},
		"HEAD of REST has no such header": {"HEAD", item, "", []string{
			"Docker-Distribution-Api-Version",
			"registry/2.0",
		}, false},
		"GET needs more than the registry's": {"GET", manifestURL, "", []string{
			"Docker-Distribution-Api-Version",
			"registry/2.0",
		}, false},
		"JSON of somebody else":         {"GET", item, `{"error":"not found"}`, nil, false},
		"no errors in it":               {"GET", item, `{"errors":[]}`, nil, false},
		"another status in it":          {"GET", item, `{"errors":[{"status":503}]}`, nil, false},
		"registry errors from REST":     {"GET", item, registryJSON, nil, false},
		"REST errors from the registry": {"GET", manifestURL, restJSON, nil, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tr, clock := overBase(t, Options{}, answer(404, tt.body, tt.header...))
			status, body, err := send(t, tr, request(t, tt.method, tt.address, ""))
			if tt.own {
				require.NoError(t, err)
				assert.Equal(t, http.StatusNotFound, status)
				assert.Equal(t, tt.body, body)
				assert.Empty(t, clock.sleeps)
				return
			}
			var unmarked *UnmarkedError
			require.ErrorAs(t, err, &unmarked)
			assert.Contains(t, unmarked.Advice(), "X-JFrog-Version")
			assert.Len(t, clock.sleeps, DefaultAttempts, "repeated like a 503")
			_, told := statusOf(err)
			assert.False(t, told, "no status by which somebody could take it for an absence")
		})
	}
}

func TestAnUnmarked404IsOvercomeByTheNextAnswer(t *testing.T) {
	t.Parallel()
	s := &script{steps: []baseFunc{answer(404, "404 page not found"), answer(404, ""), answer(200, "there")}}
	tr, _ := overBase(t, Options{}, s.base)
	_, body, err := send(t, tr, request(t, http.MethodGet, item, ""))
	require.NoError(t, err)
	assert.Equal(t, "there", body)
}

// A write is sent once; whether it was carried out is not known.
func TestAnUnmarked404OfAWriteIsUnclear(t *testing.T) {
	t.Parallel()
	for _, method := range []string{http.MethodPut, http.MethodPost, http.MethodDelete} {
		s := &script{steps: []baseFunc{answer(404, "404 page not found")}}
		tr, _ := overBase(t, Options{}, s.base)
		_, _, err := send(t, tr, request(t, method, item, "x"))
		var unclear *UnclearError
		var unmarked *UnmarkedError
		require.ErrorAs(t, err, &unclear)
		require.ErrorAs(t, err, &unmarked)
		assert.Contains(t, err.Error(), "may have been carried out")
	}
}

func TestUnrepeated(t *testing.T) {
	t.Parallel()
	s := &script{steps: []baseFunc{answer(503, ""), answer(404, "")}}
	tr, _ := overBase(t, Options{}, s.base)
	_, _, err := send(t, tr, requestIn(Unrepeated(t.Context()), t, http.MethodGet, item, ""))
	var unmarked *UnmarkedError
	require.ErrorAs(t, err, &unmarked)
	assert.Len(t, s.seen, 2, "a 503 is repeated all the same")
}
