package inventory

import (
	"cmp"
	"context"
	"fmt"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/parallel"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// enough files beside the manifest of an attachment, its config and a layer, need no further look. A record of several
// entries that lost some of its payloads is noticed when it is read only.
const enough = 2

// attachmentFiles looks whether attachments have the files that they consist of, with one search for a whole
// repository. Attachments that have not enough of them are read, and what the search does not show is asked for.
type attachmentFiles struct {
	server    Server
	manifests *ManifestCache
	// beside holds the files in the folders of attachments and their sizes, by "<image path>/<folder>".
	beside map[string]map[string]int64
}

// CheckAttachments marks the attachments in a repository that are not whole.
func CheckAttachments(ctx context.Context, server Server, cache *ManifestCache, repo *RepositoryIndex) error {
	b := &attachmentFiles{server: server, manifests: cache, beside: map[string]map[string]int64{}}
	indexes := repo.Sorted()
	referrers, some := b.folders(indexes)
	if some {
		if err := b.search(ctx, repo, referrers); err != nil {
			return err
		}
	}
	b.server.Begin("checking attachments", len(indexes))
	return parallel.Each(ctx, b.server.Parallel, indexes, func(ctx context.Context, index *ImageIndex) error {
		defer b.server.Done()
		return b.image(ctx, index)
	})
}

// folders prepares a place for each attachment; referrers reports that some are in digest folders.
func (b *attachmentFiles) folders(indexes []*ImageIndex) (referrers, some bool) {
	for _, index := range indexes {
		for _, attached := range index.bySubject {
			for _, h := range attached {
				b.beside[index.Image.Path+"/"+h.Name] = nil
				referrers = referrers || h.Storage != attachment.SuffixTag
				some = true
			}
		}
	}
	return referrers, some
}

func (b *attachmentFiles) search(ctx context.Context, repo *RepositoryIndex, referrers bool) error {
	for file, err := range b.server.Finder.BlobFiles(ctx, repo.Repo, referrers) {
		if err != nil {
			return err
		}
		key := file.Image.Path + "/" + file.Folder
		names, attached := b.beside[key]
		if !attached {
			b.emptyFolder(repo, file.Image.Path, file.Folder)
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

// emptyFolder adds the folder of a suffix tag that holds blobs and no manifest, as a copy leaves it that was cut off.
// It is asked for again later, as everything that the search does not show.
func (b *attachmentFiles) emptyFolder(repo *RepositoryIndex, path, name string) {
	index := repo.Images[path]
	t, ok := reference.ParseSuffixTag(name)
	if index == nil || !ok {
		return
	}
	if _, there := index.Folders[name]; !there {
		index.add(t.Subject, Attached{
			Name: name, Storage: attachment.SuffixTag, Kind: attachment.KindOfTag(name),
			Condition: Dangling, Why: "its folder holds no manifest",
		})
	}
}

func (b *attachmentFiles) image(ctx context.Context, index *ImageIndex) error {
	for subject := range index.bySubject {
		for _, h := range index.AttachedTo(subject) {
			if h.Condition != Sound && h.Digest == "" {
				if err := b.recheckEmpty(ctx, index, subject, h); err != nil {
					return err
				}
				continue
			}
			if h.Condition == Sound {
				if err := b.attachment(ctx, index, subject, h); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// recheckEmpty asks the registry for a tag of which the search showed no manifest.
func (b *attachmentFiles) recheckEmpty(ctx context.Context, index *ImageIndex, subject digest.Digest, h Attached) error {
	if h.Storage != attachment.SuffixTag {
		return nil
	}
	_, err := b.server.Prober.Resolve(ctx, index.Image, h.Name)
	if Absent(err) {
		err = cmp.Or(b.server.Contradicted(ctx, index.Image, h.Name), err)
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err == nil:
		index.mark(subject, h.Name, Doubtful, "it came while the repository was being looked at")
	case !Absent(err):
		index.mark(subject, h.Name, Doubtful, err.Error())
	}
	return nil
}

// attachment reads an attachment that lacks files, and asks for each that the search did not show.
func (b *attachmentFiles) attachment(ctx context.Context, index *ImageIndex, subject digest.Digest, h Attached) error {
	names := b.beside[index.Image.Path+"/"+h.Name]
	_, known := b.manifests.Known(h.Digest)
	if !known && len(names) >= enough && (h.Storage != attachment.SuffixTag ||
		looksLike(h.Kind, index.Folders[h.Name].Size, names)) {
		return nil
	}
	info, found, err := b.server.Read(ctx, b.manifests, index, h.Digest)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		index.mark(subject, h.Name, Doubtful, err.Error())
		return nil
	case !found:
		index.mark(subject, h.Name, Dangling, "its manifest is not there")
		return nil
	}
	if h.Storage == attachment.SuffixTag {
		index.takeRead(subject, h.Name, info)
	}
	return b.each(ctx, index, subject, h, info, names)
}

func (b *attachmentFiles) each(ctx context.Context, index *ImageIndex, subject digest.Digest, h Attached, info ManifestInfo,
	names map[string]int64,
) error {
	for _, blob := range info.Blobs {
		if _, there := names["sha256__"+blob.Digest.Encoded()]; there {
			continue
		}
		there, err := b.server.Prober.HasBlob(ctx, index.Image, blob)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			index.mark(subject, h.Name, Doubtful, err.Error())
		case !there:
			index.mark(subject, h.Name, Dangling, fmt.Sprintf("its blob %s is not there", blob.Digest))
			return nil
		}
	}
	return nil
}

// takeRead takes over what a record that was read is: an image, or one that holds no signature where verifiers look for
// one.
func (index *ImageIndex) takeRead(subject digest.Digest, name string, info ManifestInfo) {
	isImage := index.holdsImage(name, info)
	index.mu.Lock()
	defer index.mu.Unlock()
	if isImage {
		index.imageTags[name] = true
	}
	for i := range index.bySubject[subject] {
		h := &index.bySubject[subject][i]
		if h.Name != name {
			continue
		}
		h.None = attachment.KindOfTag(name) == attachment.KindSignature && !info.signs
		h.Signature = h.Signature && info.signs
		if isImage {
			h.Kind = attachment.KindOther
		}
	}
}
