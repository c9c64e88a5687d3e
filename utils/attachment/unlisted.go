package attachment

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/opencontainers/go-digest"
	"golang.org/x/sync/errgroup"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/reference"
)

const (
	// mostStrays bounds how many digest folders are looked at that nothing leads to. Most are the platforms of other
	// tags.
	mostStrays = 200
	// buildAttestation is the type of what BuildKit attests to a platform: a child of an index, with which it travels.
	buildAttestation = "application/vnd.docker.attestation.manifest.v1+json"
)

// lookForUnlisted looks at the digest folders that the graph does not explain, where no referrers API would list what
// they hold.
func (w *walk) lookForUnlisted(ctx context.Context, a *assembly) error {
	w.looked = true
	if a.graph.API {
		return nil
	}
	w.strays = map[digest.Digest][]Attachment{}
	var mu sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	for _, place := range w.places {
		for _, d := range a.unexplained(place.Listing) {
			group.Go(func() error {
				m, err := place.Listing.strays(ctx, place.Image, d)
				if errors.Is(err, failure.ErrNotFound) || w.noted(ctx, d.String(), d.String(), err) {
					return nil
				}
				if err != nil || m.Content.Subject == nil || m.ArtifactType() == buildAttestation {
					return err
				}
				mu.Lock()
				defer mu.Unlock()
				subject := m.Content.Subject.Digest
				w.strays[subject] = append(w.strays[subject], unlisted(m, subject, place.Image))
				return nil
			})
		}
	}
	return group.Wait()
}

// unexplained returns the digests of the folders that the graph does not name; none if they are too many to be looked
// at.
func (a *assembly) unexplained(l Listing) []digest.Digest {
	var found []digest.Digest
	for _, name := range l.Names {
		if d, byDigest := reference.ParseDigestFolder(name); byDigest && !a.queued[d] && l.strays != nil {
			found = append(found, d)
		}
	}
	if len(found) > mostStrays {
		return nil
	}
	return found
}

func unlisted(m manifest.Manifest, subject digest.Digest, home reference.Image) Attachment {
	return Attachment{
		Subject: subject, Manifest: m, Kind: kindOfManifest(m), Storage: Fallback, Tag: reference.FallbackTag(subject), Home: home, Unlisted: true,
	}
}

// isUnlisted tells of a digest folder that was there when the graph was read, and holds what names a part of it as its
// subject.
func (r *reachability) isUnlisted(name string, m manifest.Manifest) bool {
	_, byDigest := reference.ParseDigestFolder(name)
	if _, isOwn := r.own[name]; !byDigest || isOwn || !r.graph.Folders.Has(name) || m.Content.Subject == nil || m.ArtifactType() == buildAttestation {
		return false
	}
	_, ours := r.graph.Nodes[m.Content.Subject.Digest]
	return ours
}

// takeStrays takes what names a digest as its subject without being listed.
func (a *assembly) takeStrays(d digest.Digest) {
	for _, found := range a.strays[d] {
		same := func(o Attachment) bool {
			return o.Subject == d && o.Manifest.Digest == found.Manifest.Digest && o.Home == found.Home && o.Storage != SuffixTag
		}
		if !slices.ContainsFunc(a.graph.Attachments, same) {
			a.take(found)
			a.graph.warn("%s names %s as its subject, and no list of %s leads to it", found.Manifest.Digest, d, found.Home)
		}
	}
}
