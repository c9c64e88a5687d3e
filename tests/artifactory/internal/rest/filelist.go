package rest

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/signed-promote/signed-promote/tests/artifactory/internal/access"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/storage"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/web"
)

type list struct {
	URI     string     `json:"uri"`
	Created string     `json:"created"`
	Files   []listItem `json:"files"`
}

type listItem struct {
	URI          string            `json:"uri"`
	Size         int64             `json:"size"`
	LastModified string            `json:"lastModified"`
	Folder       bool              `json:"folder"`
	SHA1         string            `json:"sha1,omitempty"`
	SHA2         string            `json:"sha2,omitempty"`
	MDTimestamps map[string]string `json:"mdTimestamps,omitempty"`
}

// listing says what a file list shows (contract storage-file-list).
type listing struct {
	depth                   int
	folders, timestamps, up bool
}

func readListing(query map[string]string) (listing, error) {
	l := listing{
		depth: 1, folders: query["listFolders"] == "1", timestamps: query["mdTimestamps"] == "1",
		up: query["includeRootPath"] == "1",
	}
	if query["deep"] == "1" {
		l.depth = int(^uint(0) >> 1)
	}
	raw, ok := query["depth"]
	if !ok {
		return l, nil
	}
	n, err := strconv.Atoi(raw)
	if err != nil || n < 1 {
		return l, fail(http.StatusBadRequest, "Illegal depth: %s", raw)
	}
	l.depth = min(l.depth, n)
	if query["deep"] != "1" {
		l.depth = 1
	}
	return l, nil
}

// fileList answers ?list. Only stored repositories have one, and only folders; not for the anonymous user.
func fileList(w http.ResponseWriter, q *request, query map[string]string) error {
	if q.user.IsAnonymous() {
		return access.ErrNoCredentials
	}
	what, err := readListing(query)
	if err != nil {
		return err
	}
	repo, ok := q.site.Repo(q.repo)
	if ok && !repo.Stores() && repo.Class != "cache" {
		return fail(http.StatusBadRequest, "Repository '%s' is not a local repository", q.repo)
	}
	var out list
	q.site.Store.View(func(t *storage.Tree) {
		var found []*storage.Node
		if found, err = q.nodes(t); err != nil {
			return
		}
		if !found[0].IsFolder() {
			err = fail(http.StatusBadRequest, "Expected a folder but found a file, at: %s/%s", q.repo, q.path)
			return
		}
		out = q.list(found[0], what)
	})
	if err == nil {
		web.JSON(w, http.StatusOK, typeFileList, out)
	}
	return err
}

func (q *request) list(folder *storage.Node, what listing) list {
	i := q.info(folder)
	out := list{URI: i.URI, Created: i.Created, Files: []listItem{}}
	for n := range folder.Walk() {
		depth := n.Depth() - folder.Depth()
		root := n == folder
		if depth > what.depth || !q.sees(n) || root && !what.up || !root && n.IsFolder() && !what.folders {
			continue
		}
		out.Files = append(out.Files, item(n, "/"+strings.TrimPrefix(strings.TrimPrefix(n.Path(), folder.Path()), "/"),
			what.timestamps))
	}
	return out
}

func item(n *storage.Node, uri string, timestamps bool) listItem {
	out := listItem{URI: uri, Size: -1, LastModified: date(n.Modified), Folder: n.IsFolder()}
	if !n.IsFolder() {
		out.Size, out.SHA1, out.SHA2 = n.Binary.Size(), n.Binary.SHA1, n.Binary.SHA256
	}
	if timestamps && len(n.Properties) > 0 {
		out.MDTimestamps = map[string]string{"properties": date(n.Updated)}
	}
	return out
}
