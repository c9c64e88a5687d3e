package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"

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
	// nothingFound is the exit code of cosign verify for an image without signatures. Any other failure would prove
	// nothing.
	nothingFound = 10
)

// scenes are what is shown, in this order.
func (s *stage) scenes() []func(context.Context) error {
	return []func(context.Context) error{
		s.push, s.sign, s.promotePlainly, s.unsigned, s.startOver, s.promoteSigned,
		s.signed,
	}
}

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
	ref, err := name.ParseReference(s.tagged(dev))
	if err != nil {
		return err
	}
	digest, err := index.Digest()
	s.digest = digest.String()
	return errors.Join(err, remote.WriteIndex(ref, index, remote.WithContext(ctx),
		remote.WithAuth(&authn.Basic{Username: user, Password: password})))
}

func (s *stage) sign(ctx context.Context) error {
	say("3", "The build signs the index and both platforms with cosign")
	if err := s.cosign(ctx, "generate-key-pair", "generate-key-pair"); err != nil {
		return err
	}
	ref := s.name(dev) + "@" + s.digest
	err := s.cosign(ctx, "sign --recursive --key cosign.key "+ref, "sign", "--recursive", "--key", "cosign.key", "--yes",
		"--new-bundle-format=false", "--use-signing-config=false", "--tlog-upload=false", ref)
	if err != nil {
		return err
	}
	return s.verify(ctx, dev)
}

func (s *stage) verify(ctx context.Context, repo string) error {
	ref := s.tagged(repo)
	return s.cosign(ctx, "verify --key cosign.pub "+ref, "verify", "--key", "cosign.pub", "--insecure-ignore-tlog", ref)
}

func (s *stage) promotePlainly(ctx context.Context) error {
	say("4", "It is promoted the usual way: by the one request that jf rt docker-promote sends")
	fmt.Printf("   $ jf rt docker-promote %s %s %s --source-tag %s --copy\n", image, dev, prod, tag)
	return s.dockerPromote(ctx)
}

// unsigned wants cosign to find no signature: the loss that this plugin is about.
func (s *stage) unsigned(ctx context.Context) error {
	err := s.verify(ctx, prod)
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != nothingFound {
		return fmt.Errorf("cosign was expected to find no signature of the image in %s, but: %w", prod, orNone(err))
	}
	fmt.Println("   ✗ the signatures stayed behind")
	return nil
}

var errNone = errors.New("it verified")

func orNone(err error) error {
	if err == nil {
		return errNone
	}
	return err
}

func (s *stage) startOver(context.Context) error {
	say("5", "%s is emptied, and the image promoted with the plugin", prod)
	s.double.DeletePath(prod, image)
	return nil
}

func (s *stage) promoteSigned(ctx context.Context) error {
	words := fmt.Sprintf("promote %s:%s %s %s --copy", image, tag, dev, prod)
	err := s.run(ctx, "jf signed-promote "+words, s.plugin(),
		"promote", image+":"+tag, dev, prod, "--copy", "--url", s.double.URL(), "--user", user, "--password", password)
	if err != nil {
		return fmt.Errorf("promoting with the plugin: %w", err)
	}
	return nil
}

func (s *stage) signed(ctx context.Context) error {
	if err := s.verify(ctx, prod); err != nil {
		return fmt.Errorf("cosign was expected to accept the image in %s: %w", prod, err)
	}
	fmt.Println("   ✓ the signatures arrived")
	return nil
}
