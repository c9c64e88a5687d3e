package scenario

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/tests/fixture"
)

const (
	// escapes clears a screen, colours in two ways, turns text around, sets a title and begins a line of its own.
	escapes = "\x1b[2J\u009b31m\u202e\x1b]0;title\x07\r\n[Info] all is well"
	// escaped is the same inside a string of JSON.
	escaped = `\u001b[2J\u009b31m\u202e\u001b]0;title\u0007\r\n[Info] all is well`
	// secret is a repository that no command names.
	secret = "docker-secret-local"
)

// hostileLines are the command lines that a hostile server meets, in every form of output.
func hostileLines() map[string][]string {
	image := dev + "/" + ref(app, "1.0")
	return map[string][]string{
		"promote":      {"promote", ref(app, "1.0"), dev, prod, "--copy"},
		"promote JSON": {"promote", ref(app, "1.0"), dev, prod, "--format", "json"},
		"promote all":  {"promote", app, dev, prod, "--copy"},
		"copy":         {"copy", dev + "/team/*", prod},
		"status":       {"status", image, "--target-repo", prod},
		"status JSON":  {"status", image, "--format", "json"},
		"verify":       {"verify", image, "--outlook"},
		"file-spec":    {"file-spec", image},
		"audit":        {"audit", dev, "--source-repos", prod},
		"audit JSON":   {"audit", dev, "--format", "json"},
		"audit HTML":   {"audit", dev, "--format", "html"},
		"audit JUnit":  {"audit", dev, "--format", "junit"},
		"prune":        {"prune", dev, "--quiet", "--older-than", "0s", "--delete", "--now", "--central"},
		"repair":       {"repair", prod, "--source-repos", dev},
	}
}

// hostility changes answers on their way to the plugin.
type hostility func(r *http.Request, status *int, header http.Header, body string) string

// insert puts something at the beginning of a list in the answers to some requests.
func insert(path, list, entry string) hostility {
	begin := regexp.MustCompile(`"` + list + `"\s*:\s*\[\s*(\]?)`)
	return func(r *http.Request, _ *int, _ http.Header, body string) string {
		if !strings.Contains(r.Method+" "+r.URL.Path, path) {
			return body
		}
		return begin.ReplaceAllStringFunc(body, func(found string) string {
			if strings.HasSuffix(found, "]") {
				return `"` + list + `":[` + entry + `]`
			}
			return `"` + list + `":[` + entry + `,`
		})
	}
}

// answer puts an answer in the place of others.
func answer(path string, code int, contentType, text string) hostility {
	return func(r *http.Request, status *int, header http.Header, body string) string {
		if !strings.Contains(r.Method+" "+r.URL.Path, path) {
			return body
		}
		*status = code
		header.Set("Content-Type", contentType)
		return text
	}
}

func headers(path, name, value string) hostility {
	return func(r *http.Request, _ *int, header http.Header, body string) string {
		if strings.Contains(r.Method+" "+r.URL.Path, path) {
			header.Set(name, value)
		}
		return body
	}
}

