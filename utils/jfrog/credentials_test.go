package jfrog_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/jfrog"
)

func TestAuthorize(t *testing.T) {
	newHome(t)
	apiKey := "AKCp8" + strings.Repeat("x", 70)
	for _, test := range []struct {
		name, want string
		words      []string
	}{
		{"nothing", "", nil},
		{"a user without a password", "", []string{"--user=u"}},
		{"basic", basic("u", "p"), []string{"--user=u", "--password=p"}},
		{"a token", "Bearer t", []string{"--access-token=t"}},
		{"a token before a password", "Bearer t", []string{"--user=u", "--password=p", "--access-token=t"}},
		{"an API key as a token", basic("u", apiKey), []string{"--user=u", "--access-token=" + apiKey}},
	} {
		t.Run(test.name, func(t *testing.T) {
			server, err := jfrog.Resolve(options(append(test.words, "--url=https://rt.example/artifactory")...), jfrog.Options{})
			require.NoError(t, err)
			assert.Equal(t, test.want, authorization(t, server))
		})
	}
}

func TestAuthorizeOnlyTheServerItself(t *testing.T) {
	newHome(t)
	server, err := jfrog.Resolve(options("--url=https://rt.example/artifactory", "--access-token=t"), jfrog.Options{})
	require.NoError(t, err)
	for target, want := range map[string]string{
		"https://rt.example/v2/":      "Bearer t",
		"https://rt.example:444/":     "",
		"http://rt.example/":          "",
		"https://s3.example/":         "",
		"https://rt.example.evil.net": "",
	} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, target, nil)
		require.NoError(t, err)
		require.NoError(t, server.Authorize(request))
		assert.Equal(t, want, request.Header.Get("Authorization"), target)
	}
}

// What 'jf config add --user --password' leaves behind makes jf's own commands fetch tokens and store them.
func TestBasicAuthIsNeverTurnedIntoAToken(t *testing.T) {
	p := newPlatform(t)
	old := time.Now().Add(-time.Hour)
	for _, more := range []entry{
		{"tokenRefreshInterval": 60},
		{"accessToken": token("old", old), "artifactoryRefreshToken": "refresh-1"},
	} {
		server := entry{
			"serverId": "dev", "artifactoryUrl": p.URL + "/artifactory/", "user": "u", "password": "p",
			"isDefault": true,
		}
		for key, value := range more {
			server[key] = value
		}
		h := newHome(t, server)
		before := h.read(t)
		for _, dryRun := range []bool{false, true} {
			resolved, err := jfrog.Resolve(options(), jfrog.Options{DryRun: dryRun})
			require.NoError(t, err)
			if !dryRun {
				assert.Equal(t, basic("u", "p"), authorization(t, resolved))
			}
		}
		assert.Equal(t, before, h.read(t))
	}
	assert.Empty(t, p.requests())
}

// expired configures a server whose token has ended and can be renewed, through the platform's API or Artifactory's.
func expired(id, url, kind string) entry {
	return entry{
		"serverId": id, "url": url + "/", "artifactoryUrl": url + "/artifactory/", "isDefault": id == "dev",
		"accessToken": token(id+"-1", time.Now().Add(-time.Hour)), kind: id + "-refresh-1",
	}
}

func TestExpiredTokenIsRenewedAndStored(t *testing.T) {
	for kind, want := range map[string]string{
		"refreshToken":            "POST /access/api/v1/tokens dev-refresh-1",
		"artifactoryRefreshToken": "POST /artifactory/api/security/token dev-refresh-1",
	} {
		t.Run(kind, func(t *testing.T) {
			p := newPlatform(t)
			p.next = token("dev-2", time.Now().Add(30*time.Hour))
			h := newHome(t, expired("dev", p.URL, kind))
			server, err := jfrog.Resolve(options(), jfrog.Options{})
			require.NoError(t, err)

			var group sync.WaitGroup
			for range 8 {
				group.Go(func() { assert.Equal(t, "Bearer "+p.next, authorization(t, server)) })
			}
			group.Wait()
			assert.Equal(t, []string{want}, p.requests(), "one renewal for all, although 30 hours are less than jf's 7 days")
			assert.Contains(t, h.read(t), p.next)
			assert.Contains(t, h.read(t), "refresh-2")
		})
	}
}

