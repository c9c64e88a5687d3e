package remote

import (
	"fmt"
	"net/http"
	"regexp"

	"github.com/signed-promote/signed-promote/utils/failure"
)

// lockedOut is what servers say to somebody with too many wrong logins behind them. Only the explanation depends on it.
var lockedOut = regexp.MustCompile(`(?i)\btoo many\b.*\b(logins?|attempts?|failures)\b|\blogin (failures|attempts)\b|\b(user|account)\b.*\blocked\b`)

// Explain wraps an answer of the server for the user: which side, what it was about, and what to do. needs names the
// permission that the call requires, such as "Read on docker-dev/app".
func Explain(side failure.Side, err error, subject, needs string) error {
	if err == nil {
		return nil
	}
	status, _ := failure.Status(err)
	switch status {
	case http.StatusUnauthorized:
		return failure.At(side, err, subject+": the server does not accept these credentials",
			"Check --server-id, or --user and --password or --access-token. It may also be that the permission "+needs+" is missing.")
	case http.StatusForbidden:
		if lockedOut.MatchString(err.Error()) {
			return failure.At(side, err, subject+": the server has locked this user out",
				"After too many wrong logins a server refuses a user for a while, also with the right password. Look for a job that still uses an old "+
					"password or token, and wait or ask an administrator to unlock the user.")
		}
		return failure.At(side, err, subject+": not allowed", "You need "+needs+".")
	case http.StatusNotFound:
		return failure.At(side, err, subject+": not found",
			"Check the name, and that you have "+needs+": a server can hide what you may not read.")
	case http.StatusConflict, http.StatusOK:
		// What a copy has to object to comes with either, whatever it is (contract copy-error-status).
		return failure.At(side, err, subject+": refused",
			"You need "+needs+", and the patterns of the repository must let it in.")
	default:
		return failure.At(side, err, subject, retryHint(err, status))
	}
}

func retryHint(err error, status int) string {
	if advice := failure.Advice(err); advice != "" {
		return advice
	}
	if status >= http.StatusInternalServerError || status == http.StatusTooManyRequests {
		return "The server did not answer as it should. Run the same command again; what is done already is not done twice."
	}
	return ""
}

// NeedsDeploy names the permissions that a write at the target needs.
func NeedsDeploy(path string, overwrites bool) string {
	if overwrites {
		return fmt.Sprintf("Deploy and, since it replaces something, Delete on %s", path)
	}
	return "Deploy on " + path
}
