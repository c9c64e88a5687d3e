package scenario

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
)

// mistake is a promotion that cannot be done.
type mistake struct {
	// prepare changes the world after the image was pushed.
	prepare func(w *world)
	// image, source, target and args replace the usual ones, unless empty.
	image, source, target string
	args                  []string
	// side and hint are what the error has to say; says is a part of its message.
	side, says, hint string
}

func mistakes() map[string]mistake {
	return map[string]mistake{
		"tag":   {image: ref(app, "1.1"), side: "source", says: "there is no tag", hint: "Check"},
		"image": {image: ref("team/ap", "1.0"), side: "source", says: dev + "/team/ap", hint: "Check"},
		"source repository": {
			source: "docker-dev", side: "source", says: "there is no repository docker-dev",
			hint: "--server-id",
		},
		"target repository": {
			target: "docker-prod", side: "target", says: "there is no repository docker-prod",
			hint: "--server-id",
		},
		"both repositories": {
			source: "a", target: "b", side: "source", says: "there is no repository a",
			hint: "--server-id",
		},
		"password": {
			prepare: func(w *world) { w.password = "wrong-one" }, side: "source", says: "credentials",
			hint: "--password",
		},
		"user": {
			prepare: func(w *world) { w.user = "nobody" }, side: "source", says: "credentials",
			hint: "--user",
		},
		"virtual source": {
			source: "docker-virtual", side: "source", says: "virtual", hint: "local or federated",
			prepare: func(w *world) {
				w.server.AddRepository(artifactory.Repository{
					Key: "docker-virtual", Class: artifactory.Virtual,
					Members: []string{dev},
				})
			},
		},
		"virtual target": {
			target: "docker-virtual", side: "target", says: "virtual", hint: "local or federated",
			prepare: func(w *world) {
				w.server.AddRepository(artifactory.Repository{
					Key: "docker-virtual", Class: artifactory.Virtual,
					Members: []string{prod}, DefaultDeployment: prod,
				})
			},
		},
		"remote source": {
			source: "docker-remote", side: "source", says: "remote", hint: "local repository",
			prepare: func(w *world) {
				w.server.AddRepository(artifactory.Repository{Key: "docker-remote", Class: artifactory.Remote})
			},
		},
		"remote target": {
			target: "docker-remote", side: "target", says: "remote", hint: "local repository",
			prepare: func(w *world) {
				w.server.AddRepository(artifactory.Repository{Key: "docker-remote", Class: artifactory.Remote})
			},
		},
		"docker to oci": {
			target: "oci-prod", side: "target", says: "of type docker", hint: "of type docker",
			prepare: func(w *world) {
				w.server.AddRepository(artifactory.Repository{Key: "oci-prod", PackageType: "oci"})
			},
		},
		"generic source": {
			source: "generic", side: "source", says: "holds no container images", hint: "docker or oci",
			prepare: func(w *world) {
				w.server.AddRepository(artifactory.Repository{Key: "generic", PackageType: "generic"})
			},
		},
		"generic target": {
			target: "generic", side: "target", says: "holds no container images", hint: "docker or oci",
			prepare: func(w *world) {
				w.server.AddRepository(artifactory.Repository{Key: "generic", PackageType: "generic"})
			},
		},
		"include patterns of the target": {
			target: "narrow", side: "target", says: "may not be written", hint: "patterns",
			prepare: func(w *world) {
				w.server.AddRepository(artifactory.Repository{Key: "narrow", Includes: []string{"other/**"}})
			},
		},
	}
}

func TestMistakes(t *testing.T) {
	t.Parallel()
	for name, m := range mistakes() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, mode := range [][]string{{"--copy"}, nil} {
				w := newWorld(t)
				signedIndex(w)
				if m.prepare != nil {
					m.prepare(w)
				}
				before := look(w.server)
				args := append([]string{or(m.image, ref(app, "1.0")), or(m.source, dev), or(m.target, prod)}, m.args...)
				o := w.promote(append(args, mode...)...).ends(exitFailed)
				o.changesNothing()
				assert.Equal(t, before, look(w.server))
				o.tells(m.side, m.says, m.hint)
				assert.Equal(t, m.side, o.image().Error.Side)
			}
		})
	}
}

