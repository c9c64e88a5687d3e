package audit_test

import (
	"strings"
	"testing"
	"time"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	double "github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/tests/fixture"
	"github.com/signed-promote/signed-promote/utils/audit"
	"github.com/signed-promote/signed-promote/utils/inventory"
	"github.com/signed-promote/signed-promote/utils/wildcard"
)

// nest stores the manifest of a folder once more, in folders inside it of the same name.
func nest(s *double.Server, image fixture.Image, folder string, deep int) {
	name := strings.Repeat("/"+folder, deep)
	for file, sha := range s.Snapshot() {
		if strings.HasPrefix(file, image.String()+"/"+folder+"/") && strings.Count(file, "/"+folder) == 1 {
			content, _ := s.Content(sha)
			s.PutFile(prod, "team/app"+name+"/"+folder+file[strings.LastIndex(file, "/"):], content, nil)
		}
	}
}

func nestedOnes(a *audit.Result) map[string]string {
	all := map[string]string{}
	for _, i := range a.Images {
		for _, f := range i.Findings {
			if f.Problem == audit.Nested {
				all[i.Path+":"+i.Tag+" "+f.Name] = f.Message
			}
		}
	}
	return all
}

// A folder of an attachment in one of the same name is named with the image that it is about. It is seen in the rows of
// the search.
func TestAuditNamesNestedAttachments(t *testing.T) {
	t.Parallel()
	s, app, server := start(t)
	root, other := app.Single("1.0", "1.0"), app.Single("2.0", "2.0")
	app.Sign(root, "alice")
	app.Sign(other, "alice")
	signature := fixture.SuffixTag("", root, "sig")
	look := func(r audit.Request) (*audit.Result, int) {
		s.ResetLog()
		r.Repo = prod
		a, err := server.Audit(t.Context(), r)
		require.NoError(t, err)
		return a, len(s.Log())
	}
	a, requests := look(audit.Request{})
	assert.Empty(t, nestedOnes(a))

	nest(s, app, signature, 1)
	selection := inventory.Selection{Include: []wildcard.Pattern{wildcard.New("team/app")}}
	for name, r := range map[string]audit.Request{"all": {}, "one image": {Selection: selection}} {
		a, now := look(r)
		assert.Equal(t, requests, now, "%s: requests", name)
		assert.Equal(t, map[string]string{
			"team/app:1.0 " + signature + "/" + signature: prod + "/team/app/" + signature + "/" + signature + ", where no client looks, holds the same manifest as the folder around it",
		}, nestedOnes(a), name)
		assert.Empty(t, a.Problems, name)
		assert.Equal(t, map[string]audit.State{"team/app:1.0": audit.Signed, "team/app:2.0": audit.Signed},
			states(a), "%s: it changes no state", name)
	}

	nest(s, app, signature, 2)
	a, _ = look(audit.Request{})
	assert.Len(t, nestedOnes(a), 2, "a folder in a folder in a folder")
	a, _ = look(audit.Request{Selection: inventory.Selection{Since: time.Now().Add(time.Hour)}})
	assert.Empty(t, a.Problems, "nothing is said of images that were not asked for")
}

// What the nested folder holds may be what another writer stored.
func TestAuditTellsOtherBytesInANestedAttachment(t *testing.T) {
	t.Parallel()
	s, app, server := start(t)
	root := app.Single("1.0", "1.0")
	app.Sign(root, "alice")
	signature := fixture.SuffixTag("", root, "sig")
	nest(s, app, signature, 1)
	app.Sign(root, "bob")
	a, err := server.Audit(t.Context(), audit.Request{Repo: prod})
	require.NoError(t, err)
	assert.Contains(t, nestedOnes(a)["team/app:1.0 "+signature+"/"+signature], "holds another manifest than")
}

// What is nested in the attachment of no image is told by itself, and what can be an image is not nested.
func TestAuditOfFoldersInFoldersOfTheSameName(t *testing.T) {
	t.Parallel()
	s, app, server := start(t)
	app.Sign(app.Single("1.0", "1.0"), "alice")
	below := fixture.New(s).Image(prod, "team/app/1.0")
	below.Sign(below.Single("1.0", "another image"), "alice")
	gone := digest.FromString("gone")
	app.Sign(gone, "alice")
	nest(s, app, fixture.SuffixTag("", gone, "sig"), 1)
	fallback := "sha256-" + gone.Encoded()
	s.PutManifest(prod, "team/app/"+fallback, fallback, ocispec.MediaTypeImageIndex, []byte(`{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}`))
	a, err := server.Audit(t.Context(), audit.Request{Repo: prod})
	require.NoError(t, err)
	assert.Empty(t, nestedOnes(a))
	require.Len(t, a.Problems, 2)
	assert.Contains(t, a.Problems[0], ".sig/sha256-")
	assert.Contains(t, a.Problems[1], fallback+"/"+fallback+", where no client looks, holds a manifest, and the folder around it none")
}