func hostilities(root, foreign digest.Digest) map[string]hostility {
	tag := fixture.SuffixTag("", root, "sig")
	folders := func(uri string) hostility {
		return insert("GET /artifactory/api/storage/", "children", `{"uri":"`+uri+`","folder":true}`)
	}
	files := func(uri string) hostility {
		return insert("GET /artifactory/api/storage/", "files", fmt.Sprintf(`{"uri":%q,"sha2":%q,"size":1}`, uri, foreign.Encoded()))
	}
	row := func(repo, path, name string) hostility {
		return insert("/api/search/aql", "results", `{"repo":"`+repo+`","path":"`+path+`","name":"`+name+`","type":"file","size":1,"sha256":"`+foreign.Encoded()+`"}`)
	}
	entry := func(d digest.Digest) hostility {
		return insert("/referrers/", "manifests", `{"mediaType":"`+escaped+`","digest":"`+d.String()+`","size":1,"artifactType":"`+escaped+`","annotations":{"`+escaped+`":"`+escaped+`"}}`)
	}
	problem := `{"errors":[{"code":"DENIED","status":403,"message":"` + escaped + `"}],"messages":[{"level":"ERROR","message":"` + escaped + `"}]}`
	return map[string]hostility{
		"folder with escapes":       folders("/a" + escaped),
		"folder above":              folders("/.."),
		"folder of another image":   folders("/../../" + secret + "/app/" + tag),
		"folder, escaped slashes":   folders("/%2e%2e%2f%2e%2e%2f" + secret + "%2fapp%2f" + tag),
		"folder behind a signature": folders("/" + tag + "/../../x"),
		"file with escapes":         files("/a\x1b[2J/manifest.json"),
		"file of another image":     files("/../../" + secret + "/manifest.json"),
		"row of another repository": row(secret, "app/1.0", "manifest.json"),
		"row above":                 row(dev, "team/../../"+secret+"/app/1.0", "manifest.json"),
		"row with escapes":          row(dev, "team/app/"+escaped, "manifest.json"),
		"row, escaped slashes":      row(dev, "team%2f..%2f..%2f"+secret+"/app/1.0", "manifest.json"),
		"row of an attachment":      row(dev, "../"+secret+"/app/"+tag, "manifest.json"),
		"referrer that is absent":   entry(digest.FromString("absent")),
		"referrer of another":       entry(foreign),
		"pages of another host":     headers("/referrers/", "Link", `<http://`+storageHost+`/v2/x/referrers/y>; rel="next"`),
		"other bytes by digest":     answer("/manifests/sha256:", 200, "application/vnd.oci.image.manifest.v1+json", `{"schemaVersion":2,"layers":[]}`),
		"other digest announced":    headers("/manifests/", "Docker-Content-Digest", foreign.String()),
		"media type with escapes":   headers("/manifests/", "Content-Type", "application/\x1b[2J\u009b31m"),
		"media type of an image":    headers("/manifests/1.0", "Content-Type", "application/vnd.oci.image.manifest.v1+json"),
		"manifest refused":          answer("/manifests/", 403, "application/json", problem),
		"folders refused":           answer("GET /artifactory/api/storage/", 403, "application/json", problem),
		"copy refused":              answer("/api/copy/", 409, "application/json", problem),
		"copy with 200":             answer("/api/copy/", 200, "application/json", problem),
		"promotion refused":         answer("/v2/promote", 400, "text/plain", escapes),
		"search refused":            answer("/api/search/aql", 400, "text/html", escapes),
		"search with a remark":      answer("/api/search/aql", 200, "application/json", `{"results":[],"range":{"start_pos":0,"end_pos":0,"total":0,"notification":"`+escaped+`"}}`),
		"repository with escapes":   answer("/api/repositories/", 200, "application/json", `{"key":"`+dev+`","rclass":"`+escaped+`","packageType":"`+escaped+`"}`),
		"challenge with escapes":    headers("/manifests/", "Www-Authenticate", `Bearer realm="`+"\x1b[2J"+`"`),
	}
}

// behind returns a server in front of the double that changes its answers.
func (w *world) behind(change hostility) (address string) {
	s := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		r.Host = w.server.Host()
		recorder := httptest.NewRecorder()
		w.server.ServeHTTP(recorder, r)
		status, body := recorder.Code, recorder.Body.String()
		body = change(r, &status, recorder.Header(), body)
		maps.Copy(out.Header(), recorder.Header())
		if r.Method != http.MethodHead {
			out.Header().Del("Content-Length")
		}
		out.WriteHeader(status)
		_, _ = out.Write([]byte(body))
	}))
	w.t.Cleanup(s.Close)
	return s.URL + "/artifactory"
}

func hostileWorld(t *testing.T) (w *world, root, foreign digest.Digest) {
	t.Helper()
	w = newWorld(t, artifactory.WithRepository(artifactory.Repository{Key: secret}))
	root = signedIndex(w)
	other := w.images.Image(dev, "other/app").Single("2.0", "other")
	foreign = w.dev.Bundle(other, "https://sigstore.dev/cosign/sign/v1", "mallory")
	w.images.Image(secret, "app").Sign(w.images.Image(secret, "app").Single("1.0", "secret"), "alice")
	w.images.Image(secret, "app").Sign(root, "mallory")
	return w, root, foreign
}

