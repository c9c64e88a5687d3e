package inspect

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/remote"
)

// Incomplete is a folder that holds a manifest and lacks files which that names.
type Incomplete struct {
	// Path is the folder.
	Path   string
	Digest digest.Digest
	Lacks  []ocispec.Descriptor
}

// Incomplete reports which folders of a graph that was read lack blobs, as a promotion or a copy leaves them that
// failed in the middle. HEAD of a blob would not show it (contract blobs-head-own-image). What shows no manifest is
// hidden or kept elsewhere, and proves nothing. ref is how the root was named.
func (r Reader) Incomplete(ctx context.Context, side failure.Side, ref reference.Reference,
	g *attachment.Graph,
) ([]Incomplete, error) {
	var found []Incomplete
	needs := keptBy(ref, g)
	for _, home := range slices.SortedFunc(maps.Keys(needs), compareImages) {
		// Another place can have any number of folders, of which only those of this image matter.
		inAll := remote.FewFolders
		if home == g.Image {
			inAll = len(g.Folders.Names)
		}
		contents, err := r.Contents(ctx, home, namesOf(needs[home]), inAll)
		lacking := lacks(home, needs[home], contents)
		if home == g.Image && err == nil {
			err = unlisted(g, needs[home], contents)
		}
		if (err != nil || len(lacking) > 0) && !r.keepsFiles(ctx, home.Repo) {
			continue
		}
		if err != nil {
			return nil, remote.Explain(side, err, "reading which files "+home.String()+" holds", "Read on "+home.String())
		}
		found = append(found, lacking...)
	}
	return found, nil
}

// unlisted tells of a folder that folder info shows, whose manifest was read, and of which no file is listed: then
// nothing is known of its files, which is not to say that all are there.
func unlisted(g *attachment.Graph, needs []kept, contents manifest.Contents) error {
	for _, n := range needs {
		if _, there := contents.Shown(n.name); !there && g.Folders.Has(n.name) {
			return fmt.Errorf("%s is there, and the server lists no manifest in it", g.Image.Folder(n.name))
		}
	}
	return nil
}

func compareImages(a, b reference.Image) int { return strings.Compare(a.String(), b.String()) }

// keepsFiles reports whether a repository keeps every file of its images. A remote or virtual one does not have to. Of
// one whose kind cannot be told it is assumed: a file is missing in it.
func (r Reader) keepsFiles(ctx context.Context, key string) bool {
	repo, err := r.Catalog.Repository(ctx, key)
	return err != nil || repo.HoldsImages()
}

// keptBy gives, by the image in which they are kept, the folders that hold the manifests of a graph.
func keptBy(ref reference.Reference, g *attachment.Graph) map[reference.Image][]kept {
	needs := map[reference.Image][]kept{}
	seen := map[string]bool{}
	add := func(home reference.Image, name string, m manifest.Manifest) {
		n := kept{name, m, m.BlobDescriptors()}
		if path := home.Folder(name); len(n.blobs) > 0 && !seen[path] {
			seen[path] = true
			needs[home] = append(needs[home], n)
		}
	}
	below := func(home reference.Image, d digest.Digest) {
		for _, child := range g.Below(d)[1:] {
			add(home, reference.DigestFolder(child), g.Nodes[child])
		}
	}
	name := ref.Tag
	if name == "" {
		name = reference.DigestFolder(g.Root)
	}
	add(g.Image, name, g.Nodes[g.Root])
	below(g.Image, g.Root)
	for _, a := range g.Attachments {
		add(a.Home, a.Name(), a.Manifest)
		below(a.Home, a.Manifest.Digest)
	}
	return needs
}

// lacks returns the folders that show a manifest and lack blobs of it. What is named by its digest may lie whole in any
// folder of the image, such as a tag.
func lacks(home reference.Image, needs []kept, contents manifest.Contents) []Incomplete {
	var found []Incomplete
	for _, n := range needs {
		folders := []string{n.name}
		if _, byDigest := reference.ParseDigestFolder(n.name); byDigest {
			folders = append(folders, showing(contents, n)...)
		}
		var torn *Incomplete
		for _, folder := range folders {
			// A folder that shows another manifest has been written to since.
			d, there := contents.Shown(folder)
			if !there || d != "" && d != n.manifest.Digest {
				continue
			}
			lacking := lacked(contents, folder, n.blobs)
			if len(lacking) == 0 {
				torn = nil
				break
			}
			if torn == nil {
				torn = &Incomplete{Path: home.Folder(folder), Digest: n.manifest.Digest, Lacks: lacking}
			}
		}
		if torn != nil {
			found = append(found, *torn)
		}
	}
	return found
}

// showing returns the other folders that show the manifest of a need, sorted.
func showing(contents manifest.Contents, n kept) []string {
	var folders []string
	for _, folder := range slices.Sorted(maps.Keys(contents)) {
		if d, _ := contents.Shown(folder); d == n.manifest.Digest && folder != n.name {
			folders = append(folders, folder)
		}
	}
	return folders
}

// lacked leaves out what a marker stands for: a file that a cache has not fetched yet.
func lacked(contents manifest.Contents, folder string, blobs []ocispec.Descriptor) []ocispec.Descriptor {
	return slices.DeleteFunc(contents.Lacks(folder, blobs), func(d ocispec.Descriptor) bool {
		_, marked := contents[folder][manifest.BlobFile(d.Digest)+".marker"]
		return marked
	})
}

// kept is a folder that holds a manifest, and the blobs that belong beside it.
type kept struct {
	name     string
	manifest manifest.Manifest
	blobs    []ocispec.Descriptor
}

func namesOf(all []kept) []string {
	names := make([]string, 0, len(all))
	for _, k := range all {
		names = append(names, k.name)
	}
	return names
}
