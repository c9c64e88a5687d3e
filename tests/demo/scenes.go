package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

const (
	layerBytes = 1 << 20
	layerCount = 2
)

// push builds a 2-platform image of random layers.
func (s *stage) push(ctx context.Context) error {
	say("2", "A build pushes %s:%s to %s, for linux/amd64 and linux/arm64", image, tag, dev)
	var index v1.ImageIndex = empty.Index
	for _, arch := range []string{"amd64", "arm64"} {
		img, err := random.Image(layerBytes, layerCount)
		if err != nil {
			return err
		}
		platform := &v1.Platform{OS: "linux", Architecture: arch}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: img, Descriptor: v1.Descriptor{Platform: platform}})
	}
	ref, err := name.ParseReference(s.name(dev) + ":" + tag)
	if err != nil {
		return err
	}
	return remote.WriteIndex(ref, index, remote.WithContext(ctx), remote.WithAuth(&authn.Basic{Username: user, Password: password}))
}

func (s *stage) sign(ctx context.Context) error {
	say("3", "The build signs index and platforms with cosign; the signature verifies")
	ref := s.name(dev) + ":" + tag
	return errors.Join(
		s.cosign(ctx, "generate-key-pair", "generate-key-pair"),
		s.cosign(ctx, "sign --recursive --key cosign.key "+ref, "sign", "--recursive", "--key", "cosign.key", "--yes",
			"--new-bundle-format=false", "--use-signing-config=false", "--tlog-upload=false", ref),
		s.verify(ctx, dev),
	)
}

func (s *stage) verify(ctx context.Context, repo string) error {
	ref := s.name(repo) + ":" + tag
	return s.cosign(ctx, "verify --key cosign.pub "+ref, "verify", "--key", "cosign.pub", "--insecure-ignore-tlog", "--output", "text", ref)
}

func (s *stage) promotePlainly(ctx context.Context) error {
	say("4", "Promoted the usual way: the one request that 'jf rt docker-promote' sends")
	fmt.Printf("   $ jf rt docker-promote %s %s %s --source-tag %s --copy\n", image, dev, prod, tag)
	return s.promote(ctx)
}

// refused wants cosign to find no signature: the loss that this plugin is about.
func (s *stage) refused(ctx context.Context) error {
	err := s.verify(ctx, prod)
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return fmt.Errorf("cosign was expected to refuse the image in %s: %w", prod, err)
	}
	fmt.Println("   ✗ the signature stayed behind")
	return nil
}

func (s *stage) promoteSigned(ctx context.Context) error {
	say("5", "Promoted with the plugin")
	words := fmt.Sprintf("promote %s:%s %s %s --copy", image, tag, dev, prod)
	return s.run(ctx, "jf signed-promote "+words, filepath.Join(s.home, "signed-promote"),
		"promote", image+":"+tag, dev, prod, "--copy", "--url", s.server.URL+"/artifactory/", "--user", user, "--password", password)
}

func (s *stage) accepted(ctx context.Context) error {
	if err := s.verify(ctx, prod); err != nil {
		return fmt.Errorf("cosign was expected to accept the image in %s: %w", prod, err)
	}
	fmt.Println("   ✓ the signature arrived")
	return nil
}