func TestDryRunRenewsNothing(t *testing.T) {
	p := newPlatform(t)
	for _, kind := range []string{"refreshToken", "artifactoryRefreshToken"} {
		configured := expired("dev", p.URL, kind)
		h := newHome(t, configured)
		before := h.read(t)
		server, err := jfrog.Resolve(options(), jfrog.Options{DryRun: true})
		require.NoError(t, err)
		assert.Equal(t, "Bearer "+configured["accessToken"].(string), authorization(t, server))
		assert.Equal(t, before, h.read(t))
	}
	assert.Empty(t, p.requests())
}

// cli-core remembers one server ID for all renewals, the one it saw last; see the comment at the lock "renewing".
func TestRenewalOfTwoServersMixesNothingUp(t *testing.T) {
	a, b := newPlatform(t), newPlatform(t)
	a.next, b.next = token("dev-2", time.Now().Add(time.Hour)), token("other-2", time.Now().Add(time.Hour))
	newHome(t, expired("dev", a.URL, "refreshToken"), expired("other", b.URL, "refreshToken"))
	first, err := jfrog.Resolve(options("--server-id=dev"), jfrog.Options{})
	require.NoError(t, err)
	second, err := jfrog.Resolve(options("--server-id=other"), jfrog.Options{})
	require.NoError(t, err)

	assert.Equal(t, "Bearer "+b.next, authorization(t, second))
	assert.Equal(t, "Bearer "+a.next, authorization(t, first))
	assert.Equal(t, []string{"POST /access/api/v1/tokens dev-refresh-1"}, a.requests())
	assert.Equal(t, []string{"POST /access/api/v1/tokens other-refresh-1"}, b.requests())
}

func TestFailedRenewalOfAnExpiredTokenIsAnError(t *testing.T) {
	p := newPlatform(t)
	p.fails = true
	h := newHome(t, expired("dev", p.URL, "refreshToken"))
	before := h.read(t)
	server, err := jfrog.Resolve(options(), jfrog.Options{})
	require.NoError(t, err)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL().String(), nil)
	require.NoError(t, err)
	err = server.Authorize(request)
	require.ErrorContains(t, err, `renewing the access token of server ID "dev"`)
	require.ErrorContains(t, err, "jf login")
	assert.NotContains(t, err.Error(), "refresh-1")
	assert.Empty(t, request.Header.Get("Authorization"))
	assert.Equal(t, before, h.read(t))
}

// The fake clock skips the 15 seconds that cli-core waits before it renews a token that is still valid.
func TestFailedRenewalOfAValidTokenIsTriedOnce(t *testing.T) {
	p := newPlatform(t)
	p.fails = true
	synctest.Test(t, func(t *testing.T) {
		valid := token("dev-1", time.Now().Add(24*time.Hour))
		newHome(t, entry{
			"serverId": "dev", "url": p.URL + "/", "artifactoryUrl": p.URL + "/artifactory/", "isDefault": true,
			"accessToken": valid, "refreshToken": "refresh-1",
		})
		server, err := jfrog.Resolve(options(), jfrog.Options{})
		require.NoError(t, err)
		start := time.Now()
		assert.Equal(t, "Bearer "+valid, authorization(t, server))
		assert.Equal(t, "Bearer "+valid, authorization(t, server))
		assert.GreaterOrEqual(t, time.Since(start), 15*time.Second)
		assert.Less(t, time.Since(start), 30*time.Second)
	})
	assert.Len(t, p.requests(), 1)
}

func TestAuthorizeStopsWithTheContext(t *testing.T) {
	p := newPlatform(t)
	p.next = token("dev-2", time.Now().Add(time.Hour))
	newHome(t, expired("dev", p.URL, "refreshToken"))
	server, err := jfrog.Resolve(options(), jfrog.Options{})
	require.NoError(t, err)

	p.mu.Lock() // the platform does not answer, so the renewal holds the turn
	renewed := make(chan string, 1)
	go func() { renewed <- authorization(t, server) }()
	<-p.arrived
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL().String(), nil)
	require.NoError(t, err)
	require.ErrorIs(t, server.Authorize(request), context.Canceled)
	assert.Empty(t, request.Header.Get("Authorization"))
	p.mu.Unlock()
	assert.Equal(t, "Bearer "+p.next, <-renewed)
}