// The same mistakes, made without a tag, end the same way.
func TestMistakesWithEveryTag(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"image", "source repository", "target repository", "password", "virtual source",
		"docker to oci",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := mistakes()[name]
			w := newWorld(t)
			signedIndex(w)
			if m.prepare != nil {
				m.prepare(w)
			}
			image, _, _ := strings.Cut(or(m.image, app), ":")
			o := w.promote(image, or(m.source, dev), or(m.target, prod)).ends(exitFailed).changesNothing()
			o.tells(m.side, m.says, m.hint)
			assert.Equal(t, m.side, o.result().Error.Side)
		})
	}
}

// A mistake in the names themselves is found without a request.
func TestMistakesInNames(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"onto itself":          {[]string{ref(app, "1.0"), dev, dev}, "source and target are both"},
		"an empty component":   {[]string{ref("team//app", "1.0"), dev, prod}, "source: "},
		"a path for a key":     {[]string{ref(app, "1.0"), dev + "/team", prod}, "source: "},
		"a tag with a slash":   {[]string{ref(app, "1.0"), dev, prod, "--target-tag", "a/b"}, "target: "},
		"two tags":             {[]string{ref(app, "1.0"), dev, prod, "--source-tag", "2.0"}, "give one of them"},
		"a digest":             {[]string{app + "@sha256:" + strings.Repeat("0", 64), dev, prod}, "names a digest"},
		"a target tag for all": {[]string{app, dev, prod, "--target-tag", "2.0"}, "--source-tag"},
		"a third repository":   {[]string{ref(app, "1.0"), dev, prod, "more"}, "3 arguments"},
		"server ID":            {[]string{ref(app, "1.0"), dev, prod, "--server-id", "prod"}, "configured are: double"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			o := w.promote(c.args...)
			if name == "server ID" {
				w.configure(user, password, "")
				o = w.runAs(append([]string{"promote"}, c.args...)...)
			}
			o.ends(exitFailed)
			assert.Empty(t, o.log)
			assert.Empty(t, o.stdout)
			assert.Equal(t, 1, o.errors(), o.stderr)
			assert.Contains(t, o.stderr, c.says)
		})
	}
}

func TestTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	signedIndex(w)
	path := w.configure("", "", token)
	require.FileExists(t, path)
	w.runAs("promote", ref(app, "1.0"), dev, prod, "--copy").ends(exitDone)
	w.runAs("promote", ref(app, "1.0"), dev, prod, "--copy", "--url", w.server.URL(), "--access-token",
		token).ends(exitDone)
	w.configure("", "", "expired")
	o := w.runAs("promote", ref(app, "1.0"), dev, prod).ends(exitFailed).changesNothing()
	o.tells("source", "credentials", "--access-token")
}

// rights are what a user may do on both sides.
func rights(repo, may string) artifactory.Grant {
	return artifactory.Grant{
		Repo: repo, Read: strings.Contains(may, "r"), Annotate: strings.Contains(may, "n"), Deploy: strings.Contains(may,
			"w"), Delete: strings.Contains(may, "d"),
	}
}

