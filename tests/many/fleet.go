package main

import (
	"fmt"
	"net/http/httptest"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/tests/fixture"
)

const (
	dev, prod      = "docker-dev-local", "docker-prod-local"
	user, password = "ci", "many-only"
)

// fleet is a server with many signed images in one of its repositories.
type fleet struct {
	double *artifactory.Server
	server *httptest.Server
	// wanted is the digest that each folder of the target is to hold.
	wanted map[string]digest.Digest
}

// newFleet stores images, single-platform ones with a .sig each, tags of them on each image path.
func newFleet(images, tags int) *fleet {
	f := &fleet{
		double: artifactory.NewServer(
			artifactory.WithRepository(artifactory.Repository{Key: dev}),
			artifactory.WithRepository(artifactory.Repository{Key: prod}),
			artifactory.WithUser(artifactory.User{Name: user, Password: password, Admin: true}),
		),
		wanted: map[string]digest.Digest{},
	}
	f.server = httptest.NewServer(f.double)
	f.double.SetURL(f.server.URL)
	store := fixture.New(f.double)
	for n := range images {
		image := store.Image(dev, fmt.Sprintf("fleet/app-%05d", n/tags))
		tag := fmt.Sprintf("1.%d", n%tags)
		root := image.Single(tag, fmt.Sprint("image ", n))
		signature := image.Sign(root, "alice")
		at := prod + "/" + image.Name + "/"
		f.wanted[at+tag] = root
		f.wanted[at+fixture.SuffixTag("", root, "sig")] = signature
	}
	f.double.ResetLog()
	return f
}

func (f *fleet) close() { f.server.Close() }

// arrived reports what is not at the target.
func (f *fleet) arrived() error {
	files := f.double.Snapshot()
	for folder, want := range f.wanted {
		if got := files[folder+"/manifest.json"]; got != want.Encoded() {
			return fmt.Errorf("%s holds %q, not %s", folder, got, want)
		}
	}
	return nil
}
