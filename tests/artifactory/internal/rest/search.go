package rest

import (
	"errors"
	"io"
	"iter"
	"mime"
	"net/http"
	"path"

	"github.com/signed-promote/signed-promote/tests/artifactory/aql"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/access"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/site"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/storage"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/web"
)

// search answers POST /api/search/aql.
func search(w http.ResponseWriter, q *request) error {
	if q.repo != "" || q.path != "" {
		return unknownAPI(w, q)
	}
	if q.Method != http.MethodPost {
		return methodNotAllowed(q.Request)
	}
	if q.user.IsAnonymous() {
		return fail(http.StatusForbidden, "Not enough permissions: AQL needs an authenticated user")
	}
	text, err := q.aqlText()
	if err != nil {
		return err
	}
	parsed, err := aql.Parse(text)
	var syntax *aql.SyntaxError
	switch {
	case errors.As(err, &syntax):
		web.Text(w, http.StatusBadRequest, err.Error())
		return nil
	case err != nil:
		return err
	case parsed.MissingRequired() && !q.user.Admin:
		web.Text(w, http.StatusBadRequest, "For permissions reasons AQL demands the following fields: repo, path and name.")
		return nil
	}
	var result aql.Result
	q.site.Store.View(func(t *storage.Tree) { result = parsed.Run(q.items(t), q.aqlOptions()) })
	web.JSON(w, http.StatusOK, "application/json", result)
	return nil
}

// aqlText reads the query from ?query= or the body, which is plain text or has no type.
func (q *request) aqlText() (string, error) {
	query, err := q.query("query")
	if err != nil {
		return "", err
	}
	if q.knobs.AQLStatus != 0 {
		return "", fail(q.knobs.AQLStatus, "%s", http.StatusText(q.knobs.AQLStatus))
	}
	if header := q.Header.Get("Content-Type"); header != "" {
		if mediaType, _, err := mime.ParseMediaType(header); err != nil || mediaType != "text/plain" {
			return "", fail(http.StatusUnsupportedMediaType, "Unsupported Media Type: %q, want text/plain", header)
		}
	}
	text := query["query"]
	if text == "" {
		body, err := io.ReadAll(q.Body)
		if err != nil {
			return "", err
		}
		text = string(body)
	}
	if limit := q.knobs.AQLMaxQuery; limit > 0 && len(text) > limit {
		return "", fail(http.StatusBadRequest, "The query has %d characters, more than the limit of %d", len(text), limit)
	}
	return text, nil
}

func (q *request) aqlOptions() aql.Options {
	return aql.Options{
		MayRead: func(i aql.Item) bool { return q.user.May(access.Read, i.Repo, path.Join(i.Path, i.Name)) },
		Expand: func(key string) []string {
			if r, ok := q.site.Repo(key); ok && (r.Class == site.Virtual || r.Class == site.Remote) {
				return q.site.Stored(key)
			}
			return nil
		},
		HardLimit:         q.knobs.AQLHardLimit,
		FilterBeforeLimit: q.knobs.AQLFilterBeforeLimit,
	}
}

// items yields everything that is stored, but what is younger than the knob AQLDelay lets appear.
func (q *request) items(t *storage.Tree) iter.Seq[aql.Item] {
	return func(yield func(aql.Item) bool) {
		for _, key := range t.Repos() {
			for n := range t.Root(key).Walk() {
				if q.knobs.AQLDelay > 0 && !n.IsFolder() && t.Tick()-n.Tick <= q.knobs.AQLDelay {
					continue
				}
				if !yield(aqlItem(n)) {
					return
				}
			}
		}
	}
}

func aqlItem(n *storage.Node) aql.Item {
	i := aql.Item{
		Repo: n.Repo(), Path: ".", Name: ".", Type: aql.TypeFolder, Depth: n.Depth(), Properties: n.Properties,
		Created: n.Created, Modified: n.Modified, Updated: n.Updated, CreatedBy: n.CreatedBy, ModifiedBy: n.ModifiedBy,
	}
	if n.Parent() != nil {
		i.Path, i.Name = path.Dir(n.Path()), n.Name
	}
	if !n.IsFolder() {
		i.Type, i.Size = aql.TypeFile, n.Binary.Size()
		i.SHA256, i.SHA1, i.MD5 = n.Binary.SHA256, n.Binary.SHA1, n.Binary.MD5
	}
	return i
}
