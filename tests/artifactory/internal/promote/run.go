package promote

import (
	"context"
	"fmt"
	"path"
	"slices"

	"github.com/signed-promote/signed-promote/tests/artifactory/internal/access"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/image"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/layout"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/storage"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/traffic"
)

// DeniedError means that the user lacks a right for a step.
type DeniedError struct {
	Action     access.Action
	Repo, Path string
}

func (e *DeniedError) Error() string {
	return fmt.Sprintf("%s is not permitted on %s/%s", e.Action, e.Repo, e.Path)
}

// Permitted checks the rights that a promotion needs: Read at the source, Deploy at the target, Delete for
// what is overwritten, and for a move Delete at the source (contract overwrite-promote, rights-promote-move).
func Permitted(t *storage.Tree, u access.User, steps []Step) error {
	for _, s := range steps {
		switch {
		case s.Delete && !u.May(access.Delete, s.Repo, s.Path):
			return &DeniedError{access.Delete, s.Repo, s.Path}
		case s.Delete:
		case !u.May(access.Read, s.Source.Repo(), s.Source.Path()):
			return &DeniedError{access.Read, s.Source.Repo(), s.Source.Path()}
		case !u.May(access.Deploy, s.Repo, s.Path):
			return &DeniedError{access.Deploy, s.Repo, s.Path}
		case replaces(t, s) && !u.May(access.Delete, s.Repo, s.Path):
			return &DeniedError{access.Delete, s.Repo, s.Path}
		}
	}
	return nil
}

// replaces reports whether the step overwrites. Putting a child of an index where the same one is does not
// count: other tags may share it.
func replaces(t *storage.Tree, s Step) bool {
	old := t.Lookup(s.Repo, s.Path)
	if old == nil || old.IsFolder() {
		return false
	}
	return !layout.IsDigestFolder(old.Parent().Name) || old.Binary.SHA256 != s.Source.Binary.SHA256
}

// Run carries out the steps as one visible change, or with the knob PromoteOrder one by one. limit is how many tags the
// target repository keeps of an image.
func Run(ctx context.Context, store *storage.Store, r Request, limit int, steps []Step) error {
	steps = slices.DeleteFunc(steps, func(s Step) bool {
		return !s.Delete &&
			traffic.LeavesOut(ctx, path.Join(s.Repo, s.Path))
	})
	evict := func(t *storage.Tree) {
		if r.Knobs.PromoteEvicts {
			image.Evict(t, t.Lookup(r.TargetRepo, r.TargetImage), limit, r.Knobs.EvictionSparesSignatures)
		}
	}
	if r.Knobs.PromoteOrder == nil {
		return store.Update(ctx, func(t *storage.Tree) error {
			err := all(t, r, steps)
			evict(t)
			return err
		})
	}
	byName := map[string]Step{}
	names := make([]string, 0, len(steps))
	for _, s := range steps {
		byName[s.String()] = s
		names = append(names, s.String())
	}
	for _, name := range r.Knobs.PromoteOrder(names) {
		s, ok := byName[name]
		if !ok {
			return fmt.Errorf("the knob PromoteOrder made up a step: %s", name)
		}
		if err := store.Update(ctx, func(t *storage.Tree) error { return s.apply(t, r) }); err != nil {
			return err
		}
		if r.Knobs.PromoteStep != nil {
			r.Knobs.PromoteStep(name)
		}
	}
	if !r.Knobs.PromoteEvicts {
		return nil
	}
	return store.Update(ctx, func(t *storage.Tree) error {
		evict(t)
		return nil
	})
}

func all(t *storage.Tree, r Request, steps []Step) error {
	for _, s := range steps {
		if err := s.apply(t, r); err != nil {
			return err
		}
	}
	return nil
}

func (s Step) apply(t *storage.Tree, r Request) error {
	if s.Delete {
		remove(t, t.Lookup(s.Repo, s.Path))
		return nil
	}
	n, err := t.PutFile(s.Repo, s.Path, s.Source.Binary, r.User.Name)
	if err != nil {
		return err
	}
	t.CopyInfo(n, &s.Source)
	t.SetProperties(n, s.Properties, r.User.Name)
	n.Indexed = s.Indexed
	return nil
}

// remove deletes a file, and its folder if that became empty.
func remove(t *storage.Tree, n *storage.Node) {
	if n == nil {
		return
	}
	folder := n.Parent()
	t.Remove(n)
	if folder.Parent() != nil && len(folder.Children()) == 0 {
		t.Remove(folder)
	}
}

// Exists reports whether the source of a promotion is there.
func Exists(t *storage.Tree, r Request) bool {
	if r.SourceTag == "" {
		return len(image.Folders(t.Lookup(r.SourceRepo, r.SourceImage))) > 0
	}
	return image.Find(t, r.SourceRepo, r.SourceImage, r.SourceTag) != nil
}