func TestPermissions(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		source, target string
		args           []string
		// overwrite puts another image under the target tag first.
		overwrite bool
		// update puts a part of the signatures at the target first, merge another one, there all but an attestation.
		update, merge, there bool
		// side and hint are empty where it has to succeed.
		side, hint string
	}{
		"copy":               {source: "r", target: "rw", args: []string{"--copy"}},
		"move":               {source: "rd", target: "rw"},
		"copy that replaces": {source: "r", target: "rwd", args: []string{"--copy"}, overwrite: true},
		"copy and rename": {source: "r", target: "rwn", args: []string{
			"--copy", "--target-docker-image",
			"other",
		}},
		"copy that adds a signature": {source: "r", target: "rwd", args: []string{"--copy"}, update: true},
		"no Delete to add a signature": {
			source: "r", target: "rw", args: []string{"--copy"}, update: true, side: "target",
			hint: "Delete on " + prod,
		},
		"no Delete to merge": {
			source: "r", target: "rw", args: []string{"--copy"}, merge: true, side: "target",
			hint: "Delete on " + prod,
		},
		"no Delete for what is there": {source: "r", target: "rw", there: true, side: "source", hint: "Delete on " + dev},
		"no Read at the source": {
			source: "wd", target: "rwd", args: []string{"--copy"}, side: "source",
			hint: "Read on " + dev,
		},
		"no Read at the target": {
			source: "rd", target: "wd", args: []string{"--copy"}, side: "target",
			hint: "Read on " + prod,
		},
		"no Deploy at the target": {
			source: "rd", target: "rd", args: []string{"--copy"}, side: "target",
			hint: "Deploy on " + prod,
		},
		"no Deploy for a move":    {source: "rd", target: "rd", side: "target", hint: "Deploy on " + prod},
		"no Delete at the source": {source: "rw", target: "rwd", side: "source", hint: "Delete on " + dev},
		"no Delete to replace": {
			source: "rd", target: "rw", args: []string{"--copy"}, overwrite: true,
			side: "target", hint: "Delete on " + prod,
		},
		"no Delete to replace by moves": {source: "rd", target: "rw", overwrite: true, side: "target", hint: "Delete on " +
			prod},
	} {
		for setting, knob := range map[string]func(*artifactory.Knobs){
			"":                         func(*artifactory.Knobs) {},
			", hidden":                 func(k *artifactory.Knobs) { k.HideUnauthorized = true },
			", told by its own status": func(k *artifactory.Knobs) { k.CopyErrorStatus = 0 },
			", told with 200":          func(k *artifactory.Knobs) { k.CopyErrorStatus = http.StatusOK },
		} {
			t.Run(name+setting, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, artifactory.WithKnobs(knob))
				root := signedIndex(w)
				if c.overwrite {
					w.prod.Single("1.0", "old")
				}
				if c.update {
					w.prod.Sign(root, "alice")
					w.dev.Sign(root, "alice", "bob")
				}
				if c.merge {
					w.prod.Sign(root, "bob")
				}
				if c.there {
					signedIndex(&world{dev: w.prod})
					w.dev.Attest(root, "https://slsa.dev/provenance/v1")
				}
				w.grants(rights(dev, c.source), rights(prod, c.target))
				before := look(w.server)
				args := append([]string{ref(app, "1.0"), dev, prod}, c.args...)
				if c.side == "" {
					w.promote(args...).ends(exitDone)
					return
				}
				o := w.promote(args...).ends(exitFailed).changesNothing()
				assert.Equal(t, before, look(w.server))
				o.tells(c.side, "", c.hint)
			})
		}
	}
}

// The properties that a rename corrects serve searches only: without Annotate they stay, with a warning.
func TestRenameWithoutAnnotate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	root := signedIndex(w)
	w.grants(rights(dev, "r"), rights(prod, "rw"))
	o := w.promote(ref(app, "1.0"), dev, prod, "--copy", "--target-docker-image", "other").ends(exitDone)
	assert.Equal(t, root, look(w.server)[prod+"/other"]["1.0"])
	assert.Contains(t, strings.Join(o.image().Warnings, "\n"), "docker.repoName")
	assert.Contains(t, o.stderr, "[Warn]")
	t.Log(o.stderr)
}

var (
	errorLine = regexp.MustCompile(`(?m)^\[Error\]`)
	doubled   = regexp.MustCompile(`(source|target): (source|target): `)
)

// errors counts the error messages on stderr.
func (o outcome) errors() int { return len(errorLine.FindAllString(o.stderr, -1)) }

// tells asserts that there is one error on stderr, that it names its side once and has a hint of its own line.
func (o outcome) tells(side, says, hint string) {
	o.t.Helper()
	assert.Equal(o.t, 1, o.errors(), o.stderr)
	message, advice, found := strings.Cut(o.stderr, "\n  ")
	assert.True(o.t, found, "there is no hint: %s", o.stderr)
	assert.Contains(o.t, message, "[Error] "+side+": ")
	assert.Contains(o.t, message, says)
	assert.Contains(o.t, advice, hint)
	assert.NotRegexp(o.t, doubled, o.stderr)
	o.t.Log(o.stderr)
}

func or(given, otherwise string) string {
	if given != "" {
		return given
	}
	return otherwise
}
