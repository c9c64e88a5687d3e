package registry

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/signed-promote/signed-promote/tests/artifactory/internal/access"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/image"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/knobs"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/layout"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/storage"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/web"
)

// tagsList answers /tags/list.
func tagsList(w http.ResponseWriter, q *request) error {
	if q.Method != http.MethodGet {
		return errUnsupported(q.Method)
	}
	tags, known, denied := q.tags()
	switch {
	case denied && q.tellsDenial():
		return errDenied(q.user, access.Read, q.repo.Key+"/"+q.image)
	case !known:
		return errNameUnknown(q.clientName())
	}
	page, err := q.page(w, tags, q.base+"/"+q.image+"/tags/list")
	if err != nil {
		return err
	}
	web.JSON(w, http.StatusOK, "application/json", map[string]any{"name": q.clientName(), "tags": page})
	return nil
}

// tags collects the visible tags of the image over all members; known: the image has a tag that the user
// may read; denied: it has only others, or the user may read nothing of it.
func (q *request) tags() (names []string, known, denied bool) {
	var found []*storage.Node
	q.site.Store.View(func(t *storage.Tree) {
		for _, key := range q.site.Stored(q.repo.Key) {
			denied = denied || !q.user.May(access.Read, key, q.image+"/x/"+layout.Manifest)
			for _, n := range image.Tags(t.Lookup(key, q.image)) {
				if !q.user.May(access.Read, key, image.ManifestIn(n).Path()) {
					continue
				}
				known = true
				if q.listed(t, n) {
					found = append(found, n)
				}
			}
		}
		order(found, q.knobs.TagsOrder)
		for _, n := range found {
			if !slices.Contains(names, n.Name) {
				names = append(names, n.Name)
			}
		}
	})
	return names, known, denied && !known
}

// listed applies the knobs that hide tags.
func (q *request) listed(t *storage.Tree, tag *storage.Node) bool {
	if q.knobs.TagsHideFallback && layout.IsFallbackTag(tag.Name) {
		return false
	}
	return q.knobs.TagsDelay == 0 || t.Tick()-tag.Tick > q.knobs.TagsDelay
}

func order(nodes []*storage.Node, o knobs.Order) {
	slices.SortStableFunc(nodes, func(a, b *storage.Node) int {
		if o == knobs.Insertion {
			return a.Created.Compare(b.Created)
		}
		if o == knobs.Reverse {
			a, b = b, a
		}
		return cmp.Compare(a.Name, b.Name)
	})
}

// catalog answers /_catalog, of one repository or, on the root of the host, of all.
func catalog(w http.ResponseWriter, q *request) error {
	if q.Method != http.MethodGet {
		return errUnsupported(q.Method)
	}
	keys := []string{q.repo.Key}
	if q.repo.Key == "" {
		keys = nil
		for _, r := range q.site.Repos() {
			if r.IsDocker() {
				keys = append(keys, r.Key)
			}
		}
	}
	var names []string
	q.site.Store.View(func(t *storage.Tree) {
		for _, key := range keys {
			names = append(names, q.images(t, key)...)
		}
	})
	slices.Sort(names)
	page, err := q.page(w, slices.Compact(names), q.base+"/_catalog")
	if err != nil {
		return err
	}
	web.JSON(w, http.StatusOK, "application/json", map[string]any{"repositories": page})
	return nil
}

// images names the images of a repository that the user may read something of, as the client knows them.
func (q *request) images(t *storage.Tree, key string) []string {
	var out []string
	for _, stored := range q.site.Stored(key) {
		for _, name := range image.Names(t.Root(stored)) {
			if !q.user.May(access.Read, stored, name+"/x/"+layout.Manifest) {
				continue
			}
			if q.repoPath {
				name = key + "/" + name
			}
			out = append(out, name)
		}
	}
	return out
}

// page cuts a list by n and last, and links to the next page.
func (q *request) page(w http.ResponseWriter, all []string, path string) ([]string, error) {
	query := q.URL.Query()
	if last := query.Get("last"); last != "" {
		all = slices.DeleteFunc(all, func(s string) bool { return s <= last })
	}
	size := q.knobs.TagsPageSize
	if raw := query.Get("n"); raw != "" && !q.knobs.TagsIgnoreN {
		n, err := strconv.Atoi(raw)
		if err != nil || n < 0 {
			return nil, newError(http.StatusBadRequest, "PAGINATION_NUMBER_INVALID", "invalid number of results requested")
		}
		if n == 0 {
			return []string{}, nil
		}
		if size == 0 || n < size {
			size = n
		}
	}
	if size > 0 && len(all) > size {
		all = all[:size]
		next := url.Values{"n": {strconv.Itoa(size)}, "last": {all[size-1]}}
		w.Header().Set("Link", "<"+path+"?"+next.Encode()+`>; rel="next"`)
	}
	if all == nil {
		all = []string{}
	}
	return all, nil
}
