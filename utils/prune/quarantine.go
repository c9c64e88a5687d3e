package prune

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/inventory"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/tagfolder"
)

// markQuarantined says of what was moved that it is in quarantine, so that repair never brings it back from there. One
// who may not annotate is warned: repair knows the place by its path, too, as long as it has it. A note that came along
// with the copy is written over: whoever brings the attachment back begins anew.
func (r Remover) markQuarantined(ctx context.Context, m *Removal) error {
	value := r.Now().UTC().Format(time.RFC3339) + " " + m.Folder()
	err := r.Annotator.SetProperties(ctx, m.To, map[string][]string{inventory.QuarantinedProperty: {value}, SeenProperty: {"moved"}})
	if status, _ := failure.Status(err); status == http.StatusForbidden || inventory.Absent(err) {
		m.Warning = "what is in " + r.Quarantine + " could not be marked as being in quarantine, which takes Annotate there"
		return nil
	}
	return err
}

// quarantinePath is the image of the quarantine repository that takes an orphan: "<quarantine>/<repo>/<path>".
func (r Remover) quarantinePath(o Orphan) reference.Image {
	return reference.Image{Repo: r.Quarantine, Path: o.Image.String()}
}

// copyToQuarantine copies an orphan to the quarantine and reads it back, its files too: a copy can answer as if all
// went well, or fail, with some of them left out (contract copy-error-status). What an interrupted copy left there is
// completed file by file.
func (r Remover) copyToQuarantine(ctx context.Context, o Orphan) error {
	shelter := r.quarantinePath(o)
	there, err := r.inQuarantine(ctx, shelter, o)
	if there || err != nil {
		return err
	}
	copied := tagfolder.Copy(ctx, r.Mover, o.Folder(), shelter.Folder(o.Name))
	there, err = r.inQuarantine(ctx, shelter, o)
	switch {
	case there:
		return nil
	case copied != nil:
		return copied
	case err != nil:
		return err
	}
	return fmt.Errorf("%s was copied, and not all of it is there", shelter.Folder(o.Name))
}

// inQuarantine reports whether the quarantine has an orphan with all its files.
func (r Remover) inQuarantine(ctx context.Context, shelter reference.Image, o Orphan) (bool, error) {
	d, err := r.Prober.Resolve(ctx, shelter, o.Name)
	switch {
	case inventory.Absent(err):
		return false, nil
	case err != nil:
		return false, err
	case d != o.Digest:
		return false, &failure.Failure{
			Side:    failure.Target,
			Message: fmt.Sprintf("%s was moved to the quarantine before, with another content (%s)", o.Folder(), d),
			Hint:    "Move " + shelter.Folder(o.Name) + " away, or name another --quarantine-repo.",
		}
	}
	own, err := tagfolder.Look(ctx, r.Mover, o.Folder())
	if err != nil {
		return false, err
	}
	copied, err := tagfolder.Look(ctx, r.Mover, shelter.Folder(o.Name))
	return err == nil && len(own.Lacking(copied)) == 0, err
}
