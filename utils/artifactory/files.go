package artifactory

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/reference"
)

const (
	// blobFiles are the files beside a manifest (contract layout-image).
	blobFiles = "sha256__*"
	// smallBlob bounds the blobs of referrers that BlobFiles gives, and what SmallFiles gives, in bytes: bundles and
	// configs are far below it, most layers above.
	smallBlob = 64 << 10
	// digestsAtOnce is how many digests fit into one query.
	digestsAtOnce = 60
	// maxSplit bounds how finely a search is split that the server trims: 16^3 parts.
	maxSplit = 3
)

// ManifestFiles returns every manifest file of a repository that the user may read and that the server's index knows. A
// file may come twice. Nothing can be concluded from one that does not come: it may be hidden, or new.
func (c *Client) ManifestFiles(ctx context.Context, repo string) iter.Seq2[manifest.Stored, error] {
	return c.files(ctx, partition{
		repo: repo, where: All(Where(Repo, Equal, repo), OneOf(Name, manifest.FileNames()...)),
		split: byDigest,
	})
}

// BlobFiles returns the files beside the manifests of attachments in a repository: those in the folders of suffix tags
// and fallback tags, and, if referrers is set, the small ones in digest folders.
func (c *Client) BlobFiles(ctx context.Context, repo string, referrers bool) iter.Seq2[manifest.Stored, error] {
	places := Where(Path, Match, "*sha256-*")
	if referrers {
		small := Where(Size, LessOrEqual, strconv.Itoa(smallBlob))
		places = Any(places, All(Where(Path, Match, "*/sha256:*"), small))
	}
	return c.files(ctx, partition{
		repo: repo, where: All(Where(Repo, Equal, repo), Where(Name, Match, blobFiles), places),
		split: bySubject,
	})
}

// SmallFiles returns the small files beside manifests of all kinds. An image has at least its config among them, most
// of its layers are greater. Of a file that is in more folders than a server gives rows for, some may not come.
func (c *Client) SmallFiles(ctx context.Context, repo string) iter.Seq2[manifest.Stored, error] {
	small := Where(Size, LessOrEqual, strconv.Itoa(smallBlob))
	return c.files(ctx, partition{
		repo: repo, where: All(Where(Repo, Equal, repo), Where(Name, Match, blobFiles), small),
		split: byDigest, partial: true,
	})
}

// Holders returns the manifest files with any of the digests, in every repository that the user may read.
func (c *Client) Holders(ctx context.Context, digests []digest.Digest) iter.Seq2[manifest.Stored, error] {
	return func(yield func(manifest.Stored, error) bool) {
		for batch := range slices.Chunk(digests, digestsAtOnce) {
			hex := make([]string, 0, len(batch))
			for _, d := range batch {
				hex = append(hex, d.Encoded())
			}
			for file, err := range c.files(ctx, partition{where: OneOf(SHA256, hex...), split: byDigest}) {
				if err != nil || slices.Contains(manifest.FileNames(), file.Name) {
					if !yield(file, err) || err != nil {
						return
					}
				}
			}
		}
	}
}

// byDigest splits a search by the first digits of the files' sha256, bySubject by those in the folder's name.
func byDigest(digits string) Criterion  { return Where(SHA256, Match, digits+"*") }
func bySubject(digits string) Criterion { return Where(Path, Match, "*sha256?"+digits+"*") }

// partition is a search that can be split into 16 parts, again and again.
type partition struct {
	// repo is the one that was asked for; empty for all.
	repo  string
	where Criterion
	split func(digits string) Criterion
	yield func(manifest.Stored, error) bool
	// partial reports that rows may be missing where the server trims the finest parts as well.
	partial bool
}

func (c *Client) files(ctx context.Context, p partition) iter.Seq2[manifest.Stored, error] {
	return func(yield func(manifest.Stored, error) bool) {
		p.yield = yield
		c.part(ctx, p, "")
	}
}

// place places a row; a file of another repository than the one that was asked for is an error, since it could be
// removed there.
func (p partition) place(i Item) (file manifest.Stored, ok bool, err error) {
	if p.repo != "" && i.Repo != p.repo {
		return manifest.Stored{}, false, fmt.Errorf("the search in %s was answered with %s", p.repo, clean(i.Location()))
	}
	file, ok = fileOf(i)
	return file, ok, nil
}

// part returns the files of one part. What a server trims is asked for again in 16 parts, which depends neither on an
// order of rows nor on how many of them the user may see. It returns false when no more is wanted.
func (c *Client) part(ctx context.Context, p partition, digits string) bool {
	q := Query{Where: p.where, Fields: []Field{SHA256, Size, Created, Modified, Updated}}
	if digits != "" {
		q.Where = All(p.where, p.split(digits))
	}
	var trimmed *TrimmedError
	for item, err := range c.Search(ctx, q) {
		if errors.As(err, &trimmed) && (len(digits) < maxSplit || p.partial) {
			// Only behind the loop, where this search has made room for the next.
			break
		}
		var file manifest.Stored
		ok := false
		if err == nil {
			file, ok, err = p.place(item)
		}
		if err != nil {
			p.yield(manifest.Stored{}, err)
			return false
		}
		if ok && !p.yield(file, nil) {
			return false
		}
	}
	return trimmed == nil || len(digits) == maxSplit || c.parts(ctx, p, digits)
}

func (c *Client) parts(ctx context.Context, p partition, digits string) bool {
	for _, next := range "0123456789abcdef" {
		if !c.part(ctx, p, digits+string(next)) {
			return false
		}
	}
	return true
}

// fileOf places a row in its image; ok is false for what is in no folder of an image, and in Artifactory's own folders.
func fileOf(i Item) (file manifest.Stored, ok bool) {
	image, folder := path.Split(i.Path)
	image = strings.TrimSuffix(image, "/")
	if image == "" || folder == "_uploads" || strings.HasPrefix(i.Path, ".") || strings.Contains(i.Path, "/.") {
		return manifest.Stored{}, false
	}
	file = manifest.Stored{
		Image: reference.Image{Repo: i.Repo, Path: image}, Folder: folder, Name: i.Name, Size: i.Size,
		Changed: latest(i.Created, i.Modified, i.Updated),
	}
	if i.SHA256 != "" {
		file.Digest = digest.NewDigestFromEncoded(digest.SHA256, i.SHA256)
	}
	return file, file.Digest == "" || file.Digest.Validate() == nil
}

func latest(times ...time.Time) time.Time { return slices.MaxFunc(times, time.Time.Compare) }
