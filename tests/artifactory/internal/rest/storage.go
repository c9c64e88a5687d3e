package rest

import (
	"mime"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/signed-promote/signed-promote/tests/artifactory/internal/access"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/site"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/storage"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/web"
)

const (
	typeFileInfo   = "application/vnd.org.jfrog.artifactory.storage.FileInfo+json"
	typeFolderInfo = "application/vnd.org.jfrog.artifactory.storage.FolderInfo+json"
	typeFileList   = "application/vnd.org.jfrog.artifactory.storage.FileList+json"
	typeProperties = "application/vnd.org.jfrog.artifactory.storage.ItemProperties+json"
)

// storageAPI answers /api/storage/<repo>/<path>.
func storageAPI(w http.ResponseWriter, q *request) error {
	query, err := q.query("list", "deep", "depth", "listFolders", "mdTimestamps", "includeRootPath", "properties",
		"recursive")
	if err != nil {
		return err
	}
	_, hasProperties := query["properties"]
	_, hasList := query["list"]
	switch {
	case q.Method == http.MethodGet && hasProperties:
		return getProperties(w, q, query["properties"])
	case q.Method == http.MethodGet && hasList:
		return fileList(w, q, query)
	case q.Method == http.MethodGet:
		return itemInfo(w, q)
	case q.Method == http.MethodPut && hasProperties:
		return putProperties(w, q, query)
	case q.Method == http.MethodDelete && hasProperties:
		return deleteProperties(w, q, query)
	default:
		return methodNotAllowed(q.Request)
	}
}

// nodes finds what is addressed: one item, or for a folder of a virtual repository one of each member.
// Read is checked before existence (contract rights-read-absent).
func (q *request) nodes(t *storage.Tree) ([]*storage.Node, error) {
	repo, ok := q.site.Repo(q.repo)
	if !ok || repo.Class == site.Remote {
		return nil, notFound(q.repo + "/" + q.path)
	}
	var found []*storage.Node
	for _, key := range q.site.Stored(q.repo) {
		if n := t.Lookup(key, q.path); n != nil && q.sees(n) {
			found = append(found, n)
		}
	}
	switch {
	case len(found) > 0:
		return found, nil
	case repo.Class == site.Virtual:
		return nil, errEmpty404
	case !q.user.May(access.Read, q.repo, q.path):
		return nil, q.denied(access.Read, q.repo, q.path)
	default:
		return nil, notFound(q.repo + "/" + q.path)
	}
}

type checksums struct {
	SHA1   string `json:"sha1,omitempty"`
	MD5    string `json:"md5,omitempty"`
	SHA256 string `json:"sha256,omitempty"`
}

// info is File Info or Folder Info (contract storage-manifest-digest, storage-children).
type info struct {
	Repo              string     `json:"repo"`
	Path              string     `json:"path"`
	Created           string     `json:"created"`
	CreatedBy         string     `json:"createdBy,omitempty"`
	LastModified      string     `json:"lastModified"`
	ModifiedBy        string     `json:"modifiedBy,omitempty"`
	LastUpdated       string     `json:"lastUpdated"`
	DownloadURI       string     `json:"downloadUri,omitempty"`
	MIMEType          string     `json:"mimeType,omitempty"`
	Size              string     `json:"size,omitempty"`
	Checksums         *checksums `json:"checksums,omitempty"`
	OriginalChecksums *checksums `json:"originalChecksums,omitempty"`
	Children          *[]child   `json:"children,omitempty"`
	URI               string     `json:"uri"`
}

type child struct {
	URI    string `json:"uri"`
	Folder bool   `json:"folder"`
}

func itemInfo(w http.ResponseWriter, q *request) error {
	var out info
	var mediaType string
	var err error
	q.site.Store.View(func(t *storage.Tree) {
		var found []*storage.Node
		if found, err = q.nodes(t); err != nil {
			return
		}
		out = q.info(found[0])
		mediaType = typeFileInfo
		if found[0].IsFolder() {
			mediaType = typeFolderInfo
			children := q.children(found)
			out.Children = &children
		}
	})
	if err != nil {
		return err
	}
	if !accepted(q.Header.Values("Accept"), mediaType) {
		return fail(http.StatusNotAcceptable, "Not Acceptable: the answer is of type %s", mediaType)
	}
	web.JSON(w, http.StatusOK, mediaType, out)
	return nil
}

// info describes an item, without the children of a folder.
func (q *request) info(n *storage.Node) info {
	item := q.repo + "/" + n.Path()
	out := info{
		Repo: n.Repo(), Path: "/" + n.Path(), Created: date(n.Created), CreatedBy: n.CreatedBy,
		LastModified: date(n.Modified), ModifiedBy: n.ModifiedBy, LastUpdated: date(n.Updated),
		URI: q.base() + "/api/storage/" + strings.TrimSuffix(item, "/"),
	}
	if n.IsFolder() {
		return out
	}
	out.DownloadURI = q.base() + "/" + item
	out.MIMEType, out.Size = mimeType(n.Name), strconv.FormatInt(n.Binary.Size(), 10)
	out.Checksums = &checksums{SHA1: n.Binary.SHA1, MD5: n.Binary.MD5, SHA256: n.Binary.SHA256}
	if q.knobs.NoSHA256 {
		out.Checksums.SHA256 = ""
	}
	out.OriginalChecksums = &checksums{SHA1: n.Original.SHA1, MD5: n.Original.MD5, SHA256: n.Original.SHA256}
	return out
}

// children unites the visible children of the same folder in several repositories.
func (q *request) children(folders []*storage.Node) []child {
	out := []child{}
	for _, f := range folders {
		for _, c := range f.Children() {
			entry := child{URI: "/" + c.Name, Folder: c.IsFolder()}
			if q.sees(c) && !slices.Contains(out, entry) {
				out = append(out, entry)
			}
		}
	}
	return out
}

// accepted reports whether the Accept headers let a media type pass; none lets everything pass.
func accepted(headers []string, mediaType string) bool {
	for _, h := range headers {
		for part := range strings.SplitSeq(h, ",") {
			offered, _, err := mime.ParseMediaType(part)
			if err == nil && (offered == "*/*" || offered == "application/*" || strings.EqualFold(offered, mediaType)) {
				return true
			}
		}
	}
	return len(headers) == 0
}

func date(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z07:00") }

func mimeType(name string) string {
	if path.Ext(name) == ".json" {
		return "application/json"
	}
	return "application/octet-stream"
}
