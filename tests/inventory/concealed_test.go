package inventory

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/tests/fixture"
)

// Rights can leave out paths by pattern: then a subject is hidden from every search and from the one path of a
// repository that is asked for. What may be attached to something hidden stays.
func TestPruneKeepsWhatMayBelongToSomethingHidden(t *testing.T) {
	t.Parallel()
	reads := func(repo, exclude string) artifactory.Grant {
		return artifactory.Grant{
			Repo: repo, Exclude: exclude, Read: true, Deploy: repo == prod, Delete: repo == prod,
			Annotate: repo == prod,
		}
	}
	renamed := func(repo string) func(*fixture.Fixture) {
		return func(f *fixture.Fixture) { f.Image(repo, "team/secret").Single("1.0", "hidden") }
	}
	for name, c := range map[string]struct {
		grants []artifactory.Grant
		hide   func(*fixture.Fixture)
		// asIfAbsent is a server that answers a request for something hidden as if it were not there.
		asIfAbsent bool
	}{
		"another path of another repository": {
			[]artifactory.Grant{reads(prod, ""), reads(dev, "team/secret/**")},
			renamed(dev), false,
		},
		"something that looks as if it were nowhere": {
			[]artifactory.Grant{reads(prod, ""), reads(dev, "team/secret/**")},
			renamed(dev), true,
		},
		"another path of the repository": {
			[]artifactory.Grant{reads(prod, "team/secret/**"), reads(dev, "")},
			renamed(prod), false,
		},
		"a repository that is not named": {
			[]artifactory.Grant{reads(prod, ""), reads(dev, "")},
			renamed(old),
			false,
		},
		"a tag of the same path": {
			[]artifactory.Grant{reads(prod, ""), reads(dev, "team/app/1.0/**")},
			func(f *fixture.Fixture) { f.Image(dev, "team/app").Single("1.0", "hidden") },
			false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, artifactory.WithKnobs(func(k *artifactory.Knobs) { k.HideUnauthorized = c.asIfAbsent }))
			f := fixture.New(s)
			app := f.Image(prod, "team/app")
			app.Sign(app.Single("other", "other"), "bob")
			d := app.Single("1.0", "hidden")
			signature := app.String() + "/" + fixture.SuffixTag("", d, "sig")
			app.Sign(d, "alice")
			s.DeleteTag(prod, "team/app", "1.0")
			c.hide(f)
			// What is attached to something that is nowhere goes all the same, though it is looked for in one search
			// with the other.
			for i := range 3 {
				gone(s, app, fmt.Sprint("gone-", i))
			}
			s.AddUser(artifactory.User{Name: user, Password: password, Grants: c.grants})
			r, o := prune(t, s, "--quiet", "--subjects-in", dev)
			assert.Equal(t, 0, o.code, o.stderr)
			assert.Contains(t, s.Snapshot(), signature+"/manifest.json")
			assert.Equal(t, 3, r.Totals.Removed)
			assert.Contains(t, o.stdout, "is where you may not read")
		})
	}
}

// An SBOM without its image can be an image of its own where the user may not read: the signature of the SBOM stays
// with it.
func TestPruneKeepsTheSignatureOfSomethingHidden(t *testing.T) {
	t.Parallel()
	s := start(t)
	f := fixture.New(s)
	app, secret := f.Image(prod, "team/app"), f.Image(dev, "team/secret")
	app.Sign(app.Single("other", "other"), "bob")
	d := app.Single("1.0", "1.0")
	app.Sign(app.SBOM(d, sbomTag), "alice")
	s.DeleteTag(prod, "team/app", "1.0")
	team(s, artifactory.Grant{Repo: dev, Read: true, Exclude: "team/secret/**"})
	before := s.Snapshot()
	r, _ := prune(t, s, "--dry-run", "--subjects-in", dev)
	assert.Equal(t, 2, r.Totals.Planned, "the SBOM is in one place only, where the user sees it")
	secret.Again("sbom", secret.SBOM(d, sbomTag))
	s.DeleteTag(dev, "team/secret", fixture.SuffixTag("", d, sbomTag))
	r, o := prune(t, s, "--quiet", "--subjects-in", dev)
	assert.Equal(t, 0, o.code, o.stderr)
	assert.Zero(t, r.Totals.Removed, o.stdout)
	for file := range before {
		assert.True(t, strings.HasPrefix(file, prod) && s.Snapshot()[file] != "", file)
	}
}
