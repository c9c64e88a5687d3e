package promotion

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/signed-promote/signed-promote/utils/failure"
)

// explain wraps an answer of the server for the user: which side, what it was about, and what to do. needs names the permission
// that the call requires, such as "Read on docker-dev/app".
func explain(side failure.Side, err error, subject, needs string) error {
	if err == nil {
		return nil
	}
	status, _ := failure.Status(err)
	switch status {
	case http.StatusUnauthorized:
		return failure.At(side, err, subject+": the server does not accept these credentials",
			"Check --server-id, or --user and --password or --access-token. It may also be that the permission "+needs+" is missing.")
	case http.StatusForbidden:
		return failure.At(side, err, subject+": not allowed", "You need "+needs+".")
	case http.StatusNotFound:
		return failure.At(side, err, subject+": not found", "Check the name, and that you have "+needs+": a server can hide what you may not read.")
	case http.StatusConflict, http.StatusOK:
		// What a copy has to object to comes with either, whatever it is (facts: errors of copy).
		return failure.At(side, err, subject+": refused", "You need "+needs+", and the patterns of the repository must let it in.")
	default:
		return failure.At(side, err, subject, retryHint(err, status))
	}
}

func retryHint(err error, status int) string {
	var unreadable interface{ Unclear() bool }
	if status >= http.StatusInternalServerError || status == http.StatusTooManyRequests || errors.As(err, &unreadable) {
		return "The server did not answer as it should. Run the same command again; what is done already is not done twice."
	}
	return ""
}

// needsDeploy names the permissions that a write at the target needs.
func needsDeploy(path string, overwrites bool) string {
	if overwrites {
		return fmt.Sprintf("Deploy and, since it replaces something, Delete on %s", path)
	}
	return "Deploy on " + path
}
