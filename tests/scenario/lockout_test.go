package scenario

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/signed-promote/signed-promote/tests/artifactory"
)

// A run with a wrong password ends at its first 401: a server counts wrong logins, and locks the user out for
// everybody.
func TestAWrongPasswordIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 20 {
		w.dev.Sign(w.dev.Single(fmt.Sprint("1.", i), fmt.Sprint("v", i)), "alice")
	}
	w.password = "the-old-password"
	for _, args := range [][]string{
		{"promote", app, dev, prod, "--copy"},
		{"promote", ref(app, "1.0"), dev, prod},
		{"copy", dev + "/*", prod},
		{"move", dev + "/" + app, prod},
		{"status", dev + "/" + app},
		{"audit", dev},
		{"repair", dev, "--source-repos", prod, "--dry-run"},
		{"file-spec", dev + "/" + app},
		{
			"verify", dev + "/" + app + ":*", dev + "/" + ref(app, "1.1"), dev + "/" + ref(app, "1.2"), "--key",
			w.holder("alice").pub, "--insecure-ignore-tlog",
		},
	} {
		o := w.run(args...).ends(exitFailed)
		o.changesNothing()
		// What a run asks for at once in its first round has left before the first answer comes.
		assert.LessOrEqual(t, len(o.log), 5, "%v\n%s", args, o.requests())
		assert.Contains(t, o.stderr, "401 Unauthorized", "%v", args)
	}
}

// A user who is locked out is told so, and not that a permission is missing.
func TestALockedUserIsToldSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, artifactory.WithKnobs(func(k *artifactory.Knobs) { k.LockAfter = 1 }))
	w.dev.Sign(w.dev.Single("1.0", "v1"), "alice")
	w.password = "the-old-password"
	w.promote(ref(app, "1.0"), dev, prod).ends(exitFailed)
	w.password = password
	o := w.promote(ref(app, "1.0"), dev, prod).ends(exitFailed)
	o.tells("source", "has locked this user out", "unlock")
}