// Whatever a server answers, no command writes anything that controls a terminal, asks for anything that nobody named,
// changes anything there, or breaks down. Each answer meets a few of the commands, and with -scenario.all every one.
func TestHostileAnswers(t *testing.T) {
	t.Parallel()
	lines := hostileLines()
	commands := slices.Sorted(maps.Keys(lines))
	_, root, foreign := hostileWorld(t)
	answers := hostilities(root, foreign)
	for turn, name := range slices.Sorted(maps.Keys(answers)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for n, command := range commands {
				if *all || (n+turn)%7 == 0 {
					meets(t, answers[name], command, lines[command])
				}
			}
		})
	}
}

// meets runs a command against a server with hostile answers.
func meets(t *testing.T, change hostility, command string, line []string) {
	t.Helper()
	w, _, _ := hostileWorld(t)
	w.others = true
	before := w.bystanders()
	o := w.runAs(append(slices.Clone(line), "--url", w.behind(change), "--user", user, "--password", password, "--retries",
		"0")...)
	o.harmless(command)
	assert.Equal(t, before, w.bystanders(), "%s changed what it has nothing to do with", command)
}

// bystanders are the files that no command of these tests has anything to do with.
func (w *world) bystanders() map[string]string {
	files := w.server.Snapshot()
	maps.DeleteFunc(files, func(path, _ string) bool {
		return !strings.HasPrefix(path, secret+"/") && !strings.Contains(path, "/other/")
	})
	return files
}

// harmless asserts what holds for every run, whatever it was told.
func (o outcome) harmless(command string) {
	o.t.Helper()
	bad := strings.IndexFunc(o.stdout+o.stderr, func(r rune) bool {
		return r != '\n' && r != '\t' &&
			!unicode.IsGraphic(r)
	})
	assert.Negative(o.t, bad, "%s: %q", command, o.stdout+o.stderr)
	assert.NotContains(o.t, o.stdout+o.stderr, "\n[Info] all is well", "%s: a line that is not the plugin's", command)
	assert.NotContains(o.t, o.stderr, "internal error", command)
	assert.Contains(o.t, []int{exitDone, exitFailed, exitRefused, exitFindings}, o.code, "%s: %s", command, o.stderr)
	for _, r := range o.log {
		asked, err := url.PathUnescape(r.Path + "?" + r.Query)
		assert.NoError(o.t, err)
		assert.False(o.t, strings.Contains(asked, "/"+secret+"/") || strings.Contains(asked, "/../"), "%s asked for %s %s?%s",
			command, r.Method, r.Path, r.Query)
	}
}

// Images are made by anybody who may push: what is in them must not control a terminal either.
func TestHostileContent(t *testing.T) {
	t.Parallel()
	lines := hostileLines()
	for _, command := range slices.Sorted(maps.Keys(lines)) {
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.others = true
			root := w.dev.Platforms("1.0", "v1", "linux/amd64", escapes+"/arm").Digest
			evil := map[string]string{
				escapes: escapes, "dev.cosignproject.cosign/signature": escapes,
				"org.opencontainers.image.title": escapes,
			}
			w.dev.Sign(root, escapes)
			w.dev.Attest(root, "https://"+escapes)
			w.dev.Record(root, "sbom", fixture.Entry{MediaType: escapes, Content: escapes, Annotations: evil})
			w.dev.Bundle(root, escapes, escapes)
			w.dev.Attach(root, fixture.Artifact{
				Type: escapes, ConfigType: escapes, LayerType: escapes,
				Contents: []string{escapes}, Annotations: evil, Platform: escapes + "/x",
			})
			w.dev.Suffixed("qa-", digest.FromString("gone"), "sig", escapes)
			w.server.PutFile(dev, "team/app/a"+strings.ReplaceAll(escapes, "/", "")+"/manifest.json", []byte("{}"), nil)
			o := w.run(lines[command]...)
			o.harmless(command)
			if command == "status" || command == "audit JSON" {
				assert.Contains(t, o.stdout, "title", "what came from the registry is shown, made harmless")
			}
		})
	}
}
