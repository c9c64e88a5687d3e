package inventory

import (
	"cmp"
	"context"
	"fmt"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// enough files beside the manifest of an attachment, its config and a layer, need no further look. A record of several
// entries that lost some of its payloads is noticed when it is read only.
const enough = 2

// blobs looks whether attachments have the files that they consist of, with one search for a whole repository.
// Attachments that have not enough of them are read, and what the search does not show is asked for.
type blobs struct {
	server  Server
	library *library
	// beside holds the files in the folders of attachments and their sizes, by "<image path>/<folder>".
	beside map[string]map[string]int64
}

// check marks the attachments on the shelves of a repository that are not whole.
func (b *blobs) check(ctx context.Context, all *stock) error {
	shelves := all.sorted()
	referrers, some := b.folders(shelves)
	if some {
		if err := b.search(ctx, all, referrers); err != nil {
			return err
		}
	}
	b.server.begin("checking attachments", len(shelves))
	return each(ctx, b.server.Parallel, shelves, func(ctx context.Context, s *shelf) error {
		defer b.server.done()
		return b.shelf(ctx, s)
	})
}

// folders prepares a place for each attachment; referrers tells that some are in digest folders.
func (b *blobs) folders(shelves []*shelf) (referrers, some bool) {
	for _, s := range shelves {
		for _, hooks := range s.hooks {
			for _, h := range hooks {
				b.beside[s.image.Path+"/"+h.name] = nil
				referrers = referrers || h.storage != attachment.SuffixTag
				some = true
			}
		}
	}
	return referrers, some
}

func (b *blobs) search(ctx context.Context, all *stock, referrers bool) error {
	for file, err := range b.server.Finder.BlobFiles(ctx, all.repo, referrers) {
		if err != nil {
			return err
		}
		key := file.Image.Path + "/" + file.Folder
		names, attached := b.beside[key]
		if !attached {
			b.hollow(all, file.Image.Path, file.Folder)
			continue
		}
		if names == nil {
			names = map[string]int64{}
			b.beside[key] = names
		}
		names[file.Name] = file.Size
	}
	return nil
}

// hollow hangs up the folder of a suffix tag that holds blobs and no manifest, as a copy leaves it that was cut off. It
// is asked for again later, as everything that the search does not show.
func (b *blobs) hollow(all *stock, path, name string) {
	s := all.shelves[path]
	t, ok := reference.ParseSuffixTag(name)
	if s == nil || !ok {
		return
	}
	if _, there := s.folders[name]; !there {
		s.hang(t.Subject, hanging{
			name: name, storage: attachment.SuffixTag, kind: attachment.KindOfTag(name),
			condition: dangling, why: "its folder holds no manifest",
		})
	}
}

func (b *blobs) shelf(ctx context.Context, s *shelf) error {
	for subject := range s.hooks {
		for _, h := range s.on(subject) {
			if h.condition != sound && h.digest == "" {
				if err := b.hollowStill(ctx, s, subject, h); err != nil {
					return err
				}
				continue
			}
			if h.condition == sound {
				if err := b.attachment(ctx, s, subject, h); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// hollowStill asks the registry for a tag of which the search showed no manifest.
func (b *blobs) hollowStill(ctx context.Context, s *shelf, subject digest.Digest, h hanging) error {
	if h.storage != attachment.SuffixTag {
		return nil
	}
	_, err := b.server.Prober.Resolve(ctx, s.image, h.name)
	if absent(err) {
		err = cmp.Or(b.server.contradicted(ctx, s.image, h.name), err)
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err == nil:
		s.mark(subject, h.name, unread, "it came while the repository was being looked at")
	case !absent(err):
		s.mark(subject, h.name, unread, err.Error())
	}
	return nil
}

// attachment reads an attachment that lacks files, and asks for each that the search did not show.
func (b *blobs) attachment(ctx context.Context, s *shelf, subject digest.Digest, h hanging) error {
	names := b.beside[s.image.Path+"/"+h.name]
	_, known := b.library.known(h.digest)
	if !known && len(names) >= enough && (h.storage != attachment.SuffixTag ||
		looksLike(h.kind, s.folders[h.name].size, names)) {
		return nil
	}
	c, found, err := b.server.read(ctx, b.library, s, h.digest)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		s.mark(subject, h.name, unread, err.Error())
		return nil
	case !found:
		s.mark(subject, h.name, dangling, "its manifest is not there")
		return nil
	}
	if h.storage == attachment.SuffixTag {
		s.take(subject, h.name, c)
	}
	return b.each(ctx, s, subject, h, c, names)
}

func (b *blobs) each(ctx context.Context, s *shelf, subject digest.Digest, h hanging, c card,
	names map[string]int64,
) error {
	for _, blob := range c.blobs {
		if _, there := names["sha256__"+blob.Digest.Encoded()]; there {
			continue
		}
		there, err := b.server.Prober.HasBlob(ctx, s.image, blob)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			s.mark(subject, h.name, unread, err.Error())
		case !there:
			s.mark(subject, h.name, dangling, fmt.Sprintf("its blob %s is not there", blob.Digest))
			return nil
		}
	}
	return nil
}

// take takes over what a record that was read is: an image, or one that holds no signature where verifiers look for
// one.
func (s *shelf) take(subject digest.Digest, name string, c card) {
	isImage := s.holdsImage(name, c)
	s.mu.Lock()
	defer s.mu.Unlock()
	if isImage {
		s.images[name] = true
	}
	for i := range s.hooks[subject] {
		h := &s.hooks[subject][i]
		if h.name != name {
			continue
		}
		h.none = attachment.KindOfTag(name) == attachment.KindSignature && !c.signs
		h.signature = h.signature && c.signs
		if isImage {
			h.kind = attachment.KindOther
		}
	}
}
