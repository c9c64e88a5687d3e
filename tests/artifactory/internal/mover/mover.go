// Package mover is Artifactory's engine for copy and move, with its ways as the server's source shows
// them (contract copy-nests, copy-merges): it nests under a folder that exists, merges, records errors and goes on, and
// never rolls back.
package mover

import (
	"fmt"
	"net/http"
	"path"
	"strings"

	"github.com/signed-promote/signed-promote/tests/artifactory/internal/access"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/site"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/storage"
)

// Options of one call.
type Options struct {
	// Move deletes at the source what was copied.
	Move bool
	// DryRun changes nothing.
	DryRun bool
	// FailFast stops at the first error.
	FailFast bool
	// MultiTx skips the children of refused folders and shows only the top of a dry run (contract copy-dry-run).
	MultiTx bool
	// LeavesOut, unless nil, tells of files of the target repository that the server fails to write.
	LeavesOut func(path string) bool
	// User is who asks; Target the configuration of the target repository.
	User   access.User
	Target site.Repository
}

// Message is one line of the result.
type Message struct {
	Level   string `json:"level"`
	Message string `json:"message"`
}

// Result is what happened.
type Result struct {
	Messages []Message `json:"messages"`
	// LastCode is the status that the last error recorded; 0 if there was none.
	LastCode int `json:"-"`
}

// maxMessages is the cap of the real status list.
const maxMessages = 500

// run is one call under way.
type run struct {
	Options
	tree           *storage.Tree
	result         Result
	files, folders int
	stopped        bool
}

// Run copies or moves source, an existing item, to a path of the target repository.
func Run(t *storage.Tree, source *storage.Node, targetPath string, o Options) Result {
	r := &run{Options: o, tree: t}
	from := label(source.Repo(), source.Path())
	if source.Parent() != nil {
		targetPath = r.adjust(source, targetPath)
	}
	to := label(o.Target.Key, targetPath)
	if err := r.overlap(source, targetPath); err != nil {
		r.fail(http.StatusBadRequest, "%v", err)
		return r.result
	}
	r.visit(source, targetPath)
	if r.result.LastCode == 0 {
		r.succeed(from, to)
	}
	return r.result
}

// adjust nests the source under a target folder that exists; once, and for the top item only (contract copy-nests).
func (r *run) adjust(source *storage.Node, targetPath string) string {
	if target := r.tree.Lookup(r.Target.Key, targetPath); target != nil && target.IsFolder() {
		return path.Join(targetPath, source.Name)
	}
	return targetPath
}

func (r *run) overlap(source *storage.Node, targetPath string) error {
	if source.Repo() != r.Target.Key {
		return nil
	}
	switch {
	case source.Path() == targetPath:
		return fmt.Errorf("the destination and source are the same: %s", label(r.Target.Key, targetPath))
	case source.Path() == "" || strings.HasPrefix(targetPath, source.Path()+"/"):
		return fmt.Errorf("the destination %s is inside of the source", label(r.Target.Key, targetPath))
	default:
		return nil
	}
}

// visit handles one item and what is below it.
func (r *run) visit(source *storage.Node, targetPath string) {
	if r.stopped {
		return
	}
	code, problem := r.check(source, targetPath)
	if problem != "" {
		r.fail(code, "%s", problem)
		if !source.IsFolder() || r.MultiTx || r.stopped {
			return
		}
	}
	if source.IsFolder() {
		r.folder(source, targetPath, problem != "")
		return
	}
	r.file(source, targetPath)
}

func (r *run) file(source *storage.Node, targetPath string) {
	r.files++
	if r.DryRun {
		return
	}
	if r.LeavesOut != nil && r.LeavesOut(targetPath) {
		r.fail(http.StatusInternalServerError, "Error while copying '%s' to '%s'", label(source.Repo(), source.Path()),
			label(r.Target.Key, targetPath))
		return
	}
	n, err := r.tree.PutFile(r.Target.Key, targetPath, source.Binary, r.User.Name)
	if err != nil {
		r.fail(http.StatusBadRequest, "%v", err)
		return
	}
	r.tree.CopyInfo(n, source)
	if r.Move {
		r.tree.Remove(source)
	}
}

// folder keeps a target folder that exists, with the source's info, and merges the children into it.
func (r *run) folder(source *storage.Node, targetPath string, refused bool) {
	existed := r.tree.Lookup(r.Target.Key, targetPath) != nil
	if !refused {
		r.folders++
	}
	if !r.DryRun && !refused && !r.makeFolder(source, targetPath) {
		return
	}
	if r.DryRun && r.MultiTx {
		return
	}
	for _, c := range source.Children() {
		r.visit(c, path.Join(targetPath, c.Name))
	}
	if !r.DryRun && !refused {
		r.tidy(source, targetPath, existed)
	}
}

func (r *run) makeFolder(source *storage.Node, targetPath string) bool {
	n, err := r.tree.MakeFolder(r.Target.Key, targetPath, r.User.Name)
	if err != nil {
		r.fail(http.StatusBadRequest, "%v", err)
		return false
	}
	if n.Parent() != nil {
		r.tree.CopyInfo(n, source)
	}
	return true
}

// tidy removes a new target folder into which nothing could be copied, and the emptied source of a move.
func (r *run) tidy(source *storage.Node, targetPath string, existed bool) {
	target := r.tree.Lookup(r.Target.Key, targetPath)
	hadChildren := len(source.Children()) > 0
	if target != nil && !existed && hadChildren && len(target.Children()) == 0 {
		r.tree.Remove(target)
	}
	if r.Move && !hadChildren && source.Parent() != nil {
		r.tree.Remove(source)
	}
}

func (r *run) fail(code int, format string, args ...any) {
	r.result.LastCode = code
	r.stopped = r.FailFast
	if len(r.result.Messages) < maxMessages {
		r.result.Messages = append(r.result.Messages, Message{Level: "ERROR", Message: fmt.Sprintf(format, args...)})
	}
}

func (r *run) succeed(from, to string) {
	doing, done := "copying", "copied"
	if r.Move {
		doing, done = "moving", "moved"
	}
	prefix := ""
	if r.DryRun {
		prefix = "Dry Run for "
	}
	r.result.Messages = append(r.result.Messages, Message{Level: "INFO", Message: fmt.Sprintf(
		"%s%s %s to %s completed successfully, %d artifacts and %d folders were %s", prefix, doing, from, to, r.files, r.folders, done)})
}

// label writes an item as the real server's messages do.
func label(repo, p string) string { return repo + ":" + p }
