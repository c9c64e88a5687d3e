package mover

import (
	"fmt"
	"net/http"

	"github.com/signed-promote/signed-promote/tests/artifactory/internal/access"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/storage"
)

// check says whether an item may be copied or moved, in the order of the real canMove (contract overwrite-copy,
// rights-copy-new). It returns the code and text of the first objection; the text is empty if there is none.
func (r *run) check(source *storage.Node, targetPath string) (code int, problem string) {
	target := r.tree.Lookup(r.Target.Key, targetPath)
	to := label(r.Target.Key, targetPath)
	from := label(source.Repo(), source.Path())
	switch {
	case !source.IsFolder() && !r.Target.Accepts(targetPath):
		return http.StatusForbidden, fmt.Sprintf("The repository '%s' rejected the artifact '%s' due to its include/exclude patterns.", r.Target.Key, to)
	case r.Move && !r.User.May(access.Delete, source.Repo(), source.Path()):
		return http.StatusForbidden, fmt.Sprintf("User %s doesn't have permissions to move '%s'. Needs DELETE permissions.",
			r.User.Name, from)
	case target != nil && target.Parent() != nil && !r.User.May(access.Delete, r.Target.Key, targetPath):
		return http.StatusUnauthorized, fmt.Sprintf("User %s doesn't have permissions to override '%s'. Needs delete permissions.", r.User.Name, to)
	case target != nil && source.IsFolder() && !target.IsFolder():
		return http.StatusBadRequest, fmt.Sprintf("Can't move folder under file '%s'.", to)
	case target == nil && !r.User.May(access.Deploy, r.Target.Key, targetPath):
		return http.StatusForbidden, fmt.Sprintf("User %s doesn't have permissions to create '%s'. Needs write permissions.",
			r.User.Name, to)
	default:
		return 0, ""
	}
}
