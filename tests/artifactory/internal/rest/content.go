package rest

import (
	"html"
	"net/http"
	"strings"

	"github.com/signed-promote/signed-promote/tests/artifactory/internal/access"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/site"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/storage"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/web"
)

// content answers /<repo>/<path>: download, deploy and delete (contract download-file, deploy-file, storage-delete).
func content(w http.ResponseWriter, q *request) error {
	if _, err := q.query(); err != nil {
		return err
	}
	if _, ok := q.site.Repo(q.repo); !ok {
		return notFound(q.repo + "/" + q.path)
	}
	switch q.Method {
	case http.MethodGet, http.MethodHead:
		return download(w, q)
	case http.MethodPut:
		return deploy(w, q)
	case http.MethodDelete:
		return remove(w, q)
	default:
		// a POST to a path that is no endpoint is a 404 at the real server, too
		return fail(http.StatusNotFound, "File not found: %s", q.URL.Path)
	}
}

func download(w http.ResponseWriter, q *request) error {
	var file web.File
	var listing string
	var err error
	q.site.Store.View(func(t *storage.Tree) {
		var found *storage.Node
		if found, err = q.readable(t); err != nil {
			return
		}
		if found.IsFolder() {
			listing = q.listing(found)
			return
		}
		file = web.File{Name: found.Name, ContentType: mimeType(found.Name), Binary: found.Binary, Modified: found.Modified}
	})
	switch {
	case err != nil:
		return err
	case file.Binary == nil:
		w.Header().Set("Content-Type", "text/html")
		_, err = w.Write([]byte(listing))
		return err
	default:
		web.Download(w, q.Request, file, q.knobs.RedirectDownloads)
		return nil
	}
}

// readable finds the item to download; a remote repository answers from its cache.
func (q *request) readable(t *storage.Tree) (*storage.Node, error) {
	denied := false
	for _, key := range q.site.Stored(q.repo) {
		n := t.Lookup(key, q.path)
		switch {
		case n == nil:
			denied = denied || !q.user.May(access.Read, key, q.path)
		case !q.sees(n):
			denied = true
		case !n.IsFolder() && q.site.XrayBlocks(key, n.Path()):
			return nil, q.blocked()
		default:
			return n, nil
		}
	}
	if denied {
		return nil, q.denied(access.Read, q.repo, q.path)
	}
	return nil, notFound(q.repo + "/" + q.path)
}

func (q *request) blocked() error {
	if r, ok := q.site.Repo(q.repo); ok && r.Class == site.Virtual {
		return notFound(q.repo + "/" + q.path)
	}
	return fail(http.StatusForbidden, "Artifact download request rejected: %s/%s was not downloaded due to the download blocking policy", q.repo, q.path)
}

func (q *request) listing(folder *storage.Node) string {
	var b strings.Builder
	b.WriteString("<html><body><pre>\n")
	for _, c := range folder.Children() {
		if q.sees(c) {
			name := html.EscapeString(c.Name)
			b.WriteString(`<a href="` + name + `">` + name + "</a>\n")
		}
	}
	b.WriteString("</pre></body></html>\n")
	return b.String()
}

// remove deletes a file or, leaf by leaf, a folder: what may be deleted is gone even if the answer is 403.
func remove(w http.ResponseWriter, q *request) error {
	repo, _ := q.site.Repo(q.repo)
	if !repo.Stores() && repo.Class != site.Cache {
		return methodNotAllowed(q.Request)
	}
	err := q.site.Store.Update(q.Context(), func(t *storage.Tree) error {
		n := t.Lookup(q.repo, q.path)
		switch {
		case n == nil:
			return notFound(q.repo + "/" + q.path)
		case q.path == "" && !q.user.Admin:
			return q.denied(access.Delete, q.repo, q.path)
		}
		return q.removeLeaves(t, n)
	})
	if err == nil {
		w.WriteHeader(http.StatusNoContent)
	}
	return err
}

func (q *request) removeLeaves(t *storage.Tree, n *storage.Node) error {
	var refused error
	for _, c := range n.Children() {
		if err := q.removeLeaves(t, c); err != nil {
			refused = err
		}
	}
	switch {
	case refused != nil:
		return refused
	case n.Parent() != nil && !q.user.May(access.Delete, q.repo, n.Path()):
		return q.denied(access.Delete, q.repo, n.Path())
	default:
		t.Remove(n)
		return nil
	}
}
