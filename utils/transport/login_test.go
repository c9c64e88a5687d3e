package transport

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const copyURL = "https://art.example.com/artifactory/api/copy/r/i?to=%2Fq%2Fi"

// After a 401 nothing is sent any more.
func TestARunEndsAtItsFirst401(t *testing.T) {
	t.Parallel()
	s := &script{steps: []baseFunc{answer(200, ""), answer(401, "Bad credentials")}}
	tr, _ := overBase(t, Options{Auth: basic{"u", "p"}}, s.base)
	for _, want := range []int{200, 401} {
		status, _, err := send(t, tr, request(t, http.MethodGet, item, ""))
		require.NoError(t, err)
		assert.Equal(t, want, status)
	}
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPut, http.MethodPost, http.MethodDelete} {
		_, _, err := send(t, tr, request(t, method, item, ""))
		var rejected *RejectedError
		require.ErrorAs(t, err, &rejected, method)
		assert.Equal(t, http.StatusUnauthorized, rejected.HTTPStatus())
		assert.Contains(t, err.Error(), "GET "+item)
	}
	assert.Len(t, s.seen, 2)
}

// Copy and move tell a missing permission by 401, where the credentials were accepted before.
func TestA401OfACopyIsNotAboutCredentials(t *testing.T) {
	t.Parallel()
	for _, before := range []int{200, 403} {
		s := &script{steps: []baseFunc{answer(before, ""), answer(401, ""), answer(200, "")}}
		tr, _ := overBase(t, Options{Auth: basic{"u", "p"}}, s.base)
		_, _, err := send(t, tr, request(t, http.MethodGet, item, ""))
		require.NoError(t, err)
		_, _, err = send(t, tr, request(t, http.MethodPost, copyURL, ""))
		require.NoError(t, err)
		_, _, err = send(t, tr, request(t, http.MethodGet, item, ""))
		assert.Equal(t, before == 403, err != nil, "nothing was accepted before")
	}
}

// Without credentials there are no wrong ones, and another host's answer is not about the server's.
func TestOther401sEndNothing(t *testing.T) {
	t.Parallel()
	s := &script{steps: []baseFunc{
		answer(401, ""), to(307, "https://other.example.com/x"), answer(401, ""),
		answer(200, ""),
	}}
	tr, _ := overBase(t, Options{}, s.base)
	_, _, err := send(t, tr, request(t, http.MethodGet, item, ""))
	require.NoError(t, err)
	_, _, err = send(t, tr, request(t, http.MethodGet, item, ""))
	require.Error(t, err, "another host")
	_, _, err = send(t, tr, request(t, http.MethodGet, item, ""))
	require.NoError(t, err)
	assert.Len(t, s.seen, 4)
}
