package scenario

import (
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/utils/report"
)

// --details shows what JFrog's own client reads of the manifest's file, for one more request, and only when it is asked
// for.
func TestDetails(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice := w.holder("alice")
	single, index := w.dev.Single("1.0", "v1"), w.dev.Platforms("2.0", "v2", "linux/amd64", "linux/arm64").Digest
	w.signs(w.dev, single, alice)
	w.promote(ref(app, "1.0"), dev, prod, "--copy").ends(exitDone)
	theirs := func(repo, tag, file string) *report.Details {
		path := repo + "/" + app + "/" + tag + "/" + file
		info, err := w.jfrog().FileInfo(path)
		require.NoError(t, err)
		return &report.Details{
			Path: path, Created: info.Created, CreatedBy: info.CreatedBy, Modified: info.LastModified, ModifiedBy: info.ModifiedBy, Updated: info.LastUpdated,
			Size: info.Size, Checksums: report.Checksums{
				SHA1: info.Checksums.Sha1, SHA256: info.Checksums.Sha256,
				MD5: info.Checksums.Md5,
			},
		}
	}
	image := dev + "/" + ref(app, "1.0")
	without := w.status(image, "--target-repo", prod).ends(exitDone).state()
	assert.Nil(t, without.Images[0].Details)
	s := w.status(image, "--target-repo", prod, "--details").ends(exitDone).writesNothing().state()
	assert.Equal(t, theirs(dev, "1.0", "manifest.json"), s.Images[0].Details)
	assert.Equal(t, single, digest.NewDigestFromEncoded(digest.SHA256, s.Images[0].Details.Checksums.SHA256))
	assert.Equal(t, theirs(prod, "1.0", "manifest.json"), s.Images[0].TargetDetails)
	assert.Equal(t, without.HTTP.Requests+2, s.HTTP.Requests, "one for each side")

	s = w.status(dev+"/"+ref(app, "2.0"), "--details").ends(exitDone).state()
	assert.Equal(t, index, digest.NewDigestFromEncoded(digest.SHA256, s.Images[0].Details.Checksums.SHA256))
	assert.Contains(t, w.run("status", image, "--details").ends(exitDone).stdout, s.Images[0].Details.CreatedBy)

	v := w.verify(append(asking(alice), image, "--details")...).ends(exitDone).verified()
	assert.Equal(t, theirs(dev, "1.0", "manifest.json"), v.Images[0].Details)
	assert.Contains(t, w.run(append(append([]string{"verify"}, asking(alice)...), image,
		"--details")...).ends(exitDone).stdout, v.Images[0].Details.Checksums.SHA1)
}

// Details that cannot be read are no reason to show the rest as if they had not been asked for.
func TestDetailsThatCannotBeRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	root := w.dev.Single("1.0", "v1")
	w.status(dev+"/"+app+"@"+root.String(), "--details").ends(exitFailed).tells("source", "there is no file", "its tag")
	w.server.AddFault(artifactory.Fault{Match: artifactory.Match{Path: "api/storage/.*/manifest.json$"}, Status: 403})
	w.status(dev+"/"+ref(app, "1.0"), "--details").ends(exitFailed).tells("source", "cannot be read", "--details")
}
