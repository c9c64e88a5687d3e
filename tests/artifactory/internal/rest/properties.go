package rest

import (
	"encoding/json"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/signed-promote/signed-promote/tests/artifactory/internal/access"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/site"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/storage"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/web"
)

// forbiddenInKeys are the characters that no key may have.
const forbiddenInKeys = ")(}{][*+^$\\/~`!@#%&<>;=,±§ "

// getProperties answers the properties, or those of the given keys. None is 404, and so is a missing item.
func getProperties(w http.ResponseWriter, q *request, keys string) error {
	var properties map[string][]string
	var uri string
	var err error
	q.site.Store.View(func(t *storage.Tree) {
		var found []*storage.Node
		if found, err = q.nodes(t); err == nil {
			uri, properties = q.info(found[0]).URI, selected(found[0].Properties, keys)
		}
	})
	if err != nil {
		return err
	}
	if len(properties) == 0 {
		return fail(http.StatusNotFound, "No properties could be found.")
	}
	web.JSON(w, http.StatusOK, typeProperties, map[string]any{"uri": uri, "properties": properties})
	return nil
}

func selected(all map[string][]string, keys string) map[string][]string {
	wanted := strings.Split(keys, ",")
	out := map[string][]string{}
	for k, v := range all {
		if keys == "" || slices.Contains(wanted, k) {
			out[k] = slices.Clone(v)
		}
	}
	return out
}

// putProperties sets properties; on a path that does not exist it makes a folder (contract properties-set).
func putProperties(w http.ResponseWriter, q *request, query map[string]string) error {
	properties, err := parseProperties(query["properties"])
	if err != nil {
		return err
	}
	return q.changeProperties(w, query["recursive"] != "0", true, func(t *storage.Tree, n *storage.Node) {
		t.SetProperties(n, properties, q.user.Name)
	})
}

func deleteProperties(w http.ResponseWriter, q *request, query map[string]string) error {
	keys := strings.Split(query["properties"], ",")
	return q.changeProperties(w, query["recursive"] != "0", false, func(t *storage.Tree, n *storage.Node) {
		t.RemoveProperties(n, keys, q.user.Name)
	})
}

// metadata answers PATCH /api/metadata/<repo>/<path> with {"props":{key: value | [values] | null}}.
func metadata(w http.ResponseWriter, q *request) error {
	query, err := q.query("recursiveProperties", "atomicProperties")
	if err != nil {
		return err
	}
	if q.Method != http.MethodPatch {
		return methodNotAllowed(q.Request)
	}
	if err := requireJSON(q.Request); err != nil {
		return err
	}
	var body struct {
		Props map[string]any `json:"props"`
	}
	if err := json.NewDecoder(q.Body).Decode(&body); err != nil {
		return fail(http.StatusBadRequest, "Illegal body: %v", err)
	}
	set, remove, err := splitPatch(body.Props)
	if err != nil {
		return err
	}
	return q.changeProperties(w, query["recursiveProperties"] != "0", false, func(t *storage.Tree, n *storage.Node) {
		t.RemoveProperties(n, remove, q.user.Name)
		t.SetProperties(n, set, q.user.Name)
	})
}

func splitPatch(props map[string]any) (set map[string][]string, remove []string, err error) {
	set = map[string][]string{}
	for k, v := range props {
		switch v := v.(type) {
		case nil:
			remove = append(remove, k)
		case string:
			set[k] = []string{v}
		case []any:
			for _, one := range v {
				s, ok := one.(string)
				if !ok {
					return nil, nil, fail(http.StatusBadRequest, "Illegal value of property %s", k)
				}
				set[k] = append(set[k], s)
			}
		default:
			return nil, nil, fail(http.StatusBadRequest, "Illegal value of property %s", k)
		}
	}
	return set, remove, nil
}

// changeProperties applies change to the item, and to everything below a folder if recursive.
func (q *request) changeProperties(w http.ResponseWriter, recursive, create bool,
	change func(*storage.Tree, *storage.Node),
) error {
	repo, ok := q.site.Repo(q.repo)
	if !ok {
		return notFound(q.repo + "/" + q.path)
	}
	if !repo.Stores() && repo.Class != site.Cache {
		return fail(http.StatusBadRequest, "Repository '%s' is not a local or cached repository", q.repo)
	}
	if !q.user.May(access.Annotate, q.repo, q.path) {
		return q.denied(access.Annotate, q.repo, q.path)
	}
	err := q.site.Store.Update(q.Context(), func(t *storage.Tree) error {
		n := t.Lookup(q.repo, q.path)
		if n == nil && create {
			var err error
			if n, err = t.MakeFolder(q.repo, q.path, q.user.Name); err != nil {
				return fail(http.StatusBadRequest, "%v", err)
			}
		}
		if n == nil {
			return notFound(q.repo + "/" + q.path)
		}
		for c := range n.Walk() {
			if c == n || recursive {
				change(t, c)
			}
		}
		return nil
	})
	if err == nil {
		w.WriteHeader(http.StatusNoContent)
	}
	return err
}

// parseProperties reads k=v1,v2;k2=v. A ";" or "|" separates pairs; a backslash takes the meaning from the
// character behind it.
func parseProperties(s string) (map[string][]string, error) {
	out := map[string][]string{}
	for _, pair := range splitEscaped(s, ";|") {
		parts := splitEscaped(pair, "=")
		if len(parts) != 2 || parts[0] == "" || strings.ContainsAny(unescape(parts[0]), forbiddenInKeys) {
			return nil, fail(http.StatusBadRequest, "Illegal property: %s", pair)
		}
		for _, v := range splitEscaped(parts[1], ",") {
			out[unescape(parts[0])] = append(out[unescape(parts[0])], unescape(v))
		}
	}
	if len(out) == 0 {
		return nil, fail(http.StatusBadRequest, "No properties were given")
	}
	return out, nil
}

// splitEscaped splits at any of the separators that has no backslash before it, and drops empty parts.
func splitEscaped(s, separators string) []string {
	var out []string
	var b strings.Builder
	escaped := false
	for _, r := range s {
		if !escaped && strings.ContainsRune(separators, r) {
			out, escaped = append(out, b.String()), false
			b.Reset()
			continue
		}
		escaped = r == '\\' && !escaped
		b.WriteRune(r)
	}
	return slices.DeleteFunc(append(out, b.String()), func(s string) bool { return s == "" })
}

func unescape(s string) string {
	var b strings.Builder
	escaped := false
	for _, r := range s {
		if escaped = r == '\\' && !escaped; !escaped {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// requireJSON refuses other bodies with 415, as JAX-RS resources that consume JSON do.
func requireJSON(r *http.Request) error {
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || mediaType != "application/json" {
		return fail(http.StatusUnsupportedMediaType, "Unsupported Media Type: %q, want application/json",
			r.Header.Get("Content-Type"))
	}
	return nil
}
